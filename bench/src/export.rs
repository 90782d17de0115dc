//! All events as CSV over HTTP, against psql's `\copy` of the same rows in the same order; and
//! the memory that the server takes for it.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::figures::{Measured, Target, float, median};
use crate::options::Options;
use crate::postgres::{COLUMNS, PRODUCT, Postgres};
use crate::server::Server;

const TARGET: &str = "/api/v1/events/export?format=csv";

pub(crate) fn measure(
    options: &Options,
    server: &Server,
    postgres: &Postgres,
) -> Result<Vec<Measured>> {
    // Without what the server adds to the values: times as Postgres writes them, no formulas
    // made safe.
    let copy = format!(
        "\\copy (select {COLUMNS} from logs order by occurred_at desc, seq desc) to '/dev/null' with (format csv, header)\n"
    );
    let (mut rates, mut copies, mut growth) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rows, mut bytes) = (0, 0);
    // Once each, so that both read from the same cache.
    export(server)?;
    postgres.query(PRODUCT, &copy)?;
    for _ in 0..options.rounds {
        let before = server.reset_peak()?;
        let started = Instant::now();
        (rows, bytes) = export(server)?;
        rates.push(float(rows) / started.elapsed().as_secs_f64());
        growth.push(float(server.peak()?.saturating_sub(before)) / float(1 << 20));
        let all = postgres.number(PRODUCT, "select count(*) from logs")?;
        ensure!(rows + 10 > all, "the export had {rows} rows of {all}");
        copies.push(float(all) / postgres.time(PRODUCT, &copy)?.as_secs_f64());
    }
    let ratios: Vec<f64> = rates.iter().zip(&copies).map(|(a, b)| a / b).collect();
    let most = growth.iter().copied().fold(0.0, f64::max);
    let detail = json!({
        "rows": rows, "bytes": bytes, "rows_per_second": rates, "copy_rows_per_second": copies,
        "growth_mib": growth,
    });
    Ok(vec![
        Measured {
            name: format!(
                "Export of {:.2} million rows, CSV, to \\copy",
                float(rows) / 1e6
            ),
            words: format!("{:.0}/s, psql {:.0}/s", median(&rates), median(&copies)),
            value: Some(median(&ratios)),
            unit: " x",
            target: Target::AtLeast(0.5),
            detail: detail.clone(),
        },
        Measured {
            name: "  growth of the server's memory".to_owned(),
            words: format!("{:.0} MB of CSV", float(bytes) / 1e6),
            value: Some(most),
            unit: " MiB",
            target: Target::AtMost(64.0),
            detail,
        },
    ])
}

/// Exports everything; answers rows, without the heading, and bytes. No value of the bench's own
/// events holds a line feed.
fn export(server: &Server) -> Result<(u64, u64)> {
    let (mut lines, mut bytes) = (0_u64, 0_u64);
    let status = server.connect()?.send("GET", TARGET, "", b"", |part| {
        lines += part
            .iter()
            .map(|byte| u64::from(*byte == b'\n'))
            .sum::<u64>();
        bytes += part.len() as u64;
    })?;
    ensure!(status == 200, "the export was answered {status}");
    Ok((lines.saturating_sub(1), bytes))
}
