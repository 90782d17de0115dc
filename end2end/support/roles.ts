/** People of each role, invited as an admin would and signed in by their link. */
import { expect, type Page } from "@playwright/test";

import type { Server } from "./server.ts";

export const roles = ["security_auditor", "viewer", "developer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

export const password = "seven quiet otters juggle";

/** Invites somebody and returns the address of the invitation. */
export function invite(server: Server, email: string, role: Role): string {
  return link(server.command("user", "invite", email, "--role", role));
}

/** The link with which somebody chooses a new password. */
export function recover(server: Server, email: string): string {
  return link(server.command("user", "recover", email));
}

/** Opens an invitation or a reset link and chooses the password. */
export async function choosePassword(page: Page, address: string): Promise<void> {
  await page.goto(new URL(address).pathname);
  const name = page.getByLabel("Your name");
  if (await name.isVisible()) await name.fill("Ada Lovelace");
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: /and sign in/ }).click();
  await expect(page).toHaveURL(/\/logs/);
}

function link(printed: string): string {
  const found = /https?:\/\/[^\s"]+\/sign-in\/link\/[^\s"]+/.exec(printed);
  if (!found) throw new Error(`no link in:\n${printed}`);
  return found[0];
}
