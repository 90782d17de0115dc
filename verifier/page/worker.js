// Streams a bundle through the verifier. Takes one message
//   {url | file, policy, stated, pin}          (texts or null; file is a Blob)
// and answers with texts of JSON: {"progress":{…}} about ten times a second, then one
// {"report":{…}} or {"failed":"a sentence"}. `wasm_bindgen` and WASM stand above, put there by the
// build. One worker verifies one bundle; whoever has enough of it terminates it.
"use strict";

const PROGRESS_MS = 100;

const say = (what) => postMessage(JSON.stringify(what));

/** The bytes of the bundle as they are stored, and how many there will be. */
async function open({ url, file }) {
  if (file) return { stream: file.stream(), total: file.size };
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? problem.message ?? `The server answered ${answer.status}.`);
  }
  const length = answer.headers.get("content-encoding") ? null : answer.headers.get("content-length");
  return { stream: answer.body, total: length === null ? null : Number(length) };
}

/** What is left of a stream whose beginning was read already. `tally` counts it as it is taken and
 * keeps the error by which it broke, if it did. */
function counted(first, reader, tally) {
  let next = first;
  const broken = (error) => {
    tally.broken = error;
    throw error;
  };
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = next ?? (await reader.read().catch(broken));
        next = null;
        if (done) return controller.close();
        tally.bytes += value.byteLength;
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

const isGzip = ({ value }) => value?.[0] === 0x1f && value?.[1] === 0x8b;

async function verify(request) {
  wasm_bindgen.initSync({ module: Uint8Array.from(atob(WASM), (letter) => letter.charCodeAt(0)) });
  const now = Math.floor(Date.now() / 1000);
  const verifier = new wasm_bindgen.BundleVerifier(request.policy, request.stated, request.pin, now);
  const { stream, total } = await open(request);
  const tally = { bytes: 0, broken: null };
  let told = 0;
  const tell = () => {
    told = performance.now();
    const { positions, size } = verifier;
    say({ progress: { bytes: tally.bytes, total, positions, size: size ?? null } });
  };
  const reader = stream.getReader();
  const first = await reader.read();
  let lines = counted(first, reader, tally);
  if (isGzip(first)) lines = lines.pipeThrough(new DecompressionStream("gzip"));
  const unpacked = lines.getReader();
  for (;;) {
    let piece;
    try {
      piece = await unpacked.read();
    } catch {
      // A connection that breaks is no damage; a compressed stream that does not unpack is.
      if (tally.broken) throw tally.broken;
      verifier.spoil();
      break;
    }
    if (piece.done) break;
    verifier.feed(piece.value);
    if (performance.now() - told > PROGRESS_MS) tell();
  }
  tell();
  postMessage(`{"report":${verifier.finish()}}`);
}

onmessage = ({ data }) => {
  verify(data).catch((error) => say({ failed: String(error?.message ?? error) }));
};
