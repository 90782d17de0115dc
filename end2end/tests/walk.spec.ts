/** The main job, with and without JavaScript: events arrive, are found, read, taken along and
 * deleted. Only what a reader sees is touched. */
import { expect, hydrated, test, type Page } from "../support/console.ts";
import { record, writer } from "../support/events.ts";

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });
    const action = javaScriptEnabled ? "order.shipped" : "order.returned";
    const ready = async (page: Page) => {
      if (javaScriptEnabled) await hydrated(page);
    };

    test("an event is found, read, exported and deleted", async ({ page, request, server }) => {
      const token = writer(server);
      for (const id of ["17", "18"]) {
        await record(request, token, {
          action,
          actor: { type: "service", id: "warehouse" },
          resource: { type: "order", id },
          details: { parcel: `P-${id}` },
        });
      }

      await page.goto("/logs");
      await ready(page);
      await page.getByLabel("Search events").fill(`action:${action}`);
      await page.getByRole("button", { name: "Search", exact: true }).click();
      await expect(page).toHaveURL(/q=action/);
      const rows = page.locator("main tr[data-event]");
      await expect(rows).toHaveCount(2);

      await rows.first().getByRole("link", { name: /, open / }).click();
      const drawer = page.getByRole("complementary", { name: "Event" });
      await expect(drawer.getByRole("heading", { level: 2 })).toHaveText(action);
      await expect(drawer).toContainText("P-18");
      await drawer.getByRole("link", { name: "Close the event" }).click();
      await expect(drawer).toHaveCount(0);

      await page.locator("#export-menu summary").click();
      const started = page.waitForEvent("download");
      await page.getByRole("link", { name: "CSV, all columns" }).click();
      const stream = await (await started).createReadStream();
      const text = (await stream.toArray()).join("");
      expect(text.trim().split("\n")).toHaveLength(3);

      await page.getByRole("link", { name: "Delete", exact: true }).click();
      await ready(page);
      await page.getByLabel("Reason").fill("The customer asked for it");
      const confirmation = page.getByLabel(/to confirm/);
      const asked = await page.locator("label", { has: confirmation }).locator("code").innerText();
      await confirmation.fill(asked);
      await page.getByRole("button", { name: /^Delete 2 events/ }).click();
      await expect(page).toHaveURL(/\/logs(\?|$)/);

      await page.goto(`/logs?q=action:${action}`);
      await expect(page.getByText("No event matches")).toBeVisible();
      await page.goto("/logs?q=action:logs.deleted");
      await expect(page.locator("main tr[data-event]").first()).toBeVisible();
    });

    test("an agent's task shows its log", async ({ page, server }) => {
      const agent = javaScriptEnabled ? "etl-1" : "etl-2";
      const line = `read 42 rows of ${agent}`;
      server.command("agent", "run", "--name", agent, "--", "echo", line);
      await page.goto("/agents");
      await ready(page);
      await page.getByRole("region", { name: "Agents" }).getByRole("link", { name: agent }).click();
      const drawer = page.getByRole("complementary", { name: "Agent", exact: true });
      await drawer.getByRole("link", { name: /echo/ }).first().click();
      await expect(page.getByRole("complementary", { name: "Task log" })).toContainText(line);
    });

    test("the compliance view says what holds", async ({ page }) => {
      await page.goto("/compliance");
      await ready(page);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Compliance");
      await expect(page.getByText(/no guarantee/i).first()).toBeVisible();
    });
  });
}

test("an event that arrives while the page is open appears by itself", async ({ page, request, server }) => {
  const token = writer(server);
  await page.goto("/logs?q=action:door.opened");
  await hydrated(page);
  await expect(page.getByText("No event matches")).toBeVisible();
  await record(request, token, { action: "door.opened", actor: { type: "system", id: "hall" } });
  await page.reload();
  await expect(page.locator("main tr[data-event]")).toHaveCount(1);
});
