//! Opening the drawer on a large task log that lies in a real S3 service: requests and bytes that
//! the server reads from there, counted on the way.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::figures::{Measured, Target, float};
use crate::http::Connection;
use crate::options::Options;
use crate::proxy;
use crate::server::Server;
use crate::weed::{KEY, SECRET, Weed};

/// Bytes of an append.
const CHUNK: usize = 1 << 20;
const JSON: &str = "application/json";
/// How long the log may take from its end until it is one object.
const PATIENCE: Duration = Duration::from_mins(10);

/// The three ways in which the drawer opens.
const PLACES: [&str; 3] = ["at its end", "at line 1", "at a line in its middle"];

pub(crate) fn measure(options: &Options) -> Result<Vec<Measured>> {
    let Some(weed) = Weed::start(options)? else {
        return Ok(missing());
    };
    let (port, counts) = proxy::start(weed.port())?;
    let settings = [
        ("S3_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("S3_ACCESS_KEY_ID", KEY.to_owned()),
        ("S3_SECRET_ACCESS_KEY", SECRET.to_owned()),
    ];
    let server = Server::start(options, "task-log", &settings)?;
    let mut connection = server.connect()?;
    let task = open_task(&mut connection)?;
    let (length, lines) = write_log(&mut connection, &task, options.log_mib)?;
    eprintln!("   {length} bytes, {lines} lines are recorded");
    finish(&mut connection, &task)?;
    wait_for_object(&mut connection, &task, &counts)?;
    let mut opened = Vec::new();
    let places = [
        json!("end"),
        json!({ "from": 1 }),
        json!({ "from": lines / 2 }),
    ];
    for (name, place) in PLACES.into_iter().zip(places) {
        counts.reset();
        let body = json!({ "task": task, "place": place, "find": "" }).to_string();
        let started = Instant::now();
        let answer = connection.call("POST", "/api/ui/tasks/opening", JSON, body.as_bytes())?;
        let took = started.elapsed().as_secs_f64() * 1_000.0;
        check(&answer, lines)?;
        opened.push((name, counts.reads(), counts.bytes(), took));
    }
    let detail = json!({
        "bytes": length, "lines": lines,
        "opened": opened.iter().map(|(name, reads, bytes, ms)| json!({
            "place": name, "reads": reads, "bytes": bytes, "ms": ms,
        })).collect::<Vec<_>>(),
    });
    let times: Vec<String> = opened
        .iter()
        .map(|(.., took)| format!("{took:.0}"))
        .collect();
    let most = opened
        .iter()
        .map(|(_, reads, ..)| reads.len())
        .max()
        .unwrap_or(0);
    let bytes = opened
        .iter()
        .map(|(_, _, bytes, _)| *bytes)
        .max()
        .unwrap_or(0);
    Ok(vec![
        Measured {
            name: format!("Drawer on a log of {} MiB, range requests", length >> 20),
            words: format!("end, start, middle in {} ms", times.join(", ")),
            value: Some(float(most as u64)),
            unit: "",
            target: Target::AtMost(4.0),
            detail: detail.clone(),
        },
        Measured {
            name: "  read from the object store".to_owned(),
            words: "the most of the three".to_owned(),
            value: Some(float(bytes) / float(1 << 20)),
            unit: " MiB",
            target: Target::AtMost(32.0),
            detail,
        },
    ])
}

fn missing() -> Vec<Measured> {
    let words = "SeaweedFS is missing: `scripts/prepare test`".to_owned();
    vec![Measured {
        name: "Drawer on a large log".to_owned(),
        words,
        value: None,
        unit: "",
        target: Target::AtMost(4.0),
        detail: Value::Null,
    }]
}

fn call(connection: &mut Connection, target: &str, body: &Value) -> Result<Value> {
    let answer = connection.call("POST", target, JSON, body.to_string().as_bytes())?;
    Ok(serde_json::from_slice(&answer)?)
}

fn text(value: &Value, name: &str) -> Result<String> {
    let text = value.get(name).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("{value} has no {name}"))?
        .to_owned())
}

fn open_task(connection: &mut Connection) -> Result<String> {
    let register = json!({ "name": "bench" });
    let agent = text(
        &call(connection, "/api/v1/agents/register", &register)?,
        "id",
    )?;
    let open = json!({ "agent": agent, "name": "a long log" });
    text(&call(connection, "/api/v1/tasks/open", &open)?, "id")
}

/// Appends numbered lines of about 100 bytes; answers bytes and lines.
fn write_log(connection: &mut Connection, task: &str, mib: u64) -> Result<(u64, u64)> {
    let (mut offset, mut lines) = (0, 0_u64);
    while offset < mib << 20 {
        let mut chunk = String::with_capacity(CHUNK);
        while chunk.len() < CHUNK - 200 {
            lines += 1;
            let _ = writeln!(
                chunk,
                "2026-11-21T12:00:{:02}Z INFO  loader: batch {lines} of table orders, {:016x} rows checked and written",
                lines % 60,
                lines.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            );
        }
        let target = format!("/api/v1/tasks/{task}/log?offset={offset}");
        connection.call(
            "POST",
            &target,
            "application/octet-stream",
            chunk.as_bytes(),
        )?;
        offset += chunk.len() as u64;
    }
    Ok((offset, lines))
}

fn finish(connection: &mut Connection, task: &str) -> Result<()> {
    let body = json!({ "id": task, "exit_code": 0 });
    call(connection, "/api/v1/tasks/finish", &body).map(drop)
}

/// Waits until the log is one object and nothing is read any more.
fn wait_for_object(connection: &mut Connection, task: &str, counts: &proxy::Counts) -> Result<()> {
    let started = Instant::now();
    loop {
        counts.reset();
        std::thread::sleep(Duration::from_secs(5));
        let is_quiet = counts.reads().is_empty() && counts.bytes() == 0;
        let view = call(connection, "/api/ui/tasks/view", &json!({ "id": task }))?;
        let is_object = view
            .get("log_object")
            .is_some_and(|object| !object.is_null());
        if is_quiet && is_object {
            return Ok(());
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "the log is not one object yet: {view}"
        );
    }
}

fn check(answer: &[u8], lines: u64) -> Result<()> {
    let opening: Value = serde_json::from_slice(answer)?;
    let total = opening
        .pointer("/window/total_lines")
        .and_then(Value::as_u64);
    ensure!(
        total == Some(lines),
        "the drawer shows {total:?} of {lines} lines"
    );
    Ok(())
}
