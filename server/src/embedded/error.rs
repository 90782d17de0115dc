//! What can keep a private Postgres from running, in words for whoever runs it.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::installation::OLDEST_MAJOR;

/// Why the private Postgres cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process uses the data folder.
    #[error(
        "the data folder {} is in use by process {holder}; stop it first, or choose another \
         folder with --data-dir", folder.display()
    )]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// Process id of the holder.
        holder: String,
    },
    /// No Postgres programs on this machine.
    #[error(
        "no Postgres {OLDEST_MAJOR} or newer is installed here. Install it (Debian, Ubuntu: \
         apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install \
         postgresql@17), name the folder of its programs in database.postgres_bin \
         (AUDITORIUM_POSTGRES_BIN), or set DATABASE_URL to a server of your own"
    )]
    NotInstalled,
    /// The named folder holds no usable programs.
    #[error(
        "database.postgres_bin names {}, which holds no Postgres {OLDEST_MAJOR} or newer",
        .0.display()
    )]
    NoProgramsIn(PathBuf),
    /// The folder was made by another major version than is installed.
    #[error(
        "the data folder was made by Postgres {folder}, and installed is {installed}. Either \
         install Postgres {folder} again (Debian, Ubuntu: apt-get install postgresql-{folder}), or \
         move the data: with Postgres {folder} in place run `auditorium backup DIR`, then \
         `auditorium restore DIR --data-dir NEW_FOLDER` with the new one"
    )]
    OtherMajor {
        /// Major version of the folder.
        folder: u32,
        /// Major versions that were found.
        installed: String,
    },
    /// Root, and no account to step down to.
    #[error(
        "Postgres does not run as root and there is no account to run it as; create one with \
         `useradd --system auditorium`"
    )]
    NoAccount,
    /// A folder belongs to somebody else.
    #[error("{} belongs to user id {owner}; run as that user, or choose another folder with --data-dir", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// The account of Postgres cannot reach its folder on this system.
    #[error(
        "the account of Postgres cannot pass through the folders above {}; choose a folder such \
         as /var/lib/auditorium with --data-dir", .0.display()
    )]
    Unreachable(PathBuf),
    /// A file of the cluster does not say what it must.
    #[error("{} is damaged; restore the folder from a backup", .0.display())]
    Damaged(PathBuf),
    /// A process of an earlier server does not end.
    #[error("process {0} of an earlier Postgres does not end; end it and start again")]
    StillRunning(i32),
    /// A program of Postgres failed.
    #[error("{program} failed ({status}):\n{output}")]
    Failed {
        /// `initdb` or `postgres`.
        program: &'static str,
        /// Its exit status.
        status: String,
        /// What it said last.
        output: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
