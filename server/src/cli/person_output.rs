//! What `user` and `token` print: results on standard output, refusals in the user's words.

use std::io::Write as _;

use anyhow::{Result, anyhow};
use serde::Serialize;

/// A line on standard output.
pub(super) fn print(line: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}

/// A value as indented JSON.
pub(super) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

/// A service's refusal as the command's error. On this side of the database the cause of a
/// failure is the reader's to see.
pub(super) fn refused(error: service::Error) -> anyhow::Error {
    if error.status() >= 500 {
        anyhow!(error)
    } else {
        anyhow!(error.message())
    }
}
