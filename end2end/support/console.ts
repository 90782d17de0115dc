/** The test function of all specs: a server for the worker, its signed-in owner, and a page that
 * fails its test when the browser reports an error, so that a broken hydration cannot pass. */
import { expect, test as base, type Browser, type Page } from "@playwright/test";

import { Server } from "./server.ts";

export { expect, type Page };

type StorageState = Awaited<ReturnType<Awaited<ReturnType<Browser["newContext"]>>["storageState"]>>;

interface Worker {
  /** A name of its own gives a spec a server of its own, which others have not filled. */
  installation: string;
  server: Server;
  owner: StorageState;
}

interface Each {
  /** Whose session the page has; `signedOut` for nobody's. */
  signedOut: boolean;
}

export const test = base.extend<Each, Worker>({
  installation: ["shared", { option: true, scope: "worker" }],
  server: [
    // The runner demands the pattern even where nothing is taken from it.
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  owner: [
    async ({ browser, server }, use) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(server.signInLink);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(/\/logs/);
      const state = await context.storageState();
      await context.close();
      await use(state);
    },
    { scope: "worker", timeout: 60_000 },
  ],
  signedOut: [false, { option: true }],
  baseURL: async ({ server }, use) => use(server.url),
  storageState: async ({ owner, signedOut }, use) =>
    use(signedOut ? { cookies: [], origins: [] } : owner),
  page: async ({ page }, use) => {
    const complaints = watch(page);
    await use(page);
    expect(complaints, "the browser reported nothing").toEqual([]);
  },
});

/** Collects what the browser complains of. Answers outside 2xx are the specs' own matter. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    const loud = message.type() === "error" || message.type() === "warning";
    if (loud && !message.text().startsWith("Failed to load resource")) {
      complaints.push(`${message.type()} on ${page.url()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  return complaints;
}

/** Waits until the browser has taken the page over. */
export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-script", "");
}
