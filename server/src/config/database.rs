//! Which Postgres holds the trail. A connection that leaves this machine verifies the server's
//! certificate and name; one that could be read or redirected on the way is refused.

use std::{fmt, path::PathBuf, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{Error, layers::Layers, network::is_loopback_host};

/// A checked Postgres address. Printing it shows user, host and database, never the password.
#[derive(Clone)]
pub struct DatabaseUrl {
    url: SecretString,
    options: PgConnectOptions,
}

impl DatabaseUrl {
    /// What a pool connects with.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The address as it was given, for programs of Postgres that take one.
    #[must_use]
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// Whether the way to the server is encrypted and the server's name verified, or the server
    /// is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.options.get_socket().is_some() || is_loopback_host(self.options.get_host())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let host = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        let database = options.get_database().unwrap_or_default();
        write!(formatter, "{}@{host}/{database}", options.get_username())
    }
}

/// Which server it is.
#[derive(Clone, Debug)]
pub enum Source {
    /// A private Postgres in the data folder.
    Embedded {
        /// Folder of its programs, where somebody named one.
        postgres_bin: Option<PathBuf>,
    },
    /// A server that somebody else runs.
    External {
        /// As the application's role.
        application: Box<DatabaseUrl>,
        /// As the owner, for `migrate` alone.
        owner: Option<Box<DatabaseUrl>>,
    },
}

/// Settings of the database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Which server.
    pub source: Source,
    /// Connections that the pool of this process holds at most.
    pub max_connections: u32,
}

impl Database {
    pub(super) fn read(layers: &Layers) -> Result<Self, Error> {
        let application = read_url(layers, "database.url")?;
        let owner = read_url(layers, "database.owner_url")?;
        let postgres_bin = layers.parse("database.postgres_bin")?;
        let source = match (application, owner) {
            (None, Some(_)) => {
                return Err(Error::Contradiction(format!(
                    "database.owner_url (from {}) means nothing without database.url \
                     (DATABASE_URL), the address as the application's role",
                    layers.origin("database.owner_url")
                )));
            }
            (None, None) => Source::Embedded { postgres_bin },
            (Some(_), _) if postgres_bin.is_some() => {
                return Err(Error::Contradiction(format!(
                    "database.postgres_bin (from {}) is for the embedded database, but \
                     database.url (from {}) names another server",
                    layers.origin("database.postgres_bin"),
                    layers.origin("database.url")
                )));
            }
            (Some(application), owner) => {
                if let Some(owner) = &owner {
                    check_roles_differ(layers, &application, owner)?;
                }
                Source::External {
                    application: Box::new(application),
                    owner: owner.map(Box::new),
                }
            }
        };
        let max_connections = layers.number("database.max_connections", 2..=1000)?;
        Ok(Self {
            source,
            max_connections,
        })
    }

    /// Whether the database is the private one in the data folder.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.source, Source::Embedded { .. })
    }
}

/// The trail is protected by the application's role being unable to alter it; the owner can.
fn check_roles_differ(
    layers: &Layers,
    application: &DatabaseUrl,
    owner: &DatabaseUrl,
) -> Result<(), Error> {
    let user = application.options.get_username();
    if user != owner.options.get_username() {
        return Ok(());
    }
    Err(Error::Contradiction(format!(
        "database.url (from {}) and database.owner_url (from {}) both sign in as {user}; the \
         application's role must not be the owner of the tables",
        layers.origin("database.url"),
        layers.origin("database.owner_url")
    )))
}

fn read_url(layers: &Layers, key: &'static str) -> Result<Option<DatabaseUrl>, Error> {
    let Some(url) = layers.secret(key) else {
        return Ok(None);
    };
    let text = url.expose_secret();
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(layers.invalid(key, "must begin with postgres://"));
    }
    // The parser's message can quote parts of the address, so it is not passed on.
    let options = PgConnectOptions::from_str(text)
        .map_err(|_| layers.invalid(key, "is not a valid Postgres address"))?
        .application_name("auditorium");
    let mut checked = DatabaseUrl { url, options };
    if checked.is_local() {
        return Ok(Some(checked));
    }
    let silent = !checked.url.expose_secret().contains("sslmode=")
        && !checked.url.expose_secret().contains("ssl-mode=");
    if silent {
        checked.options = checked.options.ssl_mode(PgSslMode::VerifyFull);
    }
    match checked.options.get_ssl_mode() {
        PgSslMode::VerifyFull => Ok(Some(checked)),
        mode => Err(layers.invalid(
            key,
            format!(
                "sslmode={} does not verify the server {}; use sslmode=verify-full, with \
                 sslrootcert=FILE for a private authority",
                name_of(mode),
                checked.options.get_host()
            ),
        )),
    }
}

fn name_of(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}
