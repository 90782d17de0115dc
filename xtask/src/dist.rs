//! Packs the release: one binary that carries its pages.

use std::fs;

use anyhow::Result;

use crate::pages::{self, Mode};
use crate::tree::{self, cargo, root};

/// Builds `target/dist/auditorium`.
pub(crate) fn run() -> Result<()> {
    pages::build(Mode::Release)?;
    let arguments = [
        "build",
        "--release",
        "--package",
        "server",
        "--features",
        "embed-pages",
    ];
    let mut build = cargo(&arguments);
    tree::run(build.env("AUDITORIUM_EMBED", Mode::Release.site()))?;
    let binary = root().join("target/dist/auditorium");
    fs::copy(tree::target().join("release/auditorium"), &binary)?;
    eprintln!(
        "dist: {} ({} MB)",
        binary.display(),
        fs::metadata(&binary)?.len() / 1_000_000
    );
    verifier()
}

/// Puts the page that verifies bundles beside the binary, with its digest to be published.
fn verifier() -> Result<()> {
    let page = root().join("target/dist/verify.html");
    fs::copy(Mode::Release.site().join("verify.html"), &page)?;
    let digest = pages::verifier::digest(Mode::Release)?;
    let sums = root().join("target/dist/verify.html.sha256");
    fs::write(&sums, format!("{digest}  verify.html\n"))?;
    eprintln!("dist: {} has SHA-256 {digest}", page.display());
    Ok(())
}
