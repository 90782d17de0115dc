//! `auditorium witness`: cosigns the checkpoints of other installations, so that none of them can
//! show two histories unnoticed. Needs no database, and nothing of the installation it may run
//! beside: a witness is worth something where somebody else operates it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use trail::policy::Policy;

use crate::config::Flags;
use crate::witness::{Witness, router};

/// Arguments of `witness`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium witness --listen 127.0.0.1:3100 --data-dir ./witness --policy logs.policy\n\nThe policy names the logs, one a line: log <key>. The integrity page of an installation\nshows its key. Put a reverse proxy with TLS before it where logs ask over a network."
)]
pub struct WitnessCommand {
    /// Address and port to listen on, plain HTTP
    #[arg(long, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// File that names the logs to cosign
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Name of the witness, for the key that is made the first time
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl WitnessCommand {
    /// Cosigns until it is told to stop.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let Some(folder) = &flags.data_dir else {
            bail!("name the witness's own folder with --data-dir");
        };
        let text = std::fs::read_to_string(&self.policy)
            .with_context(|| format!("cannot read {}", self.policy.display()))?;
        let policy: Policy = text
            .parse()
            .with_context(|| self.policy.display().to_string())?;
        if policy.logs().is_empty() {
            bail!("{} names no log", self.policy.display());
        }
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .init();
        let witness = Arc::new(Witness::open(folder, self.name.as_deref(), &policy)?);
        let listener = tokio::net::TcpListener::bind(self.listen)
            .await
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        eprintln!("Witness listens on http://{}", listener.local_addr()?);
        eprintln!("Key:  {}", witness.verifying_key());
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        axum::serve(listener, router(witness))
            .with_graceful_shutdown(async move {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            })
            .await?;
        Ok(ExitCode::SUCCESS)
    }
}
