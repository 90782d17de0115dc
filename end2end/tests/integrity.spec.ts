/** The integrity page: one sentence and its evidence, what was removed, each event's proof. */
import { expect, hydrated, test } from "../support/console.ts";
import { record, writer } from "../support/events.ts";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("the page leads with a sentence and shows what it rests on", async ({ page }) => {
      await page.goto("/logs");
      await page.getByRole("link", { name: "Integrity" }).first().click();
      await expect(page).toHaveURL(/\/integrity$/);
      if (javaScriptEnabled) await hydrated(page);
      await expect(page.getByRole("region", { name: "In one sentence" })).toContainText(/sealed/);
      await expect(page.getByText("None yet. Only this installation's own keys")).toBeVisible();
      await expect(page.getByText(/^Number [\d,]+ in the chain/)).toBeVisible();
      for (const key of ["Log key", "Cosigner key", "Recovery key"]) {
        await expect(page.getByText(key, { exact: true })).toBeVisible();
      }
    });

    test("an event's drawer holds its proof", async ({ page, request, server }) => {
      const action = `proof.spec_${javaScriptEnabled}`;
      await record(request, writer(server), { action });
      await expect(async () => {
        await page.goto(`/logs?q=action:${action}`);
        // A row's link; those of the chips above change the search.
        const row = page.locator('a[href^="/logs/0"]').first();
        await page.goto((await row.getAttribute("href", { timeout: 2_000 })) ?? "");
        await expect(page.getByRole("heading", { name: "Proof", exact: true })).toBeVisible();
        await expect(page.getByText("Leaf number")).toBeVisible({ timeout: 2_000 });
      }).toPass();
      await page.getByText("Receipt", { exact: true }).first().click();
      await expect(page.getByText("c2sp.org/tlog-proof@v1")).toBeVisible();
      await expect(page.getByRole("link", { name: "Receipt", exact: true })).toHaveAttribute(
        "href",
        /\/api\/v1\/events\/.*\/receipt$/,
      );
    });

    test("the policy file names the log's key", async ({ page }) => {
      await page.goto("/integrity");
      const arriving = page.waitForEvent("download");
      await page.getByRole("link", { name: "Policy file" }).click();
      expect((await arriving).suggestedFilename()).toBe("auditorium.policy");
    });
  });
}

test("the browser verifies the whole trail and pins what it saw", async ({ page }) => {
  await page.goto("/integrity");
  await hydrated(page);
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("This browser verified")).toBeVisible({ timeout: 30_000 });
  await page.reload();
  await hydrated(page);
  await expect(page.getByText("This browser verified")).toBeVisible();
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("It continues the")).toBeVisible({ timeout: 30_000 });
});
