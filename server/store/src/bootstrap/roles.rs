//! The roles of a cluster that somebody else runs: made where the owner may make roles, spelt out
//! for a DBA where not. Passwords reach the server as SCRAM verifiers, since statements end up in
//! logs. A role that exists is left as it is.

use std::num::NonZeroU32;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{APP, OPERATOR, OWNER, READER};
use crate::{Error, Result};

/// The roles that the owner makes.
const MADE: [&str; 3] = [APP, OPERATOR, READER];
/// Postgres' own number of rounds.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);
const SALT_BYTES: usize = 16;

/// A role's password, as the address that signs in with it holds it.
#[derive(Clone, Debug)]
pub struct Password {
    pub role: String,
    pub password: SecretString,
}

#[derive(sqlx::FromRow)]
struct Owner {
    role: String,
    superuser: bool,
    makes_roles: bool,
    creates: bool,
    database: String,
}

/// Makes the roles that are missing, each with its password where one is known; answers their
/// names. Connected as the owner of the tables.
///
/// # Errors
/// [`Error::Schema`] with the statements for a DBA, where the owner may not make roles or tables,
/// and for a superuser: nothing protects the trail from the owner of its tables.
pub async fn make_missing_roles(
    owner: &mut PgConnection,
    passwords: &[Password],
) -> Result<Vec<&'static str>> {
    let about: Owner = sqlx::query_as(
        "select current_user::text as role, rolsuper as superuser, rolcreaterole as makes_roles,
                has_schema_privilege('public', 'create') as creates,
                current_database()::text as database
         from pg_roles where rolname = current_user",
    )
    .fetch_one(&mut *owner)
    .await?;
    let existing: Vec<String> =
        sqlx::query_scalar("select rolname::text from pg_roles where rolname = any($1)")
            .bind(MADE.map(str::to_owned))
            .fetch_all(&mut *owner)
            .await?;
    let missing: Vec<&'static str> = MADE
        .into_iter()
        .filter(|role| !existing.iter().any(|name| name == role))
        .collect();
    if about.superuser {
        return Err(Error::Schema(format!(
            "{} is a superuser, from whom nothing protects the trail: sign in as {OWNER}. A \
             superuser makes it and the others with\n\n{}",
            about.role,
            statements(&about.database, &missing)
        )));
    }
    if !about.creates {
        return Err(Error::Schema(format!(
            "{role} may not create tables in the database {database}; a superuser allows it with\n\n\
             ALTER DATABASE {database} OWNER TO {role};\n",
            role = about.role,
            database = about.database
        )));
    }
    if !missing.is_empty() && !about.makes_roles {
        return Err(Error::Schema(format!(
            "roles are missing and {} may not make them; a superuser makes them with\n\n{}",
            about.role,
            roles(&missing)
        )));
    }
    for role in &missing {
        let statement = match passwords.iter().find(|known| known.role == *role) {
            Some(known) => format!(
                "create role {role} login password '{}'",
                verifier(&known.password)?
            ),
            None => format!("create role {role} login"),
        };
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *owner)
            .await?;
    }
    Ok(missing)
}

/// What a DBA runs in psql on a new cluster before the first `migrate`.
#[must_use]
pub fn statements_for_dba(database: &str) -> String {
    statements(database, &MADE)
}

fn statements(database: &str, missing: &[&str]) -> String {
    let mut all = vec![OWNER];
    all.extend(missing);
    // Ours or one that exists; quoted, whatever it is called.
    let database = database.replace('"', "\"\"");
    format!(
        "{}CREATE DATABASE \"{database}\" OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0;\n\
         -- where it exists: ALTER DATABASE \"{database}\" OWNER TO {OWNER};\n",
        roles(&all)
    )
}

fn roles(names: &[&str]) -> String {
    names.iter().fold(String::new(), |text, name| {
        format!("{text}CREATE ROLE {name} LOGIN;\n\\password {name}\n")
    })
}

/// `SCRAM-SHA-256$rounds:salt$StoredKey:ServerKey`, as `pg_authid` keeps it (RFC 5803).
fn verifier(password: &SecretString) -> Result<String> {
    let mut salt = [0; SALT_BYTES];
    aws_lc_rs::rand::SecureRandom::fill(&SystemRandom::new(), &mut salt)
        .map_err(|_| Error::Schema("the operating system gives no random bytes".to_owned()))?;
    salted(password, &salt)
}

fn salted(password: &SecretString, salt: &[u8]) -> Result<String> {
    let password = password.expose_secret();
    // SASLprep leaves these alone; others would need its tables.
    if !password.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(Error::Schema(
            "a role is made with a password of printable ASCII only; choose another".to_owned(),
        ));
    }
    let mut key = [0; digest::SHA256_OUTPUT_LEN];
    let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
    pbkdf2::derive(algorithm, ROUNDS, salt, password.as_bytes(), &mut key);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let client = hmac::sign(&key, b"Client Key");
    let stored = digest::digest(&digest::SHA256, client.as_ref());
    let server = hmac::sign(&key, b"Server Key");
    Ok(format!(
        "SCRAM-SHA-256${ROUNDS}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_the_one_that_postgres_makes() {
        // `select rolpassword from pg_authid` after CREATE ROLE … PASSWORD 'pencil'.
        let salt = STANDARD.decode("0+BBtcUIic+lbzurL1NWaQ==").unwrap();
        assert_eq!(
            salted(&"pencil".into(), &salt).unwrap(),
            "SCRAM-SHA-256$4096:0+BBtcUIic+lbzurL1NWaQ==$8geGeDQgj1gPrQaV9hdXzb2nbVYs9TGqTO4kesD4TXk=:wzt+7Ycn2NV8MxLa70dgknUYc4ouiqt/NUGx18edDJk="
        );
        assert!(salted(&"pässword".into(), &salt).is_err());
    }

    #[test]
    fn statements_for_a_dba_quote_the_database() {
        let text = statements_for_dba("a\"b");
        assert!(
            text.contains("CREATE ROLE auditorium_owner LOGIN;"),
            "{text}"
        );
        assert!(text.contains("CREATE DATABASE \"a\"\"b\" OWNER"), "{text}");
    }
}
