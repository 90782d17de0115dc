//! What must hold for every change and needs no running server: format, lints, the direction of
//! dependencies, one version of what must be one, sizes of files.

mod layering;
mod sizes;
mod tables;

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::tree::{self, cargo};

/// The native packages, always selected together: other selections would turn on other features
/// and compile the same crates again. `scripts/packages` repeats it for build and test.
const NATIVE: [&str; 16] = [
    "-p",
    "model",
    "-p",
    "trail",
    "-p",
    "store",
    "-p",
    "service",
    "-p",
    "server",
    "-p",
    "testing",
    "-p",
    "app",
    "--features",
    "app/ssr",
];

type Check = (&'static str, fn() -> Result<()>);

/// Runs all checks and reports every one that fails, not only the first.
pub(crate) fn run() -> Result<()> {
    let checks: [Check; 11] = [
        ("format", || {
            tree::run(&mut cargo(&["fmt", "--all", "--check"]))
        }),
        ("sizes of files", sizes::check),
        ("Leptos.toml equals Cargo.toml", tables::check),
        ("ssr stays in two files", layering::ssr_files),
        ("browser code has no server crates", layering::browser),
        ("one version each, no banned crate", layering::server),
        ("lints: server", || clippy(&NATIVE)),
        ("lints: browser", || {
            clippy(&[
                "-p",
                "frontend",
                "-p",
                "verifier",
                "--target",
                "wasm32-unknown-unknown",
            ])
        }),
        ("lints: xtask", || clippy(&["-p", "xtask"])),
        ("lints: bench", || clippy(&["-p", "bench"])),
        ("licences, bans, sources", deny),
    ];
    let count = checks.len();
    let mut failed = Vec::new();
    for (number, (name, check)) in checks.into_iter().enumerate() {
        let started = Instant::now();
        eprintln!("check {}/{count}: {name}", number + 1);
        if let Err(error) = check() {
            eprintln!("check {}/{count}: {name} FAILED: {error:#}", number + 1);
            failed.push(name);
        } else if started.elapsed().as_secs() >= 5 {
            eprintln!(
                "check {}/{count}: done in {} s",
                number + 1,
                started.elapsed().as_secs()
            );
        }
    }
    if !failed.is_empty() {
        bail!("checks failed: {}", failed.join("; "));
    }
    eprintln!("check: all {count} hold");
    Ok(())
}

fn clippy(selection: &[&str]) -> Result<()> {
    let mut command = cargo(&["clippy", "--quiet"]);
    command.args(selection);
    if !selection.contains(&"--target") {
        command.arg("--all-targets");
    }
    tree::run(command.args(["--", "-D", "warnings"]))
}

/// Advisories are left to whoever can reach their database; bans also stand in `layering`.
fn deny() -> Result<()> {
    let installed = Command::new("cargo-deny").arg("--version").output().is_ok();
    if !installed {
        eprintln!("       skipped: cargo-deny is not installed");
        return Ok(());
    }
    tree::run(&mut cargo(&[
        "deny", "check", "bans", "licenses", "sources",
    ]))
}
