// Compiles a style sheet: node scripts/style.mjs FROM.scss TO.css
// By the library, since sass's command line needs a newer Node than Debian's for watching files.
import { writeFileSync } from "node:fs";
import { compile } from "sass";

const [from, to] = process.argv.slice(2);
if (!from || !to) {
  console.error("usage: node scripts/style.mjs FROM.scss TO.css");
  process.exit(2);
}
try {
  writeFileSync(to, compile(from, { style: "compressed", sourceMap: false }).css);
} catch (error) {
  console.error(String(error.message ?? error));
  process.exit(1);
}
