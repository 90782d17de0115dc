//! `auditorium migrate`: brings the database's schema to what this program needs, as the owner of
//! the tables. The embedded database is migrated by every start; the command works for it too.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::config::{Config, Flags};
use crate::installation;

/// Arguments of `migrate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  DATABASE_URL=postgres://auditorium_app@… DATABASE_OWNER_URL=postgres://auditorium_owner@… auditorium migrate\n  auditorium migrate --data-dir ./data"
)]
pub struct Migrate {}

impl Migrate {
    /// Applies what is missing.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        if config.database.is_embedded() {
            // Opening it migrates it; one that runs was migrated by its server.
            installation::open_beside(&config).await?.close().await?;
        } else {
            installation::migrate_external(&config).await?;
        }
        eprintln!("The schema is up to date.");
        Ok(ExitCode::SUCCESS)
    }
}
