/** The verifier: one file without network, and the page that any installation serves. */
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import AxeBuilder from "@axe-core/playwright";

import { expect, test, watch, type Page } from "../support/console.ts";

const root = resolve(import.meta.dirname, "../..");
const file = pathToFileURL(join(root, "target/site/verify.html")).href;
const bundle = readFileSync(join(root, "docs/trail-bundle.ndjson"), "utf8");
const policy = join(root, "docs/trail-bundle.policy");
const folder = mkdtempSync(join(tmpdir(), "bundles-"));

const lines = (): string[] => bundle.trimEnd().split("\n");
const text = (all: string[]): string => all.map((line) => `${line}\n`).join("");

/** The lines with some taken out at one place, and others put there. */
const spliced = (all: string[], at: number, gone: number, ...put: string[]): string[] => [
  ...all.slice(0, at),
  ...put,
  ...all.slice(at + gone),
];

/** Writes a bundle as an export would, and returns its path. */
function packed(name: string, content: string | Buffer): string {
  const path = join(folder, `${name}.ndjson.gz`);
  writeFileSync(path, gzipSync(content));
  return path;
}

/** What can happen to a bundle, and how the page names it. */
const attacks: { name: string; made: () => string; kind: string; place: RegExp }[] = [
  {
    name: "a flipped bit",
    made: () => packed("flipped", text(lines().map((line, n) => (n === 1 ? line.replace("invoice.read", "invoice.reae") : line)))),
    kind: "altered",
    place: /Line 2, position 0.*public text was altered/,
  },
  { name: "a dropped line", made: () => packed("dropped", text(spliced(lines(), 4, 1))), kind: "dropped", place: /position 3/ },
  {
    name: "a moved line",
    made: () => {
      const all = lines();
      const [moved] = all.splice(3, 1);
      return packed("moved", text(spliced(all, 6, 0, moved ?? "")));
    },
    kind: "reordered",
    place: /Line 7/,
  },
  {
    name: "a doubled line",
    made: () => packed("doubled", text(spliced(lines(), 4, 0, lines()[3] ?? ""))),
    kind: "duplicated",
    place: /Line 5/,
  },
  { name: "a tail that is cut off", made: () => packed("cut", text(lines().slice(0, -2))), kind: "truncated", place: /Line 15/ },
  {
    name: "a compressed file that is cut off",
    made: () => {
      const whole = readFileSync(packed("short", bundle));
      const path = join(folder, "short.gz");
      writeFileSync(path, whole.subarray(0, whole.length / 2));
      return path;
    },
    kind: "spoiled",
    place: /Line/,
  },
];

/** A policy that names the same log with a key of somebody else (c2sp.org/signed-note). */
function stranger(): string {
  const name = "audit.example.com";
  const key = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const typed = Buffer.concat([Buffer.from([1]), key]);
  const id = createHash("sha256").update(`${name}\n`).update(typed).digest("hex").slice(0, 8);
  const path = join(folder, "stranger.policy");
  writeFileSync(path, `log ${name}+${id}+${typed.toString("base64")}\nquorum none\n`);
  return path;
}

async function verify(page: Page, path: string, believed: string | null): Promise<void> {
  await page.getByLabel("Bundle").setInputFiles(path);
  await page.getByLabel("Policy file").setInputFiles(believed === null ? [] : [believed]);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByRole("heading", { name: "Evidence" })).toBeVisible();
}

const finding = (page: Page, kind: string) =>
  page.getByRole("listitem").filter({ has: page.getByText(kind, { exact: true }) });


test.describe("one file, without network", () => {
  let page: Page;
  let complaints: string[];

  test.beforeEach(async ({ browser }) => {
    const context = await browser.newContext({ baseURL: undefined });
    page = await context.newPage();
    complaints = watch(page);
    await context.setOffline(true);
    await page.goto(file);
  });

  test.afterEach(async () => {
    expect(complaints, "the browser reported nothing").toEqual([]);
    await page.context().close();
  });

  test("a sound bundle is proved under its policy", async () => {
    await verify(page, packed("sound", bundle), policy);
    await expect(page.getByRole("status")).toContainText("This file is genuine: it holds 11 events");
    await expect(page.getByRole("definition").filter({ hasText: "entries" }).first()).toHaveText("17 entries");
    await expect(page.getByText("taken by ada, 2")).toBeVisible();
    await expect(page.getByRole("link", { name: "Download the checkpoint" })).toBeVisible();
  });

  test("a bundle that is not compressed is read as well", async () => {
    await verify(page, join(root, "docs/trail-bundle.ndjson"), policy);
    await expect(page.getByRole("status")).toContainText("This file is genuine");
  });

  test("without a policy nobody is believed", async () => {
    await verify(page, packed("sound", bundle), null);
    await expect(page.getByRole("status")).toContainText("nobody told this page whose signature to believe");
  });

  test("a bundle that another key signed is not believed", async () => {
    await verify(page, packed("sound", bundle), stranger());
    await expect(page.getByRole("status")).toContainText("Nobody whom the policy names vouches for this file.");
    await expect(finding(page, "distrusted").filter({ hasText: "no key that the policy knows" })).toBeVisible();
  });

  for (const { name, made, kind, place } of attacks) {
    test(`${name} is found and named`, async () => {
      await verify(page, made(), policy);
      await expect(page.getByRole("status")).not.toContainText("genuine");
      await expect(finding(page, kind).filter({ hasText: place }).first()).toBeVisible();
    });
  }
});

test.describe("the page of an installation, for anybody", () => {
  test.use({ signedOut: true });

  test("a sound bundle is proved, and the page says where its code is from", async ({ page }) => {
    await page.goto("/verify");
    await expect(page.getByText("Checked with code from this server")).toBeVisible();
    await verify(page, packed("sound", bundle), policy);
    await expect(page.getByRole("status")).toContainText("This file is genuine: it holds 11 events");
  });

  for (const { name, made, kind, place } of attacks) {
    test(`${name} is found and named`, async ({ page }) => {
      await page.goto("/verify");
      await verify(page, made(), policy);
      await expect(finding(page, kind).filter({ hasText: place }).first()).toBeVisible();
    });
  }

  test("the file that it offers is the one that was built", async ({ page, request }) => {
    await page.goto("/verify");
    const offered = page.getByRole("link", { name: "Take this page as a file" });
    const answer = await request.get((await offered.getAttribute("href")) ?? "");
    expect(await answer.body()).toEqual(readFileSync(join(root, "target/site/verify.html")));
    expect(answer.headers()["content-security-policy"]).toBe("frame-ancestors 'none'");
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`a report has no barriers in ${colorScheme} and fits a narrow screen`, async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto("/verify");
      await verify(page, packed("broken", text(spliced(lines(), 4, 1))), policy);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    });
  }
});

test("whoever may read logs is told the keys of the installation, marked as its own word", async ({ page }) => {
  await page.goto("/verify");
  await verify(page, packed("sound", bundle), null);
  await expect(page.getByText("keys that this server states about itself")).toBeVisible();
  await expect(finding(page, "distrusted")).toBeVisible();
});

test("a page of the console may start the worker, and no other script may run in it", async ({ page }) => {
  await page.goto("/verify");
  const content = await page.locator("meta[http-equiv]").getAttribute("content");
  expect(content).toContain("worker-src blob:");
  await page.goto("/logs");
  const said = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const worker = new Worker("/pkg/verify-worker.js");
        worker.onmessage = ({ data }) => resolve(String(data));
        worker.onerror = () => resolve("the worker did not start");
        worker.postMessage({ url: "/robots.txt", policy: null, stated: null, pin: null });
      }),
  );
  expect(said).toMatch(/progress|report/);
});
