/** Takes the pictures of the README from a console with demo data. */
import { fileURLToPath } from "node:url";

import { expect, hydrated, test, type Page } from "../support/console.ts";
import { Server } from "../support/server.ts";

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  const path = fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
}

/** Opens a task that prints for some seconds and goes on; answers its address. */
async function running(page: Page, server: Server): Promise<string> {
  const made = server.command("token", "create", "agent", "--scope", "tasks.write", "--json");
  const token = /"(?:secret|token)":\s*"([^"]+)"/.exec(made)?.[1];
  const headers = { authorization: `Bearer ${token}` };
  const call = async (path: string, data: object) =>
    (await page.request.post(`/api/v1/${path}`, { headers, data })).json();
  const agent = await call("agents/register", { name: "etl-1", version: "2.4.1", team: "data" });
  const task = await call("tasks/open", {
    agent: agent.id,
    name: "load-orders --day 2026-11-20",
    pack: "orders",
    pack_version: "2.4",
    data_source: "warehouse",
    trigger: "schedule",
  });
  let offset = 0;
  for (let chunk = 0; chunk < 6; chunk += 1) {
    const lines = Array.from({ length: 22 }, (_, line) => said(chunk * 22 + line + 1));
    const bytes = Buffer.from(lines.join("\n") + "\n");
    await page.request.post(`/api/v1/tasks/${task.id}/log?offset=${offset}`, {
      headers: { ...headers, "content-type": "application/octet-stream" },
      data: bytes,
    });
    offset += bytes.length;
    await page.waitForTimeout(1_300);
  }
  return `/agents/${agent.id}/tasks/${task.id}`;
}

/** A line of a loader, in a terminal's colours. */
function said(part: number): string {
  const colour = (code: number, word: string) => `\u001b[${code}m${word}\u001b[0m`;
  if (part % 53 === 0) {
    return `${colour(31, "ERROR")} part ${part}: duplicate key in orders_pkey (order 4711), skipped`;
  }
  if (part % 17 === 0) {
    return `${colour(33, "WARN ")} part ${part}: 2.4 s, longer than the limit of 2 s; the next is smaller`;
  }
  const rows = 500 + ((part * 37) % 431);
  return `${colour(32, "INFO ")} part ${part}: ${rows} rows from ${colour(36, "warehouse.orders")}, ${90 + ((part * 13) % 70)} ms`;
}

test("the pictures of the README", async ({ page, server, browser }) => {
  server.command("demo");

  await page.goto("/logs?q=status:denied+last:30d");
  await hydrated(page);
  await page.locator("main tr[data-event]").nth(2).getByRole("link", { name: /, open / }).click();
  await expect(page.getByRole("complementary", { name: "Event" })).toBeVisible();
  await take(page, "logs");

  await page.goto("/logs?q=action:data.read+actor:etl-1+last:7d");
  await hydrated(page);
  await page.getByRole("link", { name: "Delete", exact: true }).click();
  await page.setViewportSize({ width: 1280, height: 820 });
  await page.getByLabel("Reason").fill("Load test of 12 November, agreed with the data owner");
  await take(page, "delete");
  await page.setViewportSize({ width: 1280, height: 760 });

  await page.goto(`${await running(page, server)}?time=since`);
  await hydrated(page);
  await expect(page.locator(".log__line").last()).toBeInViewport();
  await take(page, "task-log");

  await page.goto("/compliance");
  await hydrated(page);
  await take(page, "compliance");

  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/logs");
  await hydrated(page);
  await take(page, "logs-dark");

  const fresh = await Server.start();
  const visitor = await browser.newPage({ viewport: { width: 720, height: 300 } });
  await visitor.goto(fresh.signInLink);
  await take(visitor, "sign-in");
  await visitor.close();
  await fresh.stop();
});
