//! The first page of a filter through the server's route, against the SELECT that somebody would
//! write, on the same table; and the thousandth page against the first.
//!
//! The server's time is that of `GET /api/v1/events`: HTTP, permission, search, JSON. The
//! statement's time is pgbench's: prepared, planned once, all columns of the page's rows.

use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::events::{actor, rare_actor, resource};
use crate::figures::{Measured, Target, median};
use crate::http::{Connection, encode};
use crate::options::Options;
use crate::postgres::{COLUMNS, Postgres};
use crate::server::Server;

const PAGE: u32 = 50;
/// Requests, and statements, of a round.
const TIMES: u32 = 20;
const DEEP: u32 = 1_000;

pub(crate) fn measure(
    options: &Options,
    server: &Server,
    postgres: &Postgres,
) -> Result<Vec<Measured>> {
    let mut connection = server.connect()?;
    let mut figures = Vec::new();
    for (name, query, condition) in filters() {
        figures.push(first_page(
            options,
            &mut connection,
            postgres,
            name,
            (&query, &condition),
        )?);
    }
    figures.push(deep_page(options, &mut connection)?);
    Ok(figures)
}

/// What is searched for: in words, as a query, as a condition of SQL.
fn filters() -> Vec<(&'static str, String, String)> {
    let by = |id: String| (format!("actor:\"{id}\""), format!("actor_id = '{id}'"));
    let (busy, some, few, rare) = (
        by(actor(0)),
        by(actor(20)),
        by(actor(120)),
        by(rare_actor()),
    );
    vec![
        ("an actor with 10 %", busy.0, busy.1),
        ("an actor with 1 %", some.0.clone(), some.1.clone()),
        ("an actor with 0.07 %", few.0, few.1),
        ("an actor with 20 in a million", rare.0, rare.1),
        (
            "an action with 30 %",
            "action:s3.get_object".into(),
            "action = 's3.get_object'".into(),
        ),
        (
            "denied, 1 %",
            "status:denied".into(),
            "status = 'denied'".into(),
        ),
        (
            "one resource",
            format!("resource:\"{}\"", resource(40)),
            format!("resource_id = '{}'", resource(40)),
        ),
        (
            "an actor's refusals, 0.01 %",
            format!("{} status:denied", some.0),
            format!("{} and status = 'denied'", some.1),
        ),
    ]
}

fn first_page(
    options: &Options,
    connection: &mut Connection,
    postgres: &Postgres,
    name: &str,
    (query, condition): (&str, &str),
) -> Result<Measured> {
    let target = format!("/api/v1/events?limit={PAGE}&q={}", encode(query));
    // One more than the page, as the server reads, to know whether there is another.
    let statement = format!(
        "select {COLUMNS} from logs where {condition} order by occurred_at desc, seq desc limit {};\n",
        PAGE + 1
    );
    let (mut product, mut bare) = (Vec::new(), Vec::new());
    // The first search of a query is recorded; the others are what is timed.
    let found = connection.get(&target)?;
    for _ in 0..options.rounds {
        product.extend(times(connection, &target, TIMES)?);
        bare.extend(postgres.statement_times(&statement, TIMES)?);
    }
    let found: Value = serde_json::from_slice(&found)?;
    let rows = found
        .get("events")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    let (ours, theirs) = (median(&product), median(&bare));
    Ok(Measured {
        name: format!("First page, {name}"),
        words: format!("{ours:.2} ms, SQL {theirs:.2} ms"),
        value: Some(ours / theirs),
        unit: " x",
        target: Target::AtMost(2.0),
        detail: json!({
            "query": query, "rows": rows, "ms": ours, "sql_ms": theirs,
            "requests": product.len(), "statements": bare.len(),
        }),
    })
}

fn times(connection: &mut Connection, target: &str, count: u32) -> Result<Vec<f64>> {
    (0..count)
        .map(|_| {
            let started = Instant::now();
            connection.get(target)?;
            Ok(started.elapsed().as_secs_f64() * 1_000.0)
        })
        .collect()
}

/// The page that a thousand steps of its own cursor reach, against the first.
fn deep_page(options: &Options, connection: &mut Connection) -> Result<Measured> {
    let query = encode(&format!("actor:\"{}\"", actor(0)));
    let first = format!("/api/v1/events?limit={PAGE}&q={query}");
    let (mut deep, mut number) = (first.clone(), 1);
    while number < DEEP {
        let page: Value = serde_json::from_slice(&connection.get(&deep)?)?;
        let Some(older) = page.get("older").filter(|older| !older.is_null()) else {
            break;
        };
        let cursor = older.as_str().context("a cursor is a text")?;
        deep = format!("{first}&after={}", encode(cursor));
        number += 1;
    }
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        near.extend(times(connection, &first, TIMES)?);
        far.extend(times(connection, &deep, TIMES)?);
    }
    let (near, far) = (median(&near), median(&far));
    Ok(Measured {
        name: format!("Page {number} to page 1, an actor with 10 %"),
        words: format!("{far:.2} ms, page 1 {near:.2} ms"),
        value: Some(far / near),
        unit: " x",
        // Medians of the same request differ by a few percent from run to run.
        target: Target::AtMost(1.1),
        detail: json!({ "page": number, "ms": far, "first_ms": near }),
    })
}
