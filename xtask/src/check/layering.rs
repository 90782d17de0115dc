//! Dependencies point one way: what runs in the browser carries nothing of the server, and the
//! server carries one TLS stack.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Result, ensure};

use crate::tree::{self, cargo, root};

/// Crates that betray server code in the browser.
const SERVER_ONLY: [&str; 10] = [
    "axum",
    "hyper",
    "leptos_axum",
    "mio",
    "object_store",
    "reqwest",
    "rustls",
    "service",
    "sqlx",
    "store",
];

/// Crates of which two versions cannot work together, or would be two of what must be one.
const SINGLE: [&str; 9] = [
    "axum",
    "leptos",
    "leptos_router",
    "object_store",
    "rustls",
    "server_fn",
    "sqlx",
    "tokio",
    "wasm-bindgen",
];

/// TLS is rustls with aws-lc-rs; a second stack is a second set of advisories.
const BANNED: [&str; 4] = ["native-tls", "openssl", "openssl-sys", "ring"];

/// Server-only code of `app` stands behind one module and one mapping.
const SSR_FILES: usize = 2;

/// Counts the files of `app` that name the feature.
pub(super) fn ssr_files() -> Result<()> {
    let mut named = Vec::new();
    for file in tree::files(&root().join("app/src"))? {
        if file.extension().is_some_and(|extension| extension == "rs")
            && fs::read_to_string(&file)?.contains("feature = \"ssr\"")
        {
            named.push(file.strip_prefix(root())?.display().to_string());
        }
    }
    ensure!(
        named.len() <= SSR_FILES,
        "`feature = \"ssr\"` stands in {} files, {SSR_FILES} are allowed: {}",
        named.len(),
        named.join(", ")
    );
    Ok(())
}

/// Looks for server crates below the browser's crate.
pub(super) fn browser() -> Result<()> {
    let crates = crates(&["-p", "frontend", "--target", "wasm32-unknown-unknown"])?;
    let found: Vec<&str> = SERVER_ONLY
        .into_iter()
        .filter(|name| crates.contains_key(*name))
        .collect();
    ensure!(
        found.is_empty(),
        "the browser's code depends on {}",
        found.join(", ")
    );
    Ok(())
}

/// Looks for doubled and banned crates below the server.
pub(super) fn server() -> Result<()> {
    let crates = crates(&["-p", "server"])?;
    let mut found = Vec::new();
    for name in SINGLE {
        if let Some(versions) = crates.get(name)
            && versions.len() > 1
        {
            found.push(format!("{name} in versions {}", versions.join(" and ")));
        }
    }
    found.extend(
        BANNED
            .into_iter()
            .filter(|name| crates.contains_key(*name))
            .map(str::to_owned),
    );
    ensure!(
        found.is_empty(),
        "the server depends on {}",
        found.join(", ")
    );
    Ok(())
}

/// Names and versions of all crates that a package links.
fn crates(selection: &[&str]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut command = cargo(&["tree", "--edges", "normal", "--prefix", "none", "--quiet"]);
    let mut crates: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in tree::output(command.args(selection))?.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            let versions = crates.entry(name.to_owned()).or_default();
            if !versions.iter().any(|known| known == version) {
                versions.push(version.to_owned());
            }
        }
    }
    Ok(crates)
}
