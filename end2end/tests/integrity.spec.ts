/** The integrity page: one sentence and its evidence, what was removed. */
import { expect, hydrated, test } from "../support/console.ts";

for (const javaScriptEnabled of [false]) {
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

    test("the policy file names the log's key", async ({ page }) => {
      await page.goto("/integrity");
      const arriving = page.waitForEvent("download");
      await page.getByRole("link", { name: "Policy file" }).click();
      expect((await arriving).suggestedFilename()).toBe("auditorium.policy");
    });
  });
}
