//! Finds installed Postgres programs. Nothing is downloaded: an installation without Postgres is
//! told what to install.

use std::{
    env,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use super::Error;

/// Oldest major version whose SQL the product speaks.
pub const OLDEST_MAJOR: u32 = 15;

/// One installed set of Postgres programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Folder of `postgres`, `initdb`, `pg_dump`, `psql`.
    pub bin: PathBuf,
    /// Major version.
    pub major: u32,
}

impl Installation {
    /// Path of one of its programs. Client programs may stand elsewhere, on the path.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        let beside = self.bin.join(name);
        if beside.is_file() {
            beside
        } else {
            PathBuf::from(name)
        }
    }
}

/// The installation to use: of major `wanted` where a cluster exists already, else the newest.
pub async fn find(named: Option<&Path>, wanted: Option<u32>) -> Result<Installation, Error> {
    let found = all(named).await;
    let chosen = match wanted {
        Some(major) => found
            .iter()
            .find(|installation| installation.major == major),
        None => found
            .iter()
            .filter(|installation| installation.major >= OLDEST_MAJOR)
            .reduce(|best, other| {
                if other.major > best.major {
                    other
                } else {
                    best
                }
            }),
    };
    if let Some(installation) = chosen {
        return Ok(installation.clone());
    }
    let majors: Vec<String> = found
        .iter()
        .map(|installation| installation.major.to_string())
        .collect();
    match (wanted, named) {
        (Some(major), _) => Err(Error::OtherMajor {
            folder: major,
            installed: majors.join(", "),
        }),
        (None, Some(bin)) => Err(Error::NoProgramsIn(bin.to_owned())),
        (None, None) => Err(Error::NotInstalled),
    }
}

async fn all(named: Option<&Path>) -> Vec<Installation> {
    let mut found: Vec<Installation> = Vec::new();
    for bin in candidates(named).await {
        // A link on the path leads to the folder where all programs stand.
        let bin = bin
            .join("postgres")
            .canonicalize()
            .ok()
            .and_then(|program| program.parent().map(Path::to_owned))
            .unwrap_or(bin);
        let known = found.iter().any(|installation| installation.bin == bin);
        if known || !bin.join("initdb").is_file() {
            continue;
        }
        if let Some(major) = major_of(&bin.join("postgres")).await {
            found.push(Installation { bin, major });
        }
    }
    found
}

async fn candidates(named: Option<&Path>) -> Vec<PathBuf> {
    if let Some(bin) = named {
        return vec![bin.to_owned()];
    }
    let mut bins = Vec::new();
    for parent in [
        "/usr/lib/postgresql",
        "/usr/libexec/postgresql",
        "/opt/homebrew/opt",
        "/usr",
    ] {
        let Ok(entries) = std::fs::read_dir(parent) else {
            continue;
        };
        bins.extend(entries.flatten().map(|entry| entry.path().join("bin")));
    }
    bins.push(PathBuf::from("/usr/local/pgsql/bin"));
    let config = Command::new("pg_config").arg("--bindir").output().await;
    if let Ok(output) = config {
        bins.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    bins.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    bins
}

/// `postgres (PostgreSQL) 15.20 (Debian …)` gives 15.
async fn major_of(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_once("(PostgreSQL) ")?.1;
    version
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .ok()
}
