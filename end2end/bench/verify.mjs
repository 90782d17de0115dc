// Measures the verifier of the browser: makes a bundle of so many events, as docs/trail-format.md
// says, verifies it in verify.html, and looks every 50 ms how late the page's own timer is.
// Usage: node bench/verify.mjs VERIFY.html [EVENTS]
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { closeSync, mkdtempSync, openSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { execFileSync } from "node:child_process";

import { chromium } from "@playwright/test";

const [html, count = "1000000"] = process.argv.slice(2);
if (!html) throw new Error("usage: node bench/verify.mjs VERIFY.html [EVENTS]");
const size = Number(count);
const origin = "bench.example";
const folder = mkdtempSync(join(tmpdir(), "bundle-"));

const H = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const byte = (value) => Buffer.from([value]);
const u16 = (value) => Buffer.from([value >> 8, value & 255]);
const node = (left, right) => H(byte(1), left, right);

/** The right edge of a tree: perfect subtrees, the largest first. */
class Edge {
  parts = [];
  push(hash) {
    let level = 0;
    while (this.parts.at(-1)?.level === level) {
      hash = node(this.parts.pop().hash, hash);
      level += 1;
    }
    this.parts.push({ level, hash });
  }
  root() {
    return this.parts.map(({ hash }) => hash).reduceRight((right, left) => node(left, right));
  }
}

const field = (path, value, salt) => {
  const commitment = H(byte(0x11), salt, u16(path.length), path, value);
  const shown = Buffer.concat([salt, commitment.subarray(0, 5)]).toString("base64");
  return { commitment, line: `["${path}","${shown}",${Buffer.byteLength(value)},${value}]` };
};

// About as long as an event of a cloud's own trail.
const request = JSON.stringify({
  additionalEventData: { bytesTransferredIn: 0, bytesTransferredOut: 4096, cipherSuite: "TLS_AES_128_GCM_SHA256" },
  requestParameters: { bucketName: "northwind-invoices", key: "2026/10/invoice.pdf", note: "x".repeat(300) },
}).slice(1, -1);

function event(position) {
  const salt = H(String(position)).subarray(0, 16);
  const fields = [
    field("/actor/ip", `"192.0.2.${position & 255}"`, salt),
    field("/details", `{${request},"z":${position}}`, salt),
  ];
  const text = `{"$fields":["/actor/ip","/details"],"action":"invoice.read","actor":{"id":"billing","type":"service"},"occurred_at":"2026-10-01T07:08:09.000010Z","resource":{"id":"${position}","type":"invoice"},"schema_version":1,"status":"success"}`;
  const received = Buffer.alloc(8);
  received.writeBigUInt64BE(1_790_000_000_000_000n + BigInt(position));
  const id = Buffer.alloc(16);
  id.writeUInt32BE(position, 12);
  const all = H(byte(0x12), u16(fields.length), ...fields.map(({ commitment }) => commitment));
  const leaf = Buffer.concat([byte(1), byte(1), received, id, H(byte(0x10), salt, text), all]);
  const line = `{"e":${position},"leaf":"${leaf.toString("base64")}","salt":"${salt.toString("base64")}","bytes":${text.length},"public":${text},"fields":[${fields.map((one) => one.line).join(",")}]}\n`;
  return { line, hash: H(byte(0), leaf) };
}

/** Writes the bundle and its policy; returns their paths and the length. */
function make() {
  const path = join(folder, "bundle.ndjson");
  const out = openSync(path, "w");
  const digest = createHash("sha256");
  let bytes = 0;
  let waiting = [];
  const flush = () => {
    const text = waiting.join("");
    digest.update(text);
    bytes += writeSync(out, text);
    waiting = [];
  };
  const whole = new Edge();
  let tile = new Edge();
  let tiles = 0;
  waiting.push(`{"head":1,"origin":"${origin}","size":${size},"query":{},"disclosed":null}\n`);
  for (let position = 0; position < size; position += 1) {
    const { line, hash } = event(position);
    waiting.push(line);
    whole.push(hash);
    tile.push(hash);
    if (position % 256 === 255 || position === size - 1) {
      waiting.push(`{"t":${tiles},"hash":"${tile.root().toString("base64")}"}\n`);
      tile = new Edge();
      tiles += 1;
      flush();
    }
  }
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = Buffer.concat([byte(1), publicKey.export({ format: "der", type: "spki" }).subarray(-32)]);
  const id = H(`${origin}\n`, key).subarray(0, 4);
  const text = `${origin}\n${size}\n${whole.root().toString("base64")}\n`;
  const signed = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString("base64");
  const note = JSON.stringify(`${text}\n— ${origin} ${signed}\n`);
  const before = `{"end":{"events":${size},"holes":0,"subtrees":0,"tiles":${tiles},"proofs":0},"sha256":"${digest.digest("hex")}","checkpoint":${note},"consistency":[],"pins":[],"receipt":null`;
  bytes += writeSync(out, `${before},"sum":"${H(before).toString("hex")}"}\n`);
  closeSync(out);
  const policy = join(folder, "policy");
  writeFileSync(policy, `log ${origin}+${id.toString("hex")}+${key.toString("base64")}\nquorum none\n`);
  execFileSync("gzip", ["-1", path]);
  return { path: `${path}.gz`, policy, bytes };
}

const bundle = make();
const packed = statSync(bundle.path).size;
console.log(`${size} events, ${(bundle.bytes / 1e6).toFixed(0)} MB, ${(packed / 1e6).toFixed(0)} MB with gzip: ${bundle.path}`);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(pathToFileURL(resolve(html)).href);
await page.getByLabel("Bundle").setInputFiles(bundle.path);
await page.getByLabel("Policy file").setInputFiles(bundle.policy);
await page.evaluate(() => {
  let last = performance.now();
  globalThis.latest = 0;
  setInterval(() => {
    const now = performance.now();
    globalThis.latest = Math.max(globalThis.latest, now - last - 50);
    last = now;
  }, 50);
});
const started = performance.now();
await page.getByRole("button", { name: "Verify" }).click();
await page.getByRole("heading", { name: "Evidence" }).waitFor({ timeout: 600_000 });
const seconds = (performance.now() - started) / 1000;
console.log(await page.getByRole("status").innerText());
const latest = await page.evaluate(() => globalThis.latest);
console.log(
  `${seconds.toFixed(1)} s, ${(size / seconds).toFixed(0)} events/s, ${(bundle.bytes / 1e6 / seconds).toFixed(0)} MB/s; the page was late by ${latest.toFixed(0)} ms at most`,
);
await browser.close();
