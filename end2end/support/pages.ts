/** The addresses that every sweep visits. */
export const pages = [
  "/logs",
  "/logs/delete?q=action:demo.seen",
  "/agents",
  "/compliance",
  "/inbox",
  "/settings",
  "/settings/sessions",
  "/settings/tokens",
  "/settings/people",
];
