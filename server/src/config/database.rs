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

    /// The address without its password, and the password: programs of Postgres take the one as
    /// an argument, which everybody on the machine can read, and the other from their environment.
    #[must_use]
    pub fn split(&self) -> (String, Option<SecretString>) {
        let url = self.url.expose_secret();
        let authority = url.find("://").map_or(0, |at| at + 3);
        let rest = url.get(authority..).unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let parts = rest
            .get(..end)
            .and_then(|host| host.rfind('@'))
            .and_then(|at| Some((rest.get(..at)?.split_once(':')?, rest.get(at..)?)));
        match (parts, url.get(..authority)) {
            (Some(((user, password), rest)), Some(scheme)) => (
                format!("{scheme}{user}{rest}"),
                Some(percent_decoded(password).into()),
            ),
            _ => (url.to_owned(), None),
        }
    }

    /// The role that signs in.
    #[must_use]
    pub fn role(&self) -> &str {
        self.options.get_username()
    }

    /// Whether the server is on this machine. Every other one is reached by verified TLS.
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
        /// As the reader, for `sql` alone.
        reader: Option<Box<DatabaseUrl>>,
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
        let reader = read_url(layers, "database.reader_url")?;
        let postgres_bin = layers.parse("database.postgres_bin")?;
        let source = match (application, owner) {
            (None, owner) if owner.is_some() || reader.is_some() => {
                let key = if owner.is_some() {
                    "owner_url"
                } else {
                    "reader_url"
                };
                return Err(Error::Contradiction(format!(
                    "database.{key} (from {}) means nothing without database.url \
                     (DATABASE_URL), the address as the application's role",
                    layers.origin(&format!("database.{key}"))
                )));
            }
            (None, _) => Source::Embedded { postgres_bin },
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
                    reader: reader.map(Box::new),
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

/// The text behind `%41` and the like; anything else stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(code.unwrap_or(*first));
        rest = if code.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
    String::from_utf8_lossy(&decoded).into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_stays_in_the_address_that_programs_are_given() {
        for (given, address, password) in [
            (
                "postgres://u:p%40ss@h:1/d?sslmode=disable",
                "postgres://u@h:1/d?sslmode=disable",
                Some("p@ss"),
            ),
            ("postgres://u:a@b@h/d", "postgres://u@h/d", Some("a@b")),
            ("postgres://u@h/d", "postgres://u@h/d", None),
            ("postgres://h/d?x=a:b@c", "postgres://h/d?x=a:b@c", None),
        ] {
            let url = DatabaseUrl {
                url: given.into(),
                options: PgConnectOptions::new_without_pgpass(),
            };
            let (left, secret) = url.split();
            assert_eq!(left, address);
            assert_eq!(secret.as_ref().map(ExposeSecret::expose_secret), password);
        }
    }
}
