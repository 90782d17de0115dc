/** The addresses that every sweep visits. */
export const pages = [
  "/logs",
  "/logs/delete?q=action:demo.seen",
  "/agents",
  "/compliance",
  "/exports",
  "/exports/new?q=action:demo.seen",
  "/inbox",
  "/settings",
  "/settings/sessions",
  "/settings/tokens",
  "/settings/people",
];
