//! The size of what a browser loads as code, as `make dist` has compressed it.

use std::fs;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::figures::{Measured, Target, float};
use crate::options::{Options, target};

/// Bytes of WASM and JS together.
const BUDGET: f64 = 350.0;

pub(crate) fn measure(_: &Options) -> Result<Vec<Measured>> {
    let folder = target().join("dist/site/pkg");
    ensure!(
        folder.is_dir(),
        "{} is missing: run `make dist`",
        folder.display()
    );
    let (mut sizes, mut sum) = (json!({}), 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".js.br") || name.ends_with(".wasm.br") {
            let size = entry.metadata()?.len();
            sizes[name] = json!(size);
            sum += size;
        }
    }
    ensure!(sum > 0, "the release pages are not compressed");
    Ok(vec![Measured {
        name: "WASM and JS of the console, brotli".to_owned(),
        words: format!("{sum} bytes"),
        value: Some(float(sum) / 1_000.0),
        unit: " kB",
        target: Target::AtMost(BUDGET),
        detail: sizes,
    }])
}
