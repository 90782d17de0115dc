/** What every page owes: no barrier that axe can find, no sideways scroll, the same on the server
 * and in the browser whatever the reader's time zone. */
import AxeBuilder from "@axe-core/playwright";

import { expect, hydrated, test } from "../support/console.ts";
import { pages } from "../support/pages.ts";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

for (const path of pages) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`${path} has no barriers in ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto(path);
      await hydrated(page);
      const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      expect(found).toEqual([]);
    });
  }

  test(`${path} fits a narrow screen`, async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(path);
    await hydrated(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
  });
}

test.describe("far from UTC", () => {
  test.use({ timezoneId: "Asia/Kathmandu", locale: "de-CH" });

  for (const path of pages) {
    test(`${path} hydrates without a complaint`, async ({ page }) => {
      await page.goto(path);
      await hydrated(page);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    });
  }
});
