// The page around the verifier: takes the files, shows how far it is, then one sentence, what was
// found, and the evidence. Everything is put in as text; nothing of a bundle becomes markup.
"use strict";

const PIN = "trail-pin:";
const $ = (id) => document.getElementById(id);
const isServed = location.protocol.startsWith("http");
/** What this page says about its own server: {policy: text} or null. */
const stated = JSON.parse($("stated").textContent);
/** Where workers start from. Never revoked: a worker that is slow to start would not find it. */
const code = URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }));
let running = null;

const number = (value) => new Intl.NumberFormat("en").format(value);
const time = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** An element with a class, and texts or elements in it. */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Files from a disk may have no storage; then nothing is kept, and nothing compared.
function pins() {
  try {
    return Object.entries(localStorage).filter(([key]) => key.startsWith(PIN));
  } catch {
    return [];
  }
}

const pinLine = ({ origin, size, root }) => `pin ${origin} ${size} ${root}\n`;

function keep(seen) {
  const kept = pins().find(([key]) => key === PIN + seen.origin);
  if (kept && Number(kept[1].split(" ")[0]) > seen.size) return false;
  try {
    localStorage.setItem(PIN + seen.origin, `${seen.size} ${seen.root}`);
    return true;
  } catch {
    return false;
  }
}

async function start(event) {
  event.preventDefault();
  stop();
  const [policy] = $("policy").files;
  const request = {
    file: $("bundle").files[0],
    policy: policy ? await policy.text() : null,
    stated: stated?.policy ?? null,
    pin: $("compare").checked
      ? pins().map(([key, value]) => `pin ${key.slice(PIN.length)} ${value}\n`).join("") || null
      : null,
  };
  const started = performance.now();
  running = new Worker(code);
  running.onmessage = ({ data }) => {
    const { progress, report, failed } = JSON.parse(data);
    if (progress) return showProgress(progress);
    stop();
    if (report) showReport(report, request, (performance.now() - started) / 1000);
    else showFailure(failed);
  };
  running.onerror = () => {
    stop();
    showFailure("The verifier could not be started.");
  };
  running.postMessage(request);
  $("verdict").replaceChildren();
  $("report").replaceChildren();
  $("stop").hidden = $("progress").hidden = false;
  $("start").disabled = true;
  showProgress({ bytes: 0, total: request.file.size, positions: 0, size: null });
}

function stop() {
  running?.terminate();
  running = null;
  $("stop").hidden = $("progress").hidden = true;
  $("start").disabled = false;
}

function showProgress({ bytes, total, positions, size }) {
  $("bar").max = total || 1;
  $("bar").value = bytes;
  const events = size === null ? number(positions) : `${number(positions)} of ${number(size)}`;
  $("count").textContent = `${events} positions, ${number(Math.round(bytes / 1e5) / 10)} MB read`;
}

function showNotice(kind, sentence, meaning) {
  const words = element("div", "notice__words", element("p", "verify__sentence", sentence), element("p", "", meaning));
  $("verdict").replaceChildren(element("div", `notice notice--${kind}`, words));
  $("verdict").focus();
}

function showFailure(why) {
  showNotice("bad", "The file could not be checked.", why);
}

function showReport(report, request, seconds) {
  const mild = report.findings.every(({ kind }) => ["replayed", "unproved"].includes(kind));
  const kind = { proved: "good", stated: "info", unsigned: "warning" }[report.verdict] ?? (mild ? "warning" : "bad");
  showNotice(kind, report.sentence, report.meaning);
  const parts = [];
  if (report.findings.length > 0) parts.push(findings(report));
  parts.push(evidence(report, request, seconds));
  if (report.trusted && report.findings.length === 0) parts.push(remembered(report.checkpoint));
  $("report").replaceChildren(...parts);
}

/** "7", or "7 to 9". */
const range = (first, last) => (first === last ? number(first) : `${number(first)} to ${number(last)}`);

function findings(report) {
  const items = report.findings.map((found) => {
    const lines = `Line ${range(found.first_line, found.last_line)}`;
    const positions =
      found.first_position === null ? "" : `, position ${range(found.first_position, found.last_position)}`;
    const place = element("span", "verify__place", lines + positions);
    return element("li", "verify__finding", element("strong", "", found.kind), place, element("p", "", found.sentence));
  });
  if (report.more_findings > 0) {
    items.push(element("li", "verify__finding", `And ${number(report.more_findings)} more.`));
  }
  return element("section", "verify__part", element("h2", "", "What was found"), element("ol", "", ...items));
}

function evidence(report, request, seconds) {
  const { counts, checkpoint, witnesses } = report;
  const mono = (text) => element("code", "", text);
  const facts = [
    ["Log", report.origin],
    ["Whose word", whose(report, request)],
    ["Positions", report.size === null ? null : number(report.size)],
    ["Events with content", number(counts.events)],
    ["Without content", counts.holes > 0 ? `${number(counts.holes)}; the reasons in the file are not judged` : "0"],
    ["Erased fields", counts.erased > 0 ? number(counts.erased) : null],
    ["Left out", counts.subtrees > 0 ? `${number(counts.subtrees)} stretches, by their hashes` : "nothing"],
    ["Asked for", report.query === null ? null : mono(JSON.stringify(report.query))],
    ["Disclosed", report.disclosed === null ? "all fields" : report.disclosed.join(", ") || "no field"],
    ["Checkpoint", checkpoint && `${number(checkpoint.size)} entries`],
    ["Root", checkpoint && mono(checkpoint.root)],
    ["Witnesses", witnesses.map(({ name, at }) => `${name}, ${time(at)}`).join("; ") || "none"],
    ["Last seen", report.seen_at === null ? null : time(report.seen_at)],
    ["Record of the export", record(report.export)],
    ["Seen before", report.continues && `continues the checkpoint of ${number(report.continues.size)} entries`],
    ["Checked", `${number(counts.lines)} lines, ${number(request.file.size)} bytes in ${seconds.toFixed(1)} s`],
  ];
  const list = element("dl", "facts");
  for (const [name, value] of facts) {
    if (value !== null) list.append(element("dt", "", name), element("dd", "", value));
  }
  return element("section", "verify__part", element("h2", "", "Evidence"), list);
}

function whose(report, request) {
  if (request.policy !== null) return "the policy file that you chose";
  if (request.stated !== null) return "keys that this server states about itself";
  return "nobody’s: no policy was chosen";
}

function record(taken) {
  if (taken === null) return "none in the file: it does not say who took it and why";
  const { actor, details, received_at } = taken.event;
  const who = actor?.name ?? actor?.id ?? "not disclosed";
  const why = details?.reason ? `, for: ${details.reason}` : "";
  return `position ${number(taken.position)}, taken by ${who}${received_at ? `, ${received_at}` : ""}${why}`;
}

function remembered(checkpoint) {
  const isKept = keep(checkpoint);
  const link = element("a", "button", "Download the checkpoint");
  link.href = URL.createObjectURL(new Blob([pinLine(checkpoint)], { type: "text/plain" }));
  link.download = `checkpoint-${checkpoint.size}.txt`;
  const words = isKept
    ? "This browser keeps the checkpoint, and the next file of this log must continue it."
    : "Keep the checkpoint: the next file of this log must continue it.";
  const hint = element("p", "", `${words} As a line of a policy file it does the same anywhere.`);
  return element("section", "verify__part", element("h2", "", "For the next time"), hint, link);
}

function describe() {
  if (!isServed) {
    const hint = "The release that this file came with publishes its SHA-256: compare it, and no server has to be believed.";
    return $("foot").append(element("p", "", hint));
  }
  $("where").textContent = "Checked with code from this server. Nothing is sent to it.";
  const theme = /(?:^|; )theme=(light|dark)/.exec(document.cookie);
  if (theme) document.documentElement.dataset.theme = theme[1];
  const link = element("a", "", "Take this page as a file");
  link.href = "/verify.html";
  link.download = "verify.html";
  const words = " and compare its SHA-256 with the one that the release publishes: it works without network. ";
  const command = element("code", "", "auditorium verify FILE");
  $("foot").append(element("p", "", "To check independently of this server: ", link, words, "Or run ", command, "."));
}

describe();
$("form").addEventListener("submit", (event) => void start(event).catch((error) => showFailure(error.message)));
$("stop").addEventListener("click", stop);
