import { defineConfig } from "@playwright/test";

import tests from "../playwright.config.ts";

/** The pictures of the README: not a test, but driven like one. */
export default defineConfig({
  ...tests,
  testDir: ".",
  testMatch: "take.ts",
  outputDir: "../test-results",
  timeout: 240_000,
  use: { ...tests.use, actionTimeout: 20_000, navigationTimeout: 30_000, trace: "off", screenshot: "off", viewport: { width: 1280, height: 760 } },
});
