//! The first page of a filter as the server searches it, against the SELECT that somebody would
//! write, on the same table; and the thousandth page against the first.
//!
//! What is compared is the SQL. The search's time is what `GET /api/v1/events` says of itself in
//! `Server-Timing`: its statements, from the first one sent to the last row decoded. The
//! statement's time is pgbench's over the same protocol: prepared, planned once, all columns of
//! the page's rows, none of them decoded. The whole request, with HTTP, permission and JSON, stands
//! beside them.

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
    let (mut product, mut bare) = (Times::default(), Vec::new());
    // The first search of a query is recorded; the others are what is timed.
    let found = connection.get(&target)?;
    for _ in 0..options.rounds {
        product.take(connection, &target, TIMES)?;
        bare.extend(postgres.statement_times(&statement, TIMES)?);
    }
    let found: Value = serde_json::from_slice(&found)?;
    let rows = found
        .get("events")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    let (ours, theirs) = (median(&product.searches), median(&bare));
    let whole = median(&product.requests);
    Ok(Measured {
        name: format!("First page, {name}"),
        words: format!("{ours:.2} ms, SQL {theirs:.2} ms, request {whole:.2} ms"),
        value: Some(ours / theirs),
        unit: " x",
        target: Target::AtMost(2.0),
        detail: json!({
            "query": query, "rows": rows, "search_ms": ours, "sql_ms": theirs,
            "request_ms": whole, "request_to_sql": whole / theirs,
            "requests": product.requests.len(), "statements": bare.len(),
        }),
    })
}

/// Milliseconds of requests, and of the searches in them.
#[derive(Debug, Default)]
struct Times {
    requests: Vec<f64>,
    searches: Vec<f64>,
}

impl Times {
    fn take(&mut self, connection: &mut Connection, target: &str, count: u32) -> Result<()> {
        for _ in 0..count {
            let started = Instant::now();
            connection.get(target)?;
            self.requests
                .push(started.elapsed().as_secs_f64() * 1_000.0);
            let search = connection.search_ms;
            self.searches
                .push(search.context("an answer without Server-Timing")?);
        }
        Ok(())
    }
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
    let (mut near, mut far) = (Times::default(), Times::default());
    for _ in 0..options.rounds {
        near.take(connection, &first, TIMES)?;
        far.take(connection, &deep, TIMES)?;
    }
    let (near, far) = (median(&near.requests), median(&far.requests));
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
