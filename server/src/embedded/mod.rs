//! A private Postgres in the data folder, started and stopped by this process. It listens on a
//! unix socket in a folder of mode 0700 and on nothing else, runs as an unprivileged account when
//! this process is root, and survives its server being killed: the next start takes it over.
//!
//! It knows no roles and no tables of the product; who starts it creates those.

mod account;
mod error;
mod folder;
pub mod installation;
mod lock;
mod postmaster;
mod processes;
mod tuning;

use std::path::{Path, PathBuf};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

pub use error::Error;
pub use installation::Installation;
pub use lock::Lock;
pub use postmaster::Embedded;

use folder::Folder;

/// Name of the role that `initdb` creates. It is used to create the product's roles and database.
pub const SUPERUSER: &str = "postgres";

/// How to reach a running private Postgres, from this process or from a command beside it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    socket_dir: PathBuf,
    installation: Installation,
}

impl Endpoint {
    /// The endpoint of the private Postgres in `data_dir`, if one runs there and takes
    /// connections. Needs the rights of its owner, as the socket does.
    pub async fn running(data_dir: &Path, bin: Option<&Path>) -> Result<Option<Self>, Error> {
        let folder = Folder::below(data_dir);
        let Some(status) = processes::is_running(&folder.cluster()).filter(|status| status.ready)
        else {
            return Ok(None);
        };
        let installation = installation::find(bin, folder.major()?).await?;
        Ok(Some(Self {
            socket_dir: status.socket_dir,
            installation,
        }))
    }

    /// Connection options as `user` to `database`.
    #[must_use]
    pub fn options(&self, user: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket_dir)
            .port(folder::PORT)
            .username(user)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
            .application_name("auditorium")
    }

    /// Folder of the socket, for `PGHOST`.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// Port in the socket's name, for `PGPORT`.
    #[must_use]
    pub fn port(&self) -> u16 {
        folder::PORT
    }

    /// The programs that belong to this server.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }
}

/// Major version of the private Postgres in `data_dir`, where there is one.
///
/// # Errors
/// [`Error::Io`] without the rights of its owner, [`Error::Damaged`] if it says no number.
pub fn major(data_dir: &Path) -> Result<Option<u32>, Error> {
    Folder::below(data_dir).major()
}

/// Whether `data_dir` holds a private Postgres at all.
#[must_use]
pub fn exists(data_dir: &Path) -> bool {
    Folder::below(data_dir)
        .cluster()
        .join("PG_VERSION")
        .is_file()
}
