/** Finding: completion, terms as chips, top values, the palette and the keys. By role and label,
 * with and without JavaScript where it applies. */
import { expect, hydrated, test, type Page } from "../support/console.ts";
import { record, writer } from "../support/events.ts";
import { choosePassword, invite } from "../support/roles.ts";

test.beforeAll(async ({ playwright, server }) => {
  const request = await playwright.request.newContext({ baseURL: server.url });
  const token = writer(server);
  const event = (id: string, action: string, more: object = {}) =>
    record(request, token, { action, actor: { type: "service", id }, ...more });
  for (let count = 0; count < 3; count += 1) {
    await event("picker-7", "parcel.picked", { team: "warehouse" });
  }
  await event("packer-9", "parcel.packed", { team: "warehouse", status: "denied" });
  await event("ghost-3", "login.failure", { status: "failure" });
  await request.dispose();
});

const box = (page: Page) => page.getByRole("combobox", { name: "Search events" });
const completions = (page: Page) => page.getByRole("listbox", { name: "Completions" });
const rows = (page: Page) => page.locator("main tr[data-event]");

test("a query is completed by keyboard, from field to value", async ({ page }) => {
  await page.goto("/logs");
  await hydrated(page);
  await page.keyboard.press("/");
  await expect(box(page)).toBeFocused();
  await expect(completions(page).getByRole("option", { name: /^actor:.*Who acted/ })).toBeVisible();
  await page.keyboard.type("act");
  await expect(completions(page).getByRole("option")).toHaveCount(3);
  await page.keyboard.press("ArrowDown");
  const first = completions(page).getByRole("option", { name: /^actor:/ });
  await expect(first).toHaveAttribute("aria-selected", "true");
  await expect(box(page)).toHaveAttribute("aria-activedescendant", (await first.getAttribute("id")) ?? "");
  await page.keyboard.press("Tab");
  await expect(box(page)).toHaveValue("actor:");
  await page.keyboard.type("pick");
  await expect(completions(page).getByRole("option", { name: "picker-7" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(box(page)).toHaveValue("actor:picker-7 ");
  await expect(box(page)).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=actor%3Apicker-7/);
  await expect(rows(page)).toHaveCount(3);
});

test("Escape puts the list away and keeps the text, and a mouse takes an option", async ({ page }) => {
  await page.goto("/logs");
  await hydrated(page);
  await box(page).fill("status:");
  await expect(completions(page).getByRole("option")).toHaveCount(3);
  await page.keyboard.press("Escape");
  await expect(completions(page)).toBeHidden();
  await expect(box(page)).toHaveValue("status:");
  await page.keyboard.press("ArrowDown");
  await completions(page).getByRole("option", { name: "denied" }).click();
  await expect(box(page)).toHaveValue("status:denied ");
  await expect(box(page)).toBeFocused();
});

test("completion fits a narrow screen", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/logs");
  await hydrated(page);
  await box(page).click();
  const list = await completions(page).boundingBox();
  expect(list?.x).toBeGreaterThanOrEqual(0);
  expect((list?.x ?? 0) + (list?.width ?? 999)).toBeLessThanOrEqual(390);
  await completions(page).getByRole("option", { name: /^action:/ }).click();
  await expect(box(page)).toHaveValue("action:");
});

test.describe("a viewer", () => {
  test.use({ signedOut: true });
  test("is offered no name that stands only in events it may not read", async ({ page, server }) => {
    await choosePassword(page, invite(server, "reader@example.org", "viewer"));
    await page.goto("/logs");
    await hydrated(page);
    await box(page).fill("actor:");
    await expect(completions(page).getByRole("option", { name: "picker-7" })).toBeVisible();
    await expect(completions(page).getByRole("option", { name: "ghost-3" })).toHaveCount(0);
    await page.goto("/logs?top=actor");
    const panel = page.getByRole("region", { name: "Top actors" });
    await expect(panel.getByRole("link", { name: /picker-7/ })).toBeVisible();
    await expect(panel.getByText("ghost-3")).toHaveCount(0);
    await page.keyboard.press("Control+k");
    const palette = page.getByRole("dialog", { name: "Go to, or do" });
    await expect(palette.getByRole("option", { name: "Compliance" })).toBeVisible();
    await expect(palette.getByRole("option", { name: "People", exact: true })).toHaveCount(0);
    await expect(palette.getByRole("option", { name: /Export/ })).toHaveCount(0);
  });
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });
    const ready = async (page: Page) => {
      if (javaScriptEnabled) await hydrated(page);
    };

    test("each term is a chip that turns round and goes", async ({ page }) => {
      await page.goto("/logs?q=team:warehouse actor:packer-9");
      await ready(page);
      const terms = page.getByRole("group", { name: "Terms of the search" });
      await expect(rows(page)).toHaveCount(1);
      await terms.getByRole("link", { name: "Exclude actor packer-9 instead" }).click();
      await expect(page).toHaveURL(/-actor/);
      await expect(rows(page)).toHaveCount(3);
      await terms.getByRole("link", { name: "Remove not actor packer-9" }).click();
      await expect(rows(page)).toHaveCount(4);
      await terms.getByRole("link", { name: "Remove team warehouse" }).click();
      await expect(terms).toHaveCount(0);
      await expect(page).toHaveURL(/\/logs$/);
    });

    test("a malformed query is marked where it is wrong, and mended", async ({ page }) => {
      await page.goto("/logs?q=team:warehouse status:denyed");
      await ready(page);
      const wrong = page.getByRole("alert");
      await expect(wrong.locator("mark")).toHaveText("denyed");
      await expect(wrong).toContainText("status is one of");
      await expect(page.getByLabel("Search events")).toHaveAttribute("aria-invalid", "true");
      await expect(box(page)).toHaveCount(javaScriptEnabled ? 1 : 0);
      await wrong.getByRole("link", { name: "team:warehouse status:denied" }).click();
      await expect(rows(page)).toHaveCount(1);
      await expect(wrong).toHaveCount(0);
    });

    test("top values are counted, shared out and lead to their events", async ({ page }) => {
      await page.goto("/logs?q=team:warehouse");
      await ready(page);
      await page.getByText("Top values", { exact: true }).click();
      await page.getByRole("link", { name: "Actors" }).click();
      await expect(page).toHaveURL(/top=actor/);
      const panel = page.getByRole("region", { name: "Top actors" });
      await expect(panel).toContainText("of all 4 matching events");
      await expect(panel.getByRole("listitem").first()).toContainText(/picker-7\s*3\s*75\.0/);
      await panel.getByRole("link", { name: /packer-9/ }).click();
      await expect(page).toHaveURL(/actor%3Apacker-9/);
      await expect(panel).toContainText("of the 1 matching event");
      await panel.getByRole("link", { name: "Close the top values" }).click();
      await expect(panel).toHaveCount(0);
    });
  });
}

test("the palette opens by chord and by button, goes, and gives the focus back", async ({ page }) => {
  await page.goto("/logs?q=team:warehouse");
  await hydrated(page);
  const palette = page.getByRole("dialog", { name: "Go to, or do" });
  const input = palette.getByRole("combobox", { name: "Go to, or do" });
  const button = page.getByRole("button", { name: "Go to" });
  await button.click();
  await expect(input).toBeFocused();
  await expect(palette.getByRole("option", { name: "Export this result as CSV" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
  await expect(button).toBeFocused();

  await box(page).focus();
  await page.keyboard.press("Control+k");
  await expect(input).toBeFocused();
  await input.fill("dark theme");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");

  await page.keyboard.press("Control+k");
  await expect(palette.getByRole("group", { name: "Recent searches" }).getByRole("option", { name: "team:warehouse", exact: true })).toBeVisible();
  await input.fill("cmpl");
  await expect(palette.getByRole("option", { name: "Compliance" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/compliance$/);
});

test("the palette searches events for what it does not know", async ({ page }) => {
  await page.goto("/compliance");
  await hydrated(page);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Go to, or do" }).fill("actor:packer-9");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/logs\?q=actor%3Apacker-9/);
  await expect(rows(page)).toHaveCount(1);
});

test("the palette signs out", async ({ page, browser, server }) => {
  // A session of its own: the others still need theirs.
  const context = await browser.newContext({ baseURL: server.url });
  const own = await context.newPage();
  await choosePassword(own, invite(server, "leaver@example.org", "viewer"));
  await hydrated(own);
  await own.keyboard.press("Control+k");
  await own.getByRole("combobox", { name: "Go to, or do" }).fill("sign out");
  await own.keyboard.press("Enter");
  await expect(own).toHaveURL(/sign-in/);
  await context.close();
  await page.goto("/logs");
});

test("a question mark shows the keys, and keys are letters in a box", async ({ page }) => {
  await page.goto("/logs");
  await hydrated(page);
  const keys = page.getByRole("dialog", { name: "Keys" });
  await page.keyboard.press("?");
  await expect(keys).toBeVisible();
  await expect(keys).toContainText("Next row");
  await page.keyboard.press("/");
  await expect(box(page)).not.toBeFocused();
  await page.keyboard.press("Escape");
  await expect(keys).toBeHidden();
  await box(page).focus();
  await page.keyboard.type("?je");
  await expect(box(page)).toHaveValue("?je");
  await expect(keys).toBeHidden();
});
