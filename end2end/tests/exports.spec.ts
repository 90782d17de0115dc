/** An export that is prepared in the background: asked for, waited for, taken, removed. */
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

import { expect, hydrated, test, type Page } from "../support/console.ts";
import { record, writer } from "../support/events.ts";

/** Downloads what the first row offers; returns its bytes. */
async function take(page: Page): Promise<Buffer> {
  const arriving = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).first().click();
  return readFileSync(await (await arriving).path());
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("an export is prepared while its reader goes on, and taken later", async ({ page, request, server }) => {
      const action = `export.spec_${javaScriptEnabled}`;
      const token = writer(server);
      for (const n of [1, 2, 3]) await record(request, token, { action, details: { n } });

      await page.goto(`/logs?q=action:${action}`);
      if (javaScriptEnabled) await hydrated(page);
      await page.locator("#export-menu > summary").click();
      await page.getByRole("link", { name: "Prepare in the background" }).click();
      await expect(page.getByLabel("Search")).toHaveValue(`action:${action}`);
      await page.getByLabel("Format").selectOption("ndjson");
      await page.getByLabel("Reason").fill("for the walk");
      await page.getByRole("button", { name: "Prepare export" }).click();

      await expect(page).toHaveURL(/\/exports$/);
      const row = page.getByRole("listitem").filter({ hasText: `action:${action}` });
      // With JavaScript the list follows by itself; without it its reader asks again.
      await expect(async () => {
        if (!javaScriptEnabled) await page.getByRole("link", { name: "Refresh" }).click();
        await expect(row.getByText("Ready")).toBeVisible({ timeout: 2_000 });
      }).toPass();
      await expect(row.getByText("3 events")).toBeVisible();
      await expect(row.getByText("Reason: for the walk")).toBeVisible();

      const file = await take(page);
      expect(gunzipSync(file).toString().trim().split("\n")).toHaveLength(3);
      const digest = createHash("sha256").update(file).digest("hex");
      await expect(row.getByText(digest)).toBeVisible();

      await row.getByRole("button", { name: "Remove file" }).click();
      await expect(row.getByText("Expired")).toBeVisible();
      await page.goto("/logs?q=action:export.downloaded");
      await expect(page.getByRole("row").filter({ hasText: "export.downloaded" }).first()).toBeVisible();
    });
  });
}

test("a malformed search is refused with its reason, and nothing is asked for", async ({ page }) => {
  await page.goto("/exports/new?q=status:nonsense");
  await hydrated(page);
  await page.getByRole("button", { name: "Prepare export" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
});
