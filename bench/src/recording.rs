//! Recording in batches of 1,000 over HTTP, against COPY by psql of the rows that came of it.
//!
//! In each round the server records events that no round before held. Then psql copies just
//! those rows, in one statement and one transaction, into the same table with its indexes in the
//! baseline's database, so that both tables are always equally large.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow};
use serde_json::json;

use crate::events;
use crate::figures::{Measured, Target, float, median};
use crate::options::Options;
use crate::postgres::{BASELINE, COLUMNS, PRODUCT, Postgres};
use crate::server::Server;

/// Events of a request.
const BATCH: u64 = 1_000;
/// Connections that send batches.
const SENDERS: usize = 4;
/// The days before now over which the events lie.
const DAYS: u64 = 30;

/// Seconds of one round, and microseconds of processor for each event.
struct Round {
    server: f64,
    postgres: f64,
    product: f64,
    /// Until the block index had caught up.
    lag: f64,
    /// COPY into `logs`.
    copy: f64,
    /// COPY into `logs` and `log_positions`.
    copy_both: f64,
}

pub(crate) fn measure(
    options: &Options,
    server: &Server,
    postgres: &Postgres,
) -> Result<Vec<Measured>> {
    let mut rounds = Vec::new();
    for round in 0..options.rounds {
        rounds.push(run_round(options, server, postgres, round)?);
    }
    let count = float(options.events_a_round());
    let rates = |seconds: fn(&Round) -> f64| -> Vec<f64> {
        rounds.iter().map(|round| count / seconds(round)).collect()
    };
    let product = rates(|round| round.product);
    let copy = rates(|round| round.copy);
    let both = rates(|round| round.copy_both);
    let width = postgres.number(
        BASELINE,
        "select round(avg(pg_column_size(l.*))) from (select * from logs limit 10000) l",
    )?;
    let detail = json!({
        "events_a_round": options.events_a_round(), "batch": BATCH, "connections": SENDERS,
        "bytes_a_row": width, "per_second": product, "copy_per_second": copy,
        "copy_with_positions_per_second": both,
        "server_processor_us": rounds.iter().map(|round| round.server).collect::<Vec<_>>(),
        "postgres_processor_us": rounds.iter().map(|round| round.postgres).collect::<Vec<_>>(),
        "index_lag_seconds": rounds.iter().map(|round| round.lag).collect::<Vec<_>>(),
    });
    let line = |name: &str, base: &[f64], target| {
        let words = format!("{:.0}/s, COPY {:.0}/s", median(&product), median(base));
        let ratios: Vec<f64> = product.iter().zip(base).map(|(a, b)| a / b).collect();
        Measured {
            name: name.to_owned(),
            words,
            value: Some(median(&ratios)),
            unit: " x",
            target,
            detail: detail.clone(),
        }
    };
    Ok(vec![
        line(
            "Recording, batches of 1,000, to COPY",
            &copy,
            Target::AtLeast(0.5),
        ),
        line("  to COPY of rows and positions", &both, Target::Told),
    ])
}

fn run_round(options: &Options, server: &Server, postgres: &Postgres, round: u32) -> Result<Round> {
    let bodies = bodies(options, round)?;
    postgres.checkpoint()?;
    let head = "select size from trail_head";
    let first = postgres.number(PRODUCT, head)?;
    let before = server.processor()?;
    let product = send(server, &bodies)?;
    let after = server.processor()?;
    let lag = postgres.wait_for_index()?;
    let end = postgres.number(PRODUCT, head)?;
    let folder = postgres.folder().display();
    let (rows, positions) = (
        format!("{folder}/rows.copy"),
        format!("{folder}/positions.copy"),
    );
    postgres.query(
        PRODUCT,
        &format!(
            "\\copy (select {COLUMNS} from logs where seq >= {first} and seq < {end} order by seq) to '{rows}'\n\
             \\copy (select id, seq, received_at from log_positions where seq >= {first} and seq < {end} order by seq) to '{positions}'\n"
        ),
    )?;
    let into_logs = format!("\\copy logs ({COLUMNS}) from '{rows}'\n");
    let into_positions =
        format!("\\copy log_positions (id, seq, received_at) from '{positions}'\n");
    let both = format!("begin;\n{into_logs}{into_positions}commit;\n");
    // What is measured first leaves no rows, and the table grows by the second alone.
    postgres.checkpoint()?;
    let copy = postgres.time(BASELINE, &into_logs)?;
    let undo = format!("delete from logs where seq >= {first}; vacuum logs;");
    postgres.query(BASELINE, &undo)?;
    postgres.checkpoint()?;
    let copy_both = postgres.time(BASELINE, &both)?;
    let micros = 1e6 / float(options.events_a_round());
    Ok(Round {
        server: (after.0 - before.0) * micros,
        postgres: (after.1 - before.1) * micros,
        product: product.as_secs_f64(),
        lag: lag.as_secs_f64(),
        copy: copy.as_secs_f64(),
        copy_both: copy_both.as_secs_f64(),
    })
}

/// The requests of a round: lines of JSON, made before anything is timed.
fn bodies(options: &Options, round: u32) -> Result<Vec<Vec<u8>>> {
    let count = options.events_a_round();
    let all = count * u64::from(options.rounds);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let start = now
        .saturating_sub(Duration::from_hours(DAYS * 24))
        .as_micros();
    let (start, step) = (u64::try_from(start)?, DAYS * 86_400_000_000 / all);
    let from = u64::from(round) * count;
    Ok((from..from + count)
        .step_by(usize::try_from(BATCH)?)
        .map(|first| {
            let mut body = String::with_capacity(1 << 20);
            for number in first..first + BATCH {
                events::write(&mut body, number, start + number * step);
            }
            body.into_bytes()
        })
        .collect())
}

/// Sends all bodies over a few connections; answers when the last is acknowledged.
fn send(server: &Server, bodies: &[Vec<u8>]) -> Result<Duration> {
    let next = &AtomicUsize::new(0);
    let mut connections = Vec::new();
    for _ in 0..SENDERS {
        connections.push(server.connect()?);
    }
    let started = Instant::now();
    thread::scope(|scope| {
        let senders: Vec<_> = connections
            .into_iter()
            .map(|mut connection| {
                scope.spawn(move || -> Result<()> {
                    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                        connection.call("POST", "/api/v1/events", "application/x-ndjson", body)?;
                    }
                    Ok(())
                })
            })
            .collect();
        for sender in senders {
            let sent = sender.join().map_err(|_| anyhow!("a sender panicked"))?;
            sent.context("a batch was not recorded")?;
        }
        Ok(started.elapsed())
    })
}
