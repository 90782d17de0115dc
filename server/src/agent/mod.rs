//! Runs a command as a task of an agent: its output becomes the task's log, its exit code the
//! task's outcome.
//!
//! Output is written to a spool on disk first and sent from there, so the command never waits
//! for the server, and what the server missed is sent when it is back, by this run or the next.

mod calls;
mod command;
mod delivery;
mod spool;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::Utc;
pub use delivery::Finder;
use model::agent::RegisterAgent;
use model::task::OpenTask;
use uuid::Uuid;

use crate::agent::calls::Failure;
use crate::agent::command::Running;
use crate::agent::delivery::Delivery;
use crate::agent::spool::{Outcome, Sheet, Spool};

/// What to run and as what.
#[derive(Debug)]
pub struct Job {
    pub agent: RegisterAgent,
    pub pack: Option<String>,
    pub pack_version: Option<String>,
    pub data_source: Option<String>,
    pub trigger: Option<String>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Where spools are kept.
    pub state_dir: PathBuf,
    /// How long the run waits at its end for a server that does not answer.
    pub patience: Duration,
}

/// Runs the command and answers its exit code. Fails before the command starts when the server
/// refuses the agent; a server that is away delays only the report.
pub async fn run(job: Job, find: Finder) -> Result<i32> {
    let agents_dir = job.state_dir.join("agents");
    let patience = job.patience;
    let mut left = Spool::left_behind(&agents_dir)?;
    let spool = Spool::create(&agents_dir, sheet(&job))?;
    let mut delivery = Delivery::new(spool.reader(), find.clone());
    match delivery.open().await {
        Ok(()) => {}
        Err(Failure::Refused(reason)) => {
            spool.reader().remove()?;
            anyhow::bail!("the server refused the task: {reason}");
        }
        Err(Failure::Away(reason)) => {
            eprintln!(
                "auditorium: {reason}; the output is kept in {} and sent later",
                agents_dir.display()
            );
        }
    }
    let running = match Running::start(&job.command) {
        Ok(running) => running,
        Err(error) => {
            let message = format!("cannot start {}: {error}\n", job.command.join(" "));
            return Box::pin(end_unstarted(spool, delivery, message, patience)).await;
        }
    };
    let ended = spool.ended();
    let sender = tokio::spawn(async move { delivery.run(ended).await });
    let exit_code = running.copy_to(spool, Utc::now).await?;
    let sent = tokio::time::timeout(patience, sender).await;
    match sent {
        Ok(Ok(Ok(()))) => send_left_behind(&mut left, &find, patience).await,
        Ok(Ok(Err(reason))) => eprintln!("auditorium: the server refused the log: {reason}"),
        Ok(Err(error)) => eprintln!("auditorium: sending stopped: {error}"),
        Err(_) => eprintln!(
            "auditorium: the server is away; the rest of the log is kept in {} and the next run sends it",
            agents_dir.display()
        ),
    }
    Ok(exit_code)
}

/// 127, as shells say it; the reason becomes the log.
async fn end_unstarted(
    mut spool: Spool,
    mut delivery: Delivery,
    message: String,
    patience: Duration,
) -> Result<i32> {
    eprint!("auditorium: {message}");
    spool.append(message.as_bytes())?;
    let ended = spool.ended();
    spool.end(Outcome {
        exit_code: 127,
        finished_at: Utc::now(),
    })?;
    // Away or refused: the next run tries again, or says why.
    let _ = tokio::time::timeout(patience, delivery.run(ended)).await;
    Ok(127)
}

/// Sends what earlier runs could not. Failing is no fault of this run.
async fn send_left_behind(left: &mut Vec<spool::Reader>, find: &Finder, patience: Duration) {
    for reader in left.drain(..) {
        let ended = tokio::sync::watch::channel(true).1;
        let mut delivery = Delivery::new(reader, find.clone());
        match tokio::time::timeout(patience, delivery.run(ended)).await {
            Ok(Ok(())) => eprintln!("auditorium: sent the log of an earlier run"),
            Ok(Err(reason)) => eprintln!("auditorium: an earlier run's log was refused: {reason}"),
            Err(_) => return,
        }
    }
}

fn sheet(job: &Job) -> Sheet {
    Sheet {
        agent: job.agent.clone(),
        task: OpenTask {
            // Known once the agent is registered.
            agent: Uuid::nil(),
            id: Some(Uuid::now_v7()),
            name: title(&job.command),
            pack: job.pack.clone(),
            pack_version: job.pack_version.clone(),
            data_source: job.data_source.clone(),
            trigger: job.trigger.clone(),
            opened_at: Some(Utc::now()),
        },
        outcome: None,
    }
}

/// The command line as the task's name: one line, 500 characters.
fn title(command: &[String]) -> String {
    let line: String = command
        .join(" ")
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    match line.char_indices().nth(499) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(&line)),
        None => line,
    }
}

/// The folder for spools: the one named, else inside the data folder.
pub fn state_dir(named: Option<PathBuf>, data_dir: &std::path::Path) -> Result<PathBuf> {
    let dir = named.unwrap_or_else(|| data_dir.join("run"));
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}
