//! Tables of another Postgres, read in one read-only snapshot and one row at a time.
//!
//! A row's id is derived from its time, the name of its source and its key: the table's primary
//! key, or the columns that somebody names, else the whole row. So a row that was imported before
//! is known again, and an interrupted import is continued by running it once more.

use std::net::IpAddr;

use anyhow::{Context as _, Result, bail};
use futures::{Stream, StreamExt as _};
use serde_json::{Map, Value};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Executor as _, PgConnection, Statement as _,
};

use crate::import::mapping::Mapping;
use crate::import::{Record, flat};

/// What is read.
#[derive(Clone, Debug)]
pub enum Rows {
    /// A table or view, named as in SQL.
    Table(String),
    /// The rows of a SELECT.
    Query(String),
}

/// A table that is open for reading.
#[derive(Debug)]
pub struct Table {
    connection: PgConnection,
    /// The rows, as the inside of a FROM.
    from: String,
    pub columns: Vec<String>,
    /// Columns that tell rows apart; without any, all of a row does.
    pub key: Vec<String>,
    /// Names the table in derived ids and in the trail.
    pub source: String,
}

impl Table {
    /// Connects, begins a read-only snapshot and looks at the columns. A server that is not on
    /// this machine must prove its name, unless the address says otherwise.
    pub async fn open(
        url: &str,
        rows: &Rows,
        key: &[String],
        source: Option<&str>,
    ) -> Result<Self> {
        let mut connection = connect(url).await?;
        let begin = "begin isolation level repeatable read, read only";
        for statement in [
            begin,
            "set local timezone to 'UTC'",
            "set local statement_timeout to 0",
        ] {
            connection.execute(statement).await?;
        }
        let database: String = sqlx::query_scalar("select current_database()")
            .fetch_one(&mut connection)
            .await?;
        let (from, name, primary) = match rows {
            Rows::Table(table) => {
                let (name, primary) = describe(&mut connection, table).await?;
                (name.clone(), name, primary)
            }
            Rows::Query(query) => {
                let query = query.trim().trim_end_matches(';');
                (format!("({query})"), "query".to_owned(), Vec::new())
            }
        };
        let shape = format!("select * from {from} as t");
        let statement = connection
            .prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(shape)))
            .await
            .context("the rows cannot be read")?;
        let columns: Vec<String> = statement
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        if let Some(unknown) = key.iter().find(|name| !columns.contains(name)) {
            bail!(
                "--key {unknown}: there is no such column; there are {}",
                columns.join(", ")
            );
        }
        Ok(Self {
            connection,
            from,
            columns,
            key: if key.is_empty() {
                primary
            } else {
                key.to_vec()
            },
            source: source.map_or_else(|| format!("{database}/{name}"), str::to_owned),
        })
    }

    /// How many rows Postgres takes the table to have, for a progress bar.
    pub async fn estimate(&mut self) -> Result<u64> {
        let plan = format!("explain (format json) select * from {} as t", self.from);
        let plan: Value = sqlx::query_scalar(AssertSqlSafe(plan))
            .fetch_one(&mut self.connection)
            .await?;
        Ok(plan
            .pointer("/0/Plan/Plan Rows")
            .and_then(Value::as_u64)
            .unwrap_or_default())
    }

    /// The rows as records, one at a time.
    pub fn records<'a>(
        &'a mut self,
        mapping: &'a Mapping,
    ) -> impl Stream<Item = Result<Record>> + Send + 'a {
        let select = format!("select row_to_json(t)::text from {} as t", self.from);
        let (key, source) = (&self.key, &self.source);
        sqlx::query_scalar(AssertSqlSafe(select))
            .fetch(&mut self.connection)
            .map(move |row: sqlx::Result<String>| Ok(record(row?, key, source, mapping)))
    }
}

async fn connect(url: &str) -> Result<PgConnection> {
    let mut options: PgConnectOptions = url.parse().context("--url is no address of a Postgres")?;
    let host = options.get_host();
    let is_local = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !is_local && !url.contains("sslmode=") {
        options = options.ssl_mode(PgSslMode::VerifyFull);
    }
    options = options
        .application_name("auditorium import")
        .disable_statement_logging();
    options
        .connect()
        .await
        .context("the database cannot be reached")
}

/// The name of a table as SQL writes it, and its primary key.
async fn describe(connection: &mut PgConnection, table: &str) -> Result<(String, Vec<String>)> {
    let name: Option<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c
         join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1)",
    )
    .bind(table)
    .fetch_optional(&mut *connection)
    .await?;
    let name = name.with_context(|| format!("there is no table `{table}` that this role sees"))?;
    let primary = sqlx::query_scalar(
        "select a.attname::text from pg_index i
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
         where i.indrelid = to_regclass($1) and i.indisprimary
         order by array_position(i.indkey::int2[], a.attnum)",
    )
    .bind(table)
    .fetch_all(&mut *connection)
    .await?;
    Ok((name, primary))
}

fn record(original: String, key: &[String], source: &str, mapping: &Mapping) -> Record {
    let row = match serde_json::from_str::<Map<String, Value>>(&original) {
        Ok(row) => row,
        Err(error) => {
            return Record {
                place: source.to_owned(),
                event: Err(format!("the row is no JSON object: {error}")),
                original,
            };
        }
    };
    let parts: Vec<String> = key
        .iter()
        .filter_map(|column| row.get(column))
        .map(Value::to_string)
        .collect();
    let name = if parts.is_empty() {
        &original
    } else {
        &parts.join(",")
    };
    let place = if parts.is_empty() {
        source.to_owned()
    } else {
        format!("{source}, row {name}")
    };
    let event = mapping
        .record(row)
        .and_then(|record| flat::keyed(record, &format!("{source}\n{name}")));
    Record {
        place,
        event,
        original,
    }
}
