//! Runs the programs of Postgres (`psql`, `pg_dump`, `pg_restore`) against this installation's
//! database, embedded or not. Passwords go by the environment of the program, never by its
//! arguments, which everybody on the machine can read.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::Command;

use crate::config::{Config, DatabaseUrl, Source};
use crate::embedded::{Endpoint, Installation};
use crate::installation::DATABASE;

/// The database as one role, for programs of Postgres.
#[derive(Debug)]
pub(super) struct DatabaseTool {
    /// The programs that belong to the server; absent where those on the path are used.
    installation: Option<Installation>,
    /// What `--dbname` gets; holds no password.
    address: String,
    variables: Vec<(&'static str, SecretString)>,
}

impl DatabaseTool {
    /// The embedded database as `role`.
    pub(super) fn embedded(endpoint: &Endpoint, role: &str) -> Self {
        let socket_dir = endpoint.socket_dir().display().to_string();
        let variables = [
            ("PGHOST", socket_dir),
            ("PGPORT", endpoint.port().to_string()),
            ("PGUSER", role.to_owned()),
        ];
        Self {
            installation: Some(endpoint.installation().clone()),
            address: DATABASE.to_owned(),
            variables: variables.map(|(name, value)| (name, value.into())).into(),
        }
    }

    /// A database that somebody else runs, as the role of its address.
    pub(super) fn external(url: &DatabaseUrl) -> Self {
        let (address, password) = url.split();
        let mut variables: Vec<_> = password
            .map(|password| ("PGPASSWORD", password))
            .into_iter()
            .collect();
        if !url.is_local() {
            // Counts where the address says nothing; what it says was checked.
            variables.push(("PGSSLMODE", "verify-full".to_owned().into()));
        }
        Self {
            installation: None,
            address,
            variables,
        }
    }

    /// The database as the owner of its tables.
    pub(super) fn as_owner(config: &Config, endpoint: Option<&Endpoint>) -> Result<Self> {
        match (&config.database.source, endpoint) {
            (Source::Embedded { .. }, Some(endpoint)) => {
                Ok(Self::embedded(endpoint, store::bootstrap::OWNER))
            }
            (
                Source::External {
                    owner: Some(owner), ..
                },
                _,
            ) => Ok(Self::external(owner)),
            (Source::External { owner: None, .. }, _) => bail!(
                "this needs database.owner_url (DATABASE_OWNER_URL), the address as the owner of \
                 the tables"
            ),
            (Source::Embedded { .. }, None) => bail!("the embedded database does not run"),
        }
    }

    /// A program that will talk to the database.
    pub(super) fn command(&self, program: &str) -> Command {
        let path = self.installation.as_ref().map_or_else(
            || PathBuf::from(program),
            |installation| installation.program(program),
        );
        let mut command = Command::new(path);
        for name in ["DATABASE_URL", "DATABASE_OWNER_URL", "S3_SECRET_ACCESS_KEY"] {
            command.env_remove(name);
        }
        command.args(["--dbname", &self.address]).kill_on_drop(true);
        for (name, value) in &self.variables {
            command.env(name, value.expose_secret());
        }
        command
    }

    /// Runs a program to its end; its own words become the error.
    pub(super) async fn run(&self, program: &str, arguments: &[&std::ffi::OsStr]) -> Result<()> {
        let output = self
            .command(program)
            .arg("--no-password")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .output()
            .await
            .with_context(|| {
                format!("cannot run {program}; are the Postgres client programs installed")
            })?;
        if output.status.success() {
            return Ok(());
        }
        bail!(
            "{program} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )
    }
}

/// The running embedded Postgres of this installation, started for this command or before it.
pub(super) async fn endpoint(
    config: &Config,
    installation: &crate::installation::Installation,
) -> Result<Option<Endpoint>> {
    if let Some(embedded) = &installation.embedded {
        return Ok(Some(embedded.endpoint().clone()));
    }
    match &config.database.source {
        Source::Embedded { postgres_bin } => {
            Ok(Endpoint::running(&config.data_dir, postgres_bin.as_deref()).await?)
        }
        Source::External { .. } => Ok(None),
    }
}

/// Who runs this command, as the operating system knows them.
pub(super) fn os_user() -> String {
    ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()))
        .unwrap_or_else(|| format!("uid {}", rustix::process::geteuid().as_raw()))
}
