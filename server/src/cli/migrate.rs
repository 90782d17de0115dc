//! `auditorium migrate`: brings the database's schema to what this program needs, as the owner of
//! the tables. On a server that somebody else runs it also makes the roles that are missing, or
//! says what a DBA has to run. The embedded database is migrated by every start; the command works
//! for it too.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use store::bootstrap::statements_for_dba;

use crate::config::{Config, Flags};
use crate::installation;

/// Arguments of `migrate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  DATABASE_URL=postgres://auditorium_app@… DATABASE_OWNER_URL=postgres://auditorium_owner@… auditorium migrate\n  auditorium migrate --sql > roles.sql    # for a DBA: psql -f roles.sql\n  auditorium migrate --data-dir ./data\n\nWhere the owner's role may create roles (CREATEROLE), the others are made with the passwords of DATABASE_URL and DATABASE_READER_URL."
)]
pub struct Migrate {
    /// Only print what a superuser runs on a new server: roles and database
    #[arg(long)]
    sql: bool,
}

impl Migrate {
    /// Applies what is missing.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        if self.sql {
            write!(
                io::stdout(),
                "{}",
                statements_for_dba(installation::DATABASE)
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        let config = Config::load(flags)?;
        if config.database.is_embedded() {
            // Opening it migrates it; one that runs was migrated by its server.
            installation::open_beside(&config).await?.close().await?;
        } else {
            for role in installation::migrate_external(&config).await? {
                eprintln!("Made the role {role}.");
            }
        }
        eprintln!("The schema is up to date.");
        Ok(ExitCode::SUCCESS)
    }
}
