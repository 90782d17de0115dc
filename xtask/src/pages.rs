//! Builds everything that a browser loads. Each step leaves a stamp of its inputs and is skipped
//! while they are unchanged.
//!
//! The page asks for `/pkg/auditorium.js` and `/pkg/auditorium_bg.wasm`: the names that
//! wasm-bindgen gives, as long as `LEPTOS_OUTPUT_NAME` is not set when the server is compiled.

mod compressed;
mod stamp;
pub(crate) mod verifier;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::tree::{self, cargo, command, root};
use stamp::Stamp;

const NAME: &str = "auditorium";
const TARGET: &str = "wasm32-unknown-unknown";

/// What rustc emits for this target today; wasm-opt refuses a module that uses more than it is
/// told of.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// For whom the pages are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Quick to build, served from `target/site`.
    Development,
    /// Small, compressed ahead of time, packed into the binary from `target/dist/site`.
    Release,
}

impl Mode {
    /// Folder that is served as the root of the site.
    pub(crate) fn site(self) -> PathBuf {
        match self {
            Self::Development => root().join("target/site"),
            Self::Release => root().join("target/dist/site"),
        }
    }

    /// Cargo's profile and its folder. Development uses the server's profile, so that the macros
    /// and build scripts that both need are compiled once.
    fn profile(self) -> (&'static str, &'static str) {
        match self {
            Self::Development => ("dev", "debug"),
            Self::Release => ("wasm-release", "wasm-release"),
        }
    }
}

/// Builds what changed.
pub(crate) fn build(mode: Mode) -> Result<()> {
    let started = Instant::now();
    let site = mode.site();
    let pkg = site.join("pkg");
    fs::create_dir_all(&pkg)?;
    compile(mode)?;
    let changed = [
        bindings(mode, &pkg)?,
        style(mode, &pkg)?,
        verifier::pack(mode, &site)?,
        fonts(mode, &site)?,
        public(mode, &site)?,
    ];
    if mode == Mode::Release {
        compressed::write(&site, changed.contains(&true))?;
    }
    let shown = site.strip_prefix(root()).unwrap_or(&site).display();
    eprintln!(
        "pages: {shown} is ready ({:.1} s)",
        started.elapsed().as_secs_f32()
    );
    Ok(())
}

/// Both modules in one build, so that what they share is compiled once.
fn compile(mode: Mode) -> Result<()> {
    let (profile, _) = mode.profile();
    let arguments = [
        "build",
        "--package",
        "frontend",
        "--package",
        "verifier",
        "--lib",
        "--target",
        TARGET,
        "--profile",
        profile,
    ];
    tree::run(&mut cargo(&arguments))
}

/// What cargo made of a package.
fn module(mode: Mode, package: &str) -> PathBuf {
    let (_, folder) = mode.profile();
    let name = format!("{package}.wasm");
    tree::target().join(TARGET).join(folder).join(name)
}

fn bindings(mode: Mode, pkg: &Path) -> Result<bool> {
    let wasm = module(mode, "frontend");
    let stamp = Stamp::new(mode, "wasm", [&wasm])?;
    let result = pkg.join(format!("{NAME}_bg.wasm"));
    if stamp.holds() && result.exists() {
        return Ok(false);
    }
    stamp.clear()?;
    eprintln!("pages: bindings");
    Bindgen::new()
        .input_path(&wasm)
        .web(true)?
        .out_name(NAME)
        .typescript(false)
        .keep_debug(false)
        .remove_producers_section(true)
        .remove_name_section(mode == Mode::Release)
        .generate(pkg)
        .context("wasm-bindgen")?;
    if mode == Mode::Release {
        optimise(&result, "-Oz")?;
    }
    stamp.set()?;
    Ok(true)
}

/// Makes a module small (`-Oz`) or quick (`-O3`).
fn optimise(wasm: &Path, level: &str) -> Result<()> {
    eprintln!("pages: wasm-opt");
    let mut command = node("binaryen/bin/wasm-opt")?;
    command
        .args(WASM_FEATURES)
        // Flat code shows more of what is the same; a second pass finds what the first one made.
        .args(["--flatten", "--rereloop", level, level])
        .args(["--strip-debug", "--strip-producers"])
        .arg(wasm)
        .arg("-o")
        .arg(wasm);
    tree::run(&mut command)
}

fn style(mode: Mode, pkg: &Path) -> Result<bool> {
    let folder = root().join("style");
    let stamp = Stamp::new(mode, "style", &tree::files(&folder)?)?;
    let result = pkg.join(format!("{NAME}.css"));
    if stamp.holds() && result.exists() {
        return Ok(false);
    }
    stamp.clear()?;
    eprintln!("pages: style");
    sass("main.scss", &result)?;
    stamp.set()?;
    Ok(true)
}

/// Compiles a sheet of `style/`.
fn sass(sheet: &str, to: &Path) -> Result<()> {
    let mut command = command("node");
    command.arg(root().join("scripts/style.mjs"));
    tree::run(command.arg(root().join("style").join(sheet)).arg(to))
}

/// Copies the fonts that `style/fonts.json` names: `{"/address": "path below node_modules"}`.
fn fonts(mode: Mode, site: &Path) -> Result<bool> {
    let list = root().join("style/fonts.json");
    let text = fs::read_to_string(&list).context("cannot read style/fonts.json")?;
    let fonts: BTreeMap<String, String> =
        serde_json::from_str(&text).context("style/fonts.json")?;
    let stamp = Stamp::new(mode, "fonts", [&list])?;
    if stamp.holds() {
        return Ok(false);
    }
    for (address, path) in &fonts {
        copy(
            &modules().join(path),
            &site.join(address.trim_start_matches('/')),
        )?;
    }
    stamp.set()?;
    Ok(true)
}

fn public(mode: Mode, site: &Path) -> Result<bool> {
    let folder = root().join("public");
    let files = tree::files(&folder)?;
    let stamp = Stamp::new(mode, "public", &files)?;
    if stamp.holds() {
        return Ok(false);
    }
    for file in &files {
        copy(file, &site.join(file.strip_prefix(&folder)?))?;
    }
    stamp.set()?;
    Ok(true)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// Node running a script of an installed package.
fn node(script: &str) -> Result<std::process::Command> {
    let script = modules().join(script);
    ensure!(
        script.exists(),
        "{} is missing: run `npm ci`",
        script.display()
    );
    let mut command = command("node");
    command.arg(script);
    Ok(command)
}

fn modules() -> PathBuf {
    root().join("node_modules")
}
