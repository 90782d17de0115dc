//! `auditorium sql`: psql on this installation's database, as a role that can only read. That it
//! was opened is an event like any other look at the trail.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use model::event::NewEvent;
use serde_json::json;
use service::Caller;
use store::bootstrap::READER;

use super::database_tool::{DatabaseTool, endpoint, os_user};
use crate::config::{Config, Flags, Source};
use crate::installation::{self, Installation};

/// Arguments of `sql`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium sql\n  auditorium sql -- -c 'SELECT * FROM logs ORDER BY seq DESC LIMIT 10'\n  auditorium sql -- --csv -c 'SELECT action, count(*) FROM logs GROUP BY 1' > actions.csv"
)]
pub struct Sql {
    /// Arguments of psql
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

impl Sql {
    /// Hands the terminal to psql and answers with its exit code.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let installation = installation::open_beside(&config).await?;
        let outcome = self.with(&config, &installation).await;
        installation.close().await?;
        outcome
    }

    async fn with(&self, config: &Config, installation: &Installation) -> Result<ExitCode> {
        let tool = match (
            &config.database.source,
            endpoint(config, installation).await?,
        ) {
            (_, Some(endpoint)) => DatabaseTool::embedded(&endpoint, READER),
            (
                Source::External {
                    reader: Some(reader),
                    ..
                },
                None,
            ) => DatabaseTool::external(reader),
            (_, None) => bail!(
                "`sql` needs database.reader_url (DATABASE_READER_URL), the address as a role that \
                 only reads, such as {READER}"
            ),
        };
        let event = NewEvent::new("installation.sql_opened").with_details(json!({
            "os_user": os_user(),
            "arguments": self.arguments,
        }));
        installation
            .services
            .record_own(&Caller::system("auditorium sql"), event)
            .await?;
        // A Ctrl-C in the terminal is for psql; whoever listens for it here does not die of it.
        let interrupts = tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
        let status = tool
            .command("psql")
            .args(&self.arguments)
            .status()
            .await
            .context("cannot run psql; install the Postgres client programs")?;
        interrupts.abort();
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
