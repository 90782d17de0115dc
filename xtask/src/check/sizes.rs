//! A file that nobody can hold in mind is split before it hurts.

use std::fs;

use anyhow::{Result, ensure};

use crate::tree::{self, command, root};

const MOST_LINES: usize = 600;
const KINDS: [&str; 6] = ["css", "js", "mjs", "rs", "scss", "ts"];

pub(super) fn check() -> Result<()> {
    let mut long = Vec::new();
    for name in tree::output(command("git").args(["ls-files"]))?.lines() {
        let path = root().join(name);
        let kind = path.extension().and_then(|extension| extension.to_str());
        // A listed file may be deleted in the work tree.
        if !kind.is_some_and(|kind| KINDS.contains(&kind)) || !path.is_file() {
            continue;
        }
        let lines = fs::read_to_string(&path)?.lines().count();
        if lines > MOST_LINES {
            long.push(format!("{name} ({lines})"));
        }
    }
    ensure!(
        long.is_empty(),
        "more than {MOST_LINES} lines: {}",
        long.join(", ")
    );
    Ok(())
}
