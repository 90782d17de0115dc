//! With the feature `embed-pages`: writes the table of files that `http::site` serves, from the
//! folder that `AUDITORIUM_EMBED` names. It builds no pages itself; `make dist` does.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=AUDITORIUM_EMBED");
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_EMBED_PAGES").is_none() {
        return Ok(());
    }
    let site = PathBuf::from(env::var("AUDITORIUM_EMBED").map_err(
        |_| "AUDITORIUM_EMBED must name the folder of the built pages: use `make dist`",
    )?);
    println!("cargo::rerun-if-changed={}", site.display());
    let mut table = String::from("&[\n");
    let mut hasher = DefaultHasher::new();
    for file in files(&site)? {
        fs::read(&file)?.hash(&mut hasher);
        let packed = file
            .extension()
            .is_some_and(|kind| kind == "br" || kind == "gz");
        if packed {
            continue;
        }
        let address = file.strip_prefix(&site)?.display().to_string();
        writeln!(
            table,
            "File {{ address: {:?}, kind: {:?}, raw: include_bytes!({:?}), brotli: {}, gzip: {} }},",
            format!("/{address}"),
            kind(&file),
            file.display().to_string(),
            beside(&file, "br"),
            beside(&file, "gz"),
        )?;
    }
    table.push(']');
    println!(
        "cargo::rustc-env=AUDITORIUM_SITE_TAG={:016x}",
        hasher.finish()
    );
    let out = PathBuf::from(env::var("OUT_DIR")?);
    Ok(fs::write(out.join("site.rs"), table)?)
}

fn beside(file: &Path, suffix: &str) -> String {
    let mut packed = file.as_os_str().to_owned();
    packed.push(".");
    packed.push(suffix);
    let packed = PathBuf::from(packed);
    if packed.exists() {
        format!("Some(include_bytes!({:?}))", packed.display().to_string())
    } else {
        "None".to_owned()
    }
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|kind| kind.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
