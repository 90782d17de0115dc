/** Who gets in, how, and what each role is offered. */
import { expect, hydrated, test } from "../support/console.ts";
import { choosePassword, invite, password, recover, roles } from "../support/roles.ts";

test.use({ signedOut: true });

test("a page asks the signed-out to sign in, and returns to where they were going", async ({ page, server }) => {
  const email = "returning@example.org";
  await choosePassword(page, invite(server, email, "viewer"));
  await page.context().clearCookies();
  await page.goto("/compliance");
  await hydrated(page);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/compliance/);
});

test("a reset link opens once", async ({ page, server }) => {
  const email = "forgetful@example.org";
  await choosePassword(page, invite(server, email, "viewer"));
  const link = recover(server, email);
  await choosePassword(page, link);
  await page.context().clearCookies();
  await page.goto(new URL(link).pathname);
  await expect(page.getByRole("heading", { name: "This link does not open" })).toBeVisible();
});

test("a wrong password is refused without saying whether the address is known", async ({ page }) => {
  await page.goto("/sign-in");
  await hydrated(page);
  await page.getByLabel("E-mail address").fill("nobody@example.org");
  await page.getByLabel("Password").fill("not the right one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("do not belong together")).toBeVisible();
});

/** What the Logs page offers: deletion and export, by role. */
const offers = {
  security_auditor: { exports: true, deletes: false, agents: false },
  viewer: { exports: false, deletes: false, agents: true },
  developer: { exports: true, deletes: false, agents: true },
  operator: { exports: true, deletes: false, agents: true },
  admin: { exports: true, deletes: true, agents: true },
} as const;

for (const role of roles) {
  for (const javaScriptEnabled of [true, false]) {
    test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
      test.use({ javaScriptEnabled });
      test(`${role} is offered what the role may do`, async ({ page, server }) => {
        const address = invite(server, `${role}-${javaScriptEnabled}@example.org`, role);
        await choosePassword(page, address);
        await page.goto("/logs");
        const offer = offers[role];
        const shown = (there: boolean) => (there ? 1 : 0);
        await expect(page.locator("#export-menu")).toHaveCount(shown(offer.exports));
        await expect(page.getByRole("link", { name: "Delete", exact: true })).toHaveCount(shown(offer.deletes));
        const main = page.getByRole("navigation", { name: "Main" });
        await expect(main.getByRole("link", { name: "Agents" })).toHaveCount(shown(offer.agents));
      });
    });
  }
}
