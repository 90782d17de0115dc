/** Events as a program sends them. */
import { expect, type APIRequestContext } from "@playwright/test";

import type { Server } from "./server.ts";

/** Makes a token that may record events. */
export function writer(server: Server): string {
  const printed = server.command("token", "create", `writer-${Date.now()}`, "--scope", "events.write", "--json");
  const found = /"(?:secret|token)":\s*"([^"]+)"/.exec(printed);
  if (!found?.[1]) throw new Error(`no token in:\n${printed}`);
  return found[1];
}

/** Records one event; returns when it is durable. */
export async function record(
  request: APIRequestContext,
  token: string,
  event: Record<string, unknown>,
): Promise<void> {
  const answer = await request.post("/api/v1/events", {
    headers: { authorization: `Bearer ${token}` },
    data: event,
  });
  expect(answer.status(), await answer.text()).toBeLessThan(300);
}
