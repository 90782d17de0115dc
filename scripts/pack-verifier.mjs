// Packs the verifier: one worker with its WASM inside, and one page that needs nothing else and has
// its own policy with the digests of what may run in it. Prints the page's SHA-256.
// Usage: node scripts/pack-verifier.mjs GLUE.js MODULE.wasm STYLE.css SITE
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [glue, wasm, style, site] = process.argv.slice(2);
if (!site) {
  console.error("usage: node scripts/pack-verifier.mjs GLUE.js MODULE.wasm STYLE.css SITE");
  process.exit(2);
}

const read = (path) => readFileSync(path, "utf8").trim();
const part = (name) => read(`verifier/page/${name}`);
const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const worker = `${read(glue)}\nconst WASM = "${readFileSync(wasm).toString("base64")}";\n${part("worker.js")}\n`;
const script = part("page.js");
const css = read(style);
const mark = /<symbol id="mark"[^>]*>(.*?)<\/symbol>/.exec(read("public/icons.svg"))?.[1];
if (!mark) throw new Error("public/icons.svg has no mark");
for (const text of [worker, script, css]) {
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error("a part of the page would end its element");
}

const policy = [
  "default-src 'none'",
  `script-src ${digest(script)} 'wasm-unsafe-eval'`,
  `style-src ${digest(css)}`,
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const parts = { POLICY: policy, STYLE: css, MARK: mark, WORKER: worker, SCRIPT: script };
const page = part("page.html").replace(/@([A-Z]+)@/g, (_, name) => parts[name]);

mkdirSync(join(site, "pkg"), { recursive: true });
writeFileSync(join(site, "pkg/verify-worker.js"), worker);
writeFileSync(join(site, "verify.html"), page);
console.log(createHash("sha256").update(page).digest("hex"));
