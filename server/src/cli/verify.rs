//! `auditorium verify`: checks a bundle without any server, and believes only its policy file.
//!
//! Exits with 0 only when the bundle is sound. Refuses to call sound what nobody vouches for, and
//! what lacks content that nothing recorded explains.

pub mod reading;
mod verdict;

use std::fs::File;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use trail::policy::Policy;

use super::person_output::print;
pub use verdict::Verdict;

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium verify audit.ndjson.gz --policy acme.policy\n  auditorium verify audit.ndjson.gz --policy acme.policy --json | jq .findings\n\nGet the policy file from somebody you trust, once, and keep it: `auditorium trail policy` prints\nthat of an installation. Exit code 0: sound. 1: not sound, or nobody vouches for it."
)]
pub struct Verify {
    /// The bundle, compressed or not
    file: PathBuf,
    /// Whom to believe: a policy file (c2sp.org/tlog-policy)
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print the whole report as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Checks the file and prints what was found.
    pub async fn run(self) -> Result<ExitCode> {
        tokio::task::spawn_blocking(move || self.check()).await?
    }

    fn check(&self) -> Result<ExitCode> {
        let policy = self.policy.as_ref().map(read_policy).transpose()?;
        let file = File::open(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let bar = bar()?;
        let now = u64::try_from(chrono::Utc::now().timestamp()).unwrap_or(0);
        let verdict = reading::verify(file, policy, now, |done, size| {
            if let Some(size) = size {
                bar.set_length(size);
            }
            bar.set_position(done);
        });
        bar.finish_and_clear();
        if self.json {
            print(&serde_json::to_string_pretty(&verdict.to_json())?)?;
        } else {
            print(verdict.to_string().trim_end())?;
        }
        Ok(if verdict.is_sound() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn read_policy(path: &PathBuf) -> Result<Policy> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse()
        .with_context(|| format!("{} is no policy", path.display()))
}

fn bar() -> Result<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let style =
        ProgressStyle::with_template("{wide_bar} {percent}% of {len} positions, {eta} left")?;
    Ok(ProgressBar::no_length().with_style(style))
}
