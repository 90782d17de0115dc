//! cargo-leptos reads its table from `Cargo.toml`, the running server from `Leptos.toml`.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::tree::root;

const HEADER: &str = "[[workspace.metadata.leptos]]";

pub(super) fn check() -> Result<()> {
    let build = table("Cargo.toml")?;
    let run = table("Leptos.toml")?;
    for line in &build {
        ensure!(
            run.contains(line),
            "Leptos.toml lacks `{line}` of Cargo.toml"
        );
    }
    for line in &run {
        ensure!(
            build.contains(line),
            "Cargo.toml lacks `{line}` of Leptos.toml"
        );
    }
    Ok(())
}

/// The table's lines without comments; neither file spreads a value over several lines.
fn table(name: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(root().join(name))?;
    let (_, rest) = text
        .split_once(HEADER)
        .with_context(|| format!("{name} has no {HEADER}"))?;
    Ok(rest
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect())
}
