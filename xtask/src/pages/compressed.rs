//! Compresses a release site ahead of time and weighs its code.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::tree::{self, command, root};

/// What a browser should load as code for the whole console at most, compressed with brotli.
const GOAL: u64 = 350_000;
/// Above this something went in that does not belong into a browser.
const LIMIT: u64 = 900_000;

/// Writes `.br` and `.gz` beside what shrinks (where something changed), reports the sizes and
/// fails above the limit.
pub(super) fn write(site: &Path, changed: bool) -> Result<()> {
    if changed {
        eprintln!("pages: compressing");
        let script = root().join("scripts/compress.mjs");
        tree::run(command("node").arg(script).arg(site))?;
    }
    let mut code = 0;
    for file in tree::files(&site.join("pkg"))? {
        let kind = file.extension().and_then(|extension| extension.to_str());
        if !matches!(kind, Some("js" | "wasm" | "css")) {
            continue;
        }
        let raw = fs::metadata(&file)?.len();
        let mut beside = file.clone().into_os_string();
        beside.push(".br");
        let small = fs::metadata(&beside).map_or(raw, |about| about.len());
        let name = file.strip_prefix(site)?.display().to_string();
        eprintln!("pages: {name:<28} {raw:>9} bytes, {small:>7} with brotli");
        // The verifier is no part of a page: only who verifies a bundle loads it.
        if kind != Some("css") && !file.ends_with("verify-worker.js") {
            code += small;
        }
    }
    eprintln!("pages: WASM and JS together {code} bytes with brotli; the goal is {GOAL}");
    ensure!(
        code <= LIMIT,
        "the code of the pages is over its limit of {LIMIT} bytes"
    );
    Ok(())
}
