//! `auditorium doctor`: what is misconfigured or broken on this machine, each finding with what
//! mends it. It changes nothing and starts nothing, so it may run beside a server or without one.

mod database;
mod machine;
mod objects;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::config::{Config, Flags};

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium doctor\n  auditorium doctor --data-dir ./data --json\n\nExits with 1 when something fails; warnings alone give 0."
)]
pub struct Doctor {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Holds,
    Warns,
    Fails,
    /// It could not be looked at now.
    Unknown,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    /// What was seen.
    evidence: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Finding {
    fn holds(check: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Holds,
            evidence: evidence.into(),
            mend: None,
        }
    }

    fn unknown(check: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            state: State::Unknown,
            ..Self::holds(check, evidence)
        }
    }

    fn warns(check: &'static str, evidence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            state: State::Warns,
            mend: Some(mend.into()),
            ..Self::holds(check, evidence)
        }
    }

    fn fails(check: &'static str, evidence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            state: State::Fails,
            mend: Some(mend.into()),
            ..Self::holds(check, evidence)
        }
    }
}

impl Doctor {
    /// Looks at everything and says what it saw.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let findings = examine(flags).await;
        let failed = findings.iter().any(|finding| finding.state == State::Fails);
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &findings)?;
            writeln!(out)?;
        } else {
            write_text(&mut out, &findings)?;
        }
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

async fn examine(flags: &Flags) -> Vec<Finding> {
    let config = match Config::load(flags) {
        Ok(config) => config,
        Err(error) => {
            let mend = "correct that setting; nothing else can be checked before";
            return vec![Finding::fails("configuration", error.to_string(), mend)];
        }
    };
    let mut findings = vec![Finding::holds(
        "configuration",
        format!(
            "environment {}, data folder {}",
            config.environment,
            config.data_dir.display()
        ),
    )];
    for warning in config.warnings() {
        let (evidence, mend) = warning.split_once(": ").unwrap_or((&warning, ""));
        findings.push(Finding::warns("configuration", evidence, mend));
    }
    findings.extend(machine::examine(&config));
    findings.extend(database::examine(&config).await);
    findings.extend(objects::examine(&config).await);
    findings
}

fn write_text(out: &mut impl io::Write, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let mark = match finding.state {
            State::Holds => "ok     ",
            State::Warns => "warning",
            State::Fails => "FAILS  ",
            State::Unknown => "unknown",
        };
        writeln!(out, "{mark}  {}: {}", finding.check, finding.evidence)?;
        if let Some(mend) = &finding.mend {
            writeln!(out, "         → {mend}")?;
        }
    }
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    };
    let (fails, warns) = (count(State::Fails), count(State::Warns));
    writeln!(
        out,
        "\n{} checks, {fails} failed, {warns} with a warning",
        findings.len()
    )
}
