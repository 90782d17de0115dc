//! Prepares a database: roles, owner, migrations. Runs as a role that may create roles.
//!
//! The roles exist once in a cluster; a database belongs to the owner's role, and the
//! application connects as a role that cannot change what was recorded.

mod roles;

pub use roles::{Password, make_missing_roles, statements_for_dba};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use crate::{Error, MIGRATOR, Result};

/// The role that owns the schema and migrates it.
pub const OWNER: &str = "auditorium_owner";
/// The role of the running server: inserts and reads events, nothing else on `logs`.
pub const APP: &str = "auditorium_app";
/// The role that may `TRUNCATE logs`.
pub const OPERATOR: &str = "auditorium_operator";
/// The role of `auditorium sql`: reads.
pub const READER: &str = "auditorium_reader";

/// Creates the four roles where they are missing. Passwords are the operator's to set.
pub async fn create_roles(connection: &mut PgConnection) -> Result<()> {
    for role in [OWNER, APP, OPERATOR, READER] {
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
                .bind(role)
                .fetch_one(&mut *connection)
                .await?;
        if !exists {
            sqlx::query(AssertSqlSafe(format!("create role {role} login")))
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Creates a database that belongs to the owner's role, unless it exists. `name` is ours, not a
/// user's: letters, digits and underscores.
pub async fn create_database(connection: &mut PgConnection, name: &str) -> Result<()> {
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return Err(Error::Schema(format!("{name:?} is no name for a database")));
    }
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(name)
            .fetch_one(&mut *connection)
            .await?;
    if !exists {
        sqlx::query(AssertSqlSafe(format!(
            "create database {name} owner {OWNER}"
        )))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Applies the migrations that are missing, as the owner.
pub async fn migrate(connection: &mut PgConnection) -> Result<()> {
    MIGRATOR.run_direct(None, &mut *connection, false).await?;
    sqlx::query("grant select on _sqlx_migrations to auditorium_app, auditorium_operator, auditorium_reader")
        .execute(connection)
        .await?;
    Ok(())
}

/// Refuses a database whose schema is older or newer than this program.
pub async fn check_schema(pool: &PgPool) -> Result<()> {
    let found: Option<i64> =
        match sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(pool)
            .await
        {
            Ok(found) => found,
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => None,
            Err(error) => return Err(error.into()),
        };
    let wanted = MIGRATOR.iter().map(|migration| migration.version).max();
    if found == wanted {
        return Ok(());
    }
    let found = found.unwrap_or(0);
    let wanted = wanted.unwrap_or(0);
    Err(Error::Schema(if found < wanted {
        format!(
            "the database's schema is at {found}, this program needs {wanted}: run `auditorium migrate`"
        )
    } else {
        format!(
            "the database's schema is at {found}, newer than this program's {wanted}: start the newer program"
        )
    }))
}
