//! Builds the verifier of bundles: `pkg/verify-worker.js`, which pages start, and `verify.html`,
//! one file that needs no server and no network.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::stamp::Stamp;
use super::{Mode, module, optimise, sass};
use crate::tree::{self, command, root};

/// Packs it where something changed, and says the page's digest.
pub(super) fn pack(mode: Mode, site: &Path) -> Result<bool> {
    let wasm = module(mode, "verifier");
    let mut inputs = tree::files(&root().join("style"))?;
    inputs.extend(tree::files(&root().join("verifier/page"))?);
    inputs.push(root().join("scripts/pack-verifier.mjs"));
    inputs.push(root().join("public/icons.svg"));
    inputs.push(wasm.clone());
    let stamp = Stamp::new(mode, "verifier", &inputs)?;
    if stamp.holds() && site.join("verify.html").exists() {
        return Ok(false);
    }
    stamp.clear()?;
    eprintln!("pages: verifier");
    let folder = folder(mode);
    fs::create_dir_all(&folder)?;
    Bindgen::new()
        .input_path(&wasm)
        .no_modules(true)?
        .out_name("verifier")
        .typescript(false)
        .keep_debug(false)
        .remove_producers_section(true)
        .remove_name_section(mode == Mode::Release)
        .generate(&folder)
        .context("wasm-bindgen")?;
    let bound = folder.join("verifier_bg.wasm");
    if mode == Mode::Release {
        optimise(&bound, "-O3")?;
    }
    let style = folder.join("verify.css");
    sass("verify.scss", &style)?;
    let mut pack = command("node");
    pack.arg(root().join("scripts/pack-verifier.mjs"))
        .arg(folder.join("verifier.js"))
        .args([&bound, &style])
        .arg(site);
    let digest = tree::output(&mut pack)?;
    let digest = digest.trim();
    ensure!(digest.len() == 64, "the packer printed no digest");
    fs::write(folder.join("digest"), digest)?;
    stamp.set()?;
    Ok(true)
}

/// SHA-256 of the packed page, in lower-case hexadecimal digits.
pub(crate) fn digest(mode: Mode) -> Result<String> {
    Ok(fs::read_to_string(folder(mode).join("digest"))?)
}

fn folder(mode: Mode) -> PathBuf {
    let (_, profile) = mode.profile();
    root().join("target/verifier").join(profile)
}
