//! `auditorium agent run`: runs a command as a task of an agent.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};
use model::agent::RegisterAgent;

use crate::agent::{self, Job};
use crate::client::Client;
use crate::config::{Config, Flags};

/// Arguments of `agent`.
#[derive(Debug, Args)]
pub struct Agent {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a command as a task: its output becomes the task's log, its exit code the outcome
    Run(Run),
}

/// Arguments of `agent run`.
#[derive(Debug, Args)]
#[command(
    after_help = "The command's exit code is the exit code of `agent run`. While the server is away the output\nis kept on disk; this run or the next one sends it.\n\nExamples:\n  auditorium agent run --name etl-1 -- ./load.sh --full\n  auditorium agent run --name etl-1 --pack billing --pack-version 2.4 --data-source warehouse -- python load.py"
)]
struct Run {
    /// Name of the agent; the same name is the same agent
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Version of the agent
    #[arg(long, value_name = "VERSION")]
    agent_version: Option<String>,
    /// Team that the agent works for
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Pack that the command belongs to
    #[arg(long, value_name = "PACK")]
    pack: Option<String>,
    /// Version of the pack
    #[arg(long, value_name = "VERSION")]
    pack_version: Option<String>,
    /// Data source that the command works on
    #[arg(long, value_name = "SOURCE")]
    data_source: Option<String>,
    /// What started it: schedule, manual, …
    #[arg(long, value_name = "TRIGGER")]
    trigger: Option<String>,
    /// Folder for output that is not sent yet [default: run in the data folder]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Seconds to wait at the end for a server that does not answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Agent {
    /// Runs the subcommand.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let Command::Run(run) = self.command;
        let data_dir = Config::load(flags)?.data_dir;
        // Fails at once where no server is named at all; one that is away is waited for.
        Client::find(&data_dir)?;
        let job = Job {
            agent: RegisterAgent {
                name: run.name,
                version: run.agent_version,
                team: run.team,
            },
            pack: run.pack,
            pack_version: run.pack_version,
            data_source: run.data_source,
            trigger: run.trigger,
            command: run.command,
            state_dir: agent::state_dir(run.state_dir, &data_dir)?,
            patience: Duration::from_secs(run.wait),
        };
        let code = agent::run(job, Arc::new(move || Client::find(&data_dir))).await?;
        Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
    }
}
