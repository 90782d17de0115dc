//! The configuration of a process: defaults, file, environment, flags, the later above the
//! earlier. Unknown and contradictory settings are errors that name the setting and where it came
//! from. Secrets never print. Nothing outside this module reads environment variables for
//! settings.

pub mod access;
pub mod database;
pub mod environment;
pub mod flags;
pub mod layers;
pub mod network;
pub mod objects;
mod purge;
pub mod settings;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

pub use access::{Access, Limits};
pub use database::{Database, DatabaseUrl, Source};
pub use environment::{Environment, Log, LogFormat};
pub use flags::{Flags, ServeFlags};
pub use layers::{Layers, Origin};
pub use network::{Listen, Network, Tls, TlsVersion};
pub use objects::{Objects, S3, S3Key};

/// Name of the configuration file in the data folder.
pub const FILE_NAME: &str = "auditorium.toml";

/// What is wrong with the configuration, in words for whoever wrote it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No setting has this name.
    #[error("{name} (in {origin}) is not a setting of Auditorium{hint}")]
    Unknown {
        /// The name as it was written.
        name: String,
        /// Where it stands.
        origin: Origin,
        /// "; did you mean …", or nothing.
        hint: String,
    },
    /// The value of a setting cannot be used.
    #[error("setting {key} (from {origin}): {reason}")]
    Invalid {
        /// Name of the setting in the file.
        key: &'static str,
        /// Where the value came from.
        origin: Origin,
        /// Why, without the value of a secret.
        reason: String,
    },
    /// Two settings contradict each other, or one lacks what it needs.
    #[error("{0}")]
    Contradiction(String),
    /// The configuration file cannot be read.
    #[error("configuration file {}: {reason}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Error {
    fn unknown(name: String, origin: Origin, hint: Option<&str>) -> Self {
        let hint = hint
            .map(|hint| format!("; did you mean {hint}"))
            .unwrap_or_default();
        Self::Unknown { name, origin, hint }
    }
}

/// The checked configuration of this process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of all local data, absolute.
    pub data_dir: PathBuf,
    /// What kind of installation this is.
    pub environment: Environment,
    /// Addresses, TLS, proxies.
    pub network: Network,
    /// Postgres.
    pub database: Database,
    /// Object store.
    pub objects: Objects,
    /// Folder of the keys that sign the trail, absolute.
    pub trail_keys: PathBuf,
    /// Policy file that names the witnesses which are asked to cosign, absolute.
    pub trail_witnesses: Option<PathBuf>,
    /// Life of sessions and tokens.
    pub access: Access,
    /// Rates and sizes.
    pub limits: Limits,
    /// How long what has ended is kept.
    pub purge: service::purge::Terms,
    /// How to log.
    pub log: Log,
    /// What the configuration file says, without secrets: goes into backups.
    pub of_file: BTreeMap<&'static str, String>,
}

impl Config {
    /// Reads the configuration of a command that does not serve.
    pub fn load(flags: &Flags) -> Result<Self, Error> {
        Self::from_sources(flags, &ServeFlags::default(), &process_environment())
    }

    /// Reads the configuration of `serve`.
    pub fn load_to_serve(flags: &Flags, serve: &ServeFlags) -> Result<Self, Error> {
        Self::from_sources(flags, serve, &process_environment())
    }

    /// Reads the configuration from these flags and this environment.
    pub fn from_sources(
        flags: &Flags,
        serve: &ServeFlags,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        // Flags and environment are read first to know where the file is, then laid above it.
        let mut above = Layers::default();
        above.read_environment(environment)?;
        flags.apply(&mut above);
        let named = flags.config.clone().or_else(|| {
            environment
                .get("AUDITORIUM_CONFIG")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        });
        let guess = data_dir(&above, environment)?;
        let mut layers = Layers::default();
        let beside = guess.join(FILE_NAME);
        if let Some(path) = named {
            layers.read_file(&path)?;
        } else if beside.exists() {
            layers.read_file(&beside)?;
            if layers.is_set("data_dir") {
                return Err(Error::Contradiction(format!(
                    "{} sets data_dir, but was itself found in the data folder; leave data_dir out",
                    beside.display()
                )));
            }
        }
        layers.read_environment(environment)?;
        flags.apply(&mut layers);
        serve.apply(&mut layers);
        Self::from_layers(&layers, environment)
    }

    fn from_layers(layers: &Layers, variables: &BTreeMap<String, String>) -> Result<Self, Error> {
        let data_dir = data_dir(layers, variables)?;
        let environment = layers
            .parse("environment")?
            .unwrap_or(Environment::Development);
        let by_environment = if environment.is_strict() {
            LogFormat::Json
        } else {
            LogFormat::Text
        };
        Ok(Self {
            network: Network::read(layers)?,
            database: Database::read(layers)?,
            objects: Objects::read(layers, &data_dir)?,
            access: Access::read(layers)?,
            limits: Limits::read(layers)?,
            purge: purge::read(layers)?,
            log: Log {
                format: layers.parse("log.format")?.unwrap_or(by_environment),
                filter: layers.text("log.filter").unwrap_or("info").to_owned(),
            },
            trail_keys: match layers.parse::<PathBuf>("trail.keys")? {
                Some(folder) => std::path::absolute(&folder)
                    .map_err(|error| layers.invalid("trail.keys", error))?,
                None => data_dir.join("keys"),
            },
            trail_witnesses: match layers.parse::<PathBuf>("trail.witnesses")? {
                Some(file) => Some(
                    std::path::absolute(&file)
                        .map_err(|error| layers.invalid("trail.witnesses", error))?,
                ),
                None => None,
            },
            of_file: layers.open_settings_of_file(),
            data_dir,
            environment,
        })
    }

    /// What is allowed but unwise, each with the setting that mends it. Logged at start and
    /// reported by `doctor`.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |condition: bool, text: &str| {
            if condition {
                warnings.push(text.to_owned());
            }
        };
        let strict = self.environment.is_strict();
        warn(
            strict && self.database.is_embedded(),
            "the database is the embedded one: back it up with `auditorium backup`, or set \
             DATABASE_URL to a server that is replicated",
        );
        warn(
            strict && matches!(self.objects, Objects::Folder(_)),
            "objects are files in the data folder, which no lock protects: set S3_ENDPOINT and a \
             key for a store with versions and object lock",
        );
        warn(
            strict && !self.network.is_https(),
            "readers are served plain HTTP: set tls.cert and tls.key, or public_url with https \
             where a reverse proxy serves it",
        );
        warn(
            self.network
                .tls
                .as_ref()
                .is_some_and(|tls| tls.min_version == TlsVersion::Tls12),
            "TLS 1.2 is accepted: leave tls.min_version out to require TLS 1.3",
        );
        warn(
            strict && self.network.public_url.is_none(),
            "public_url is not set: links that are handed out name the address of this process",
        );
        warn(
            strict && self.limits.sign_ins_per_minute.is_none(),
            "sign-in attempts are not limited: set limits.sign_ins_per_minute",
        );
        warnings
    }
}

fn process_environment() -> BTreeMap<String, String> {
    env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        })
        .collect()
}

/// The data folder: as set, else the place that the operating system keeps for such data.
fn data_dir(layers: &Layers, variables: &BTreeMap<String, String>) -> Result<PathBuf, Error> {
    let variable = |name: &str| {
        variables
            .get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let chosen = match layers.parse::<PathBuf>("data_dir")? {
        Some(path) => path,
        None if rustix::process::geteuid().is_root() => PathBuf::from("/var/lib/auditorium"),
        None => variable("XDG_DATA_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
            .map(|base| base.join("auditorium"))
            .ok_or_else(|| {
                Error::Contradiction(
                    "there is no HOME to keep data in: set data_dir (--data-dir, \
                     AUDITORIUM_DATA_DIR)"
                        .to_owned(),
                )
            })?,
    };
    std::path::absolute(Path::new(&chosen)).map_err(|error| layers.invalid("data_dir", error))
}
