/** What an installation offers that has recorded only itself, and its demo data, with and without
 * JavaScript. Each starts from nothing. */
import { expect, hydrated, test, type Page } from "../support/console.ts";

test.use({ installation: "first steps" });

const events = (page: Page) => page.locator("main tr[data-event]");

for (const javaScriptEnabled of [false, true]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("three ways in are offered, and a line that sends an event", async ({ page, request }) => {
      await page.goto("/logs");
      if (javaScriptEnabled) await hydrated(page);
      await expect(page.getByRole("heading", { name: "Nothing is recorded yet" })).toBeVisible();
      await expect(page.getByRole("button", { name: "Load demo data" })).toBeVisible();
      await expect(page.getByText(/\/auditorium --data-dir \/\S+ import cloudtrail \.$/)).toBeVisible();

      await page.getByRole("button", { name: "Make a token for this line" }).click();
      const line = page.getByText(/^curl .*Bearer aud_/);
      await expect(line).toBeVisible();
      // The next test begins with nothing again.
      if (!javaScriptEnabled) return;
      const [, token, address] = /Bearer (\S+)' .* (http\S+)$/.exec(await line.innerText()) ?? [];
      if (!token || !address) throw new Error("the line lacks token or address");
      const answer = await request.post(address, {
        headers: { authorization: `Bearer ${token}` },
        data: { action: "hello.said" },
      });
      expect(answer.status()).toBe(200);
      await expect(events(page).getByRole("link", { name: "hello.said", exact: true })).toBeVisible();
    });
  });
}

for (const javaScriptEnabled of [false, true]) {
  test.describe(javaScriptEnabled ? "demo data with JavaScript" : "demo data without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("is found, and removed again", async ({ page, server }) => {
      server.command("demo", "--events", "2000");
      await page.goto("/logs");
      await expect(page.getByText("Demo data is among these events.")).toBeVisible();
      await page.goto("/logs?q=session:demo");
      await expect(page.getByText("2,000 events", { exact: true })).toBeVisible();
      await page.goto("/logs");
      if (javaScriptEnabled) await hydrated(page);
      await page.getByRole("button", { name: "Remove demo data" }).click();
      await expect(page.getByText("Demo data is among these events.")).toHaveCount(0);
      await page.goto("/logs?q=session:demo");
      await expect(page.getByText("No event matches")).toBeVisible();
    });
  });
}
