/** The Logs page: how it begins, what comes live, ranges of time, saved views, the drawer's
 * neighbours. Only what a reader sees is touched. */
import { expect, hydrated, test, type Page } from "../support/console.ts";
import { record, writer } from "../support/events.ts";

const events = (page: Page) => page.locator("main tr[data-event]");

/** Events of one kind, a minute apart, the newest last. */
async function recordSome(page: Page, token: string, action: string, count: number) {
  const now = Date.now();
  for (let index = 0; index < count; index++) {
    await record(page.request, token, {
      action,
      actor: { type: "service", id: "till" },
      resource: { type: "sale", id: String(index) },
      occurred_at: new Date(now - (count - index) * 60_000).toISOString(),
    });
  }
}

test.describe("live", () => {
  test("new rows slide in at the top, and wait while the reader is busy", async ({ page, server }) => {
    const token = writer(server);
    await recordSome(page, token, "sale.live", 3);
    await page.goto("/logs?q=action:sale.live");
    await hydrated(page);
    await expect(events(page)).toHaveCount(3);

    await record(page.request, token, { action: "sale.live", details: { n: 4 } });
    await page.getByRole("link", { name: "1 new event" }).click();
    await expect(events(page)).toHaveCount(4);

    await page.getByRole("link", { name: "Follow new events" }).click();
    await expect(page).toHaveURL(/live=1/);
    const oldest = events(page).last();
    await oldest.evaluate((row) => row.setAttribute("data-kept", ""));
    await record(page.request, token, { action: "sale.live", details: { n: 5 } });
    await expect(events(page)).toHaveCount(5);
    await expect(events(page).first()).toHaveClass(/table__row--new/);
    // The rows that were there are the same elements: nothing was drawn again.
    await expect(oldest).toHaveAttribute("data-kept", "");

    await oldest.getByRole("checkbox").check();
    await record(page.request, token, { action: "sale.live", details: { n: 6 } });
    await expect(page.getByRole("link", { name: "1 new event" })).toBeVisible();
    await expect(events(page)).toHaveCount(5);
    await expect(oldest.getByRole("checkbox")).toBeChecked();
  });

  test("what does not match does not come", async ({ page, server }) => {
    const token = writer(server);
    await page.goto("/logs?q=action:sale.other&live=1");
    await hydrated(page);
    await record(page.request, token, { action: "sale.unrelated" });
    await record(page.request, token, { action: "sale.other" });
    await expect(events(page)).toHaveCount(1);
  });
});

test.describe("the histogram", () => {
  test("a drag chooses a range of time", async ({ page, server }) => {
    await recordSome(page, writer(server), "sale.dragged", 8);
    await page.goto("/logs?q=action:sale.dragged last:15m");
    await hydrated(page);
    const plot = page.getByRole("group", { name: /^8 events from/ });
    const area = await plot.boundingBox();
    if (!area) throw new Error("no plot");
    const y = area.y + area.height / 2;
    await page.mouse.move(area.x + area.width * 0.5, y);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.75, y, { steps: 4 });
    await page.mouse.move(area.x + area.width - 1, y, { steps: 4 });
    await page.mouse.up();
    await expect(page).toHaveURL(/created%3A/);
    await expect(events(page)).not.toHaveCount(8);
    // Drawn anew in the browser, the bars are there and lead on.
    await expect(page.getByRole("group", { name: /^\d events from/ }).getByRole("link").first()).toBeVisible();
  });

  test("the keyboard chooses a range of time", async ({ page, server }) => {
    await recordSome(page, writer(server), "sale.keyed", 8);
    await page.goto("/logs?q=action:sale.keyed last:15m");
    await hydrated(page);
    const plot = page.getByRole("group", { name: /^8 events from/ });
    await plot.getByRole("link").last().focus();
    for (let step = 0; step < 20; step++) await page.keyboard.press("Shift+ArrowLeft");
    await expect(page.getByRole("status").filter({ hasText: / to .*, \d+ events/ })).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/created%3A/);
    await expect(events(page)).not.toHaveCount(8);
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });

    test("each bar is a link, and a table says the same", async ({ page, server }) => {
      await recordSome(page, writer(server), "sale.linked", 5);
      await page.goto("/logs?q=action:sale.linked");
      const plot = page.getByRole("group", { name: /^5 events from/ });
      await expect(page.getByRole("table", { name: "Events over time" }).getByRole("row")).toHaveCount(
        (await plot.getByRole("link").count()) + 1,
      );
      const address = await plot.getByRole("link").last().getAttribute("href");
      await page.goto(address ?? "");
      await expect(events(page).first()).toBeVisible();
      await expect(page).toHaveURL(/created%3A/);
    });
  });
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "saved views with JavaScript" : "saved views without JavaScript", () => {
    test.use({ javaScriptEnabled });
    const name = javaScriptEnabled ? "Refusals" : "Refusals, plain";
    const ready = async (page: Page) => {
      if (javaScriptEnabled) await hydrated(page);
    };
    const menu = (page: Page) => page.locator("#views-menu");

    test("a view is saved, opened, renamed, shared and deleted", async ({ page }) => {
      await page.goto("/logs?q=status:denied&columns=occurred_at,action");
      await ready(page);
      await menu(page).locator("summary").click();
      await page.getByLabel("Save what is shown as").fill(name);
      await page.getByRole("button", { name: "Save view" }).click();
      await expect(page).toHaveURL(/view=/);
      await expect(menu(page).locator("summary")).toHaveText(name);

      await page.goto("/logs");
      await ready(page);
      await menu(page).locator("summary").click();
      await page.getByRole("link", { name, exact: true }).click();
      await expect(page).toHaveURL(/q=status%3Adenied/);
      await expect(page).toHaveURL(/columns=occurred_at,action/);

      await ready(page);
      await menu(page).locator("summary").click();
      await page.getByRole("button", { name: "Share this view with everybody" }).click();
      await expect(menu(page).getByText("shared", { exact: true })).toHaveCount(1);

      await ready(page);
      await menu(page).locator("summary").click();
      await page.getByLabel("New name").fill(`${name} again`);
      await page.getByRole("button", { name: "Rename" }).click();
      await expect(menu(page).locator("summary")).toHaveText(`${name} again`);

      await ready(page);
      await menu(page).locator("summary").click();
      await page.getByRole("button", { name: "Delete this view" }).click();
      await expect(menu(page).locator("summary")).toHaveText("Views");
      await page.goto("/logs?q=action:view.*");
      await expect(events(page)).not.toHaveCount(0);
    });

    test("a name that is taken is refused in words", async ({ page }) => {
      const taken = `${name}, taken`;
      for (const query of ["status:denied", "status:failure"]) {
        await page.goto(`/logs?q=${query}`);
        await ready(page);
        await menu(page).locator("summary").click();
        await page.getByLabel("Save what is shown as").fill(taken);
        await page.getByRole("button", { name: "Save view" }).click();
        if (query === "status:denied") await expect(page).toHaveURL(/view=/);
      }
      await expect(page.getByRole("alert")).toContainText("The name is taken");
    });
  });
}

test("an open event leads to those above and below it", async ({ page, server }) => {
  await recordSome(page, writer(server), "sale.stepped", 3);
  await page.goto("/logs?q=action:sale.stepped");
  await hydrated(page);
  await events(page).nth(1).getByRole("link", { name: /, open / }).click();
  const drawer = page.getByRole("complementary", { name: "Event" });
  await expect(drawer).toContainText("sale/1");
  await expect(events(page).nth(1)).toHaveAttribute("aria-current", "true");
  await page.keyboard.press("]");
  await expect(drawer).toContainText("sale/0");
  await expect(drawer.getByRole("button", { name: /^Event below/ })).toBeDisabled();
  await drawer.getByRole("button", { name: /^Event above/ }).click();
  await expect(drawer).toContainText("sale/1");
  await expect(drawer.getByRole("heading", { name: "Same actor" })).toBeVisible();
});
