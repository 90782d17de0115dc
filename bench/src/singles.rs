//! 64 clients that send one event a request, against pgbench with 64 clients that insert one row
//! a transaction; and how many commits the server makes for them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use rustix::event::{PollFd, PollFlags, poll};
use serde_json::{Value, json};

use crate::events;
use crate::figures::{Measured, Target, float, median};
use crate::http::{head, request};
use crate::options::Options;
use crate::postgres::{BASELINE, COLUMNS, PRODUCT, Postgres};
use crate::server::Server;

const CLIENTS: usize = 64;
/// Threads of either client; pgbench gets as many.
const THREADS: usize = 2;
/// Idle sessions of Postgres hand in their statistics after ten seconds at the latest.
const STATISTICS: Duration = Duration::from_secs(11);

/// A client with one request under way.
struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
    sent: Instant,
}

/// What one thread saw.
#[derive(Default)]
struct Seen {
    acknowledged: u64,
    /// Milliseconds of each request.
    latencies: Vec<f64>,
}

pub(crate) fn measure(
    options: &Options,
    server: &Server,
    postgres: &Postgres,
) -> Result<Vec<Measured>> {
    let insert = insert_script(postgres)?;
    let seconds = options.seconds.to_string();
    let (mut rates, mut inserts, mut grouping) = (Vec::new(), Vec::new(), Vec::new());
    let (mut latencies, mut processor) = (Vec::new(), Vec::new());
    let mut number = 1 << 40;
    for _ in 0..options.rounds {
        postgres.checkpoint()?;
        let before = commits(postgres)?;
        let started = Instant::now();
        let used = server.processor()?;
        let seen = run(server, Duration::from_secs(options.seconds), &mut number)?;
        let now = server.processor()?;
        let micros = 1e6 / float(seen.acknowledged);
        processor.push([(now.0 - used.0) * micros, (now.1 - used.1) * micros]);
        rates.push(float(seen.acknowledged) / started.elapsed().as_secs_f64());
        latencies.extend(seen.latencies);
        thread::sleep(STATISTICS);
        grouping.push(float(seen.acknowledged) / float(commits(postgres)? - before));
        postgres.wait_for_index()?;
        postgres.checkpoint()?;
        let clients = (CLIENTS.to_string(), THREADS.to_string());
        let arguments = ["-c", &clients.0, "-j", &clients.1, "-T", &seconds];
        inserts.push(tps(&postgres.pgbench(BASELINE, &insert, &arguments)?)?);
    }
    let ratios: Vec<f64> = rates.iter().zip(&inserts).map(|(a, b)| a / b).collect();
    let detail = json!({
        "clients": CLIENTS, "threads": THREADS, "per_second": rates, "pgbench_tps": inserts,
        "events_a_commit": grouping, "median_ms": median(&latencies),
        "server_and_postgres_processor_us": processor,
    });
    let figure = |name: &str, words, value, unit, target, detail: Value| Measured {
        name: name.to_owned(),
        words,
        value: Some(value),
        unit,
        target,
        detail,
    };
    Ok(vec![
        figure(
            "One event a request, 64 clients, to INSERT",
            format!("{:.0}/s, pgbench {:.0}/s", median(&rates), median(&inserts)),
            median(&ratios),
            " x",
            Target::AtLeast(1.5),
            detail.clone(),
        ),
        figure(
            "  events a commit",
            format!("median answer in {:.2} ms", median(&latencies)),
            median(&grouping),
            "",
            Target::AtLeast(16.0),
            detail,
        ),
    ])
}

/// Transactions that the server's database has committed.
fn commits(postgres: &Postgres) -> Result<u64> {
    let sql = format!("select xact_commit from pg_stat_database where datname = '{PRODUCT}'");
    postgres.number(BASELINE, &sql)
}

/// One recorded event as an INSERT with a new id and position: prepared once by each client.
fn insert_script(postgres: &Postgres) -> Result<String> {
    let values = postgres.query(
        BASELINE,
        "select concat_ws(', ', quote_nullable(actor_type), quote_nullable(actor_id), quote_nullable(actor_name),
            quote_nullable(actor_email), quote_nullable(actor_ip), quote_nullable(user_agent),
            quote_nullable(on_behalf_of), quote_nullable(action), quote_nullable(resource_type),
            quote_nullable(resource_id), quote_nullable(resource_name), quote_nullable(status),
            quote_nullable(error_message), quote_nullable(team), quote_nullable(request_id),
            quote_nullable(session_id), quote_nullable(category), quote_nullable(data_classification),
            quote_nullable(compliance_tags), quote_nullable(details), quote_nullable(previous_state),
            quote_nullable(new_state), quote_nullable(source))
         from logs where action = 's3.get_object' and status = 'success' limit 1",
    )?;
    ensure!(!values.is_empty(), "the baseline has no event to copy");
    let top = postgres.number(BASELINE, "select max(seq) from logs")?;
    postgres.query(BASELINE, &format!("select setval('singles', {})", top + 1))?;
    Ok(format!(
        "insert into logs ({COLUMNS}) values (nextval('singles'), now(), {values}, now(), gen_random_uuid(), 1);\n"
    ))
}

fn tps(output: &str) -> Result<f64> {
    let line = output.lines().find(|line| line.starts_with("tps = "));
    line.and_then(|line| line.split(' ').nth(2)?.parse().ok())
        .context("pgbench printed no rate")
}

fn run(server: &Server, duration: Duration, number: &mut u64) -> Result<Seen> {
    let until = Instant::now() + duration;
    let first = *number;
    *number += 1 << 32;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS as u64)
            .map(|thread| scope.spawn(move || drive(server, until, first + (thread << 31))))
            .collect();
        let mut all = Seen::default();
        for thread in threads {
            let seen = thread.join().map_err(|_| anyhow!("a client panicked"))??;
            all.acknowledged += seen.acknowledged;
            all.latencies.extend(seen.latencies);
        }
        Ok(all)
    })
}

/// Drives half of the clients: each sends its next event when the one before is acknowledged.
fn drive(server: &Server, until: Instant, mut number: u64) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS / THREADS {
        let stream = TcpStream::connect(("127.0.0.1", server.port))?;
        stream.set_nodelay(true)?;
        let mut client = Client {
            stream,
            answer: Vec::with_capacity(1 << 10),
            sent: Instant::now(),
        };
        send(&mut client, &server.token, &mut number)?;
        clients.push(client);
    }
    while !clients.is_empty() {
        let mut waiting: Vec<PollFd<'_>> = clients
            .iter()
            .map(|client| PollFd::new(&client.stream, PollFlags::IN))
            .collect();
        poll(&mut waiting, None)?;
        let ready: Vec<bool> = waiting
            .iter()
            .map(|one| !one.revents().is_empty())
            .collect();
        let mut done = Vec::new();
        for (place, client) in clients.iter_mut().enumerate() {
            if !ready.get(place).copied().unwrap_or_default() || !receive(client)? {
                continue;
            }
            seen.acknowledged += 1;
            seen.latencies
                .push(client.sent.elapsed().as_secs_f64() * 1_000.0);
            if Instant::now() < until {
                send(client, &server.token, &mut number)?;
            } else {
                done.push(place);
            }
        }
        for place in done.into_iter().rev() {
            clients.swap_remove(place);
        }
    }
    Ok(seen)
}

fn send(client: &mut Client, token: &str, number: &mut u64) -> Result<()> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let mut event = String::with_capacity(1 << 10);
    events::write(&mut event, *number, u64::try_from(now.as_micros())?);
    *number += 1;
    let json = "application/json";
    let bytes = request("POST", "/api/v1/events", token, json, event.as_bytes());
    client.sent = Instant::now();
    client.stream.write_all(&bytes)?;
    Ok(())
}

/// Reads what is there; whether the answer is whole.
fn receive(client: &mut Client) -> Result<bool> {
    let mut buffer = [0; 4096];
    let read = client.stream.read(&mut buffer)?;
    ensure!(read > 0, "the server closed a connection");
    client
        .answer
        .extend_from_slice(buffer.get(..read).unwrap_or_default());
    let Some(head) = head(&client.answer)? else {
        return Ok(false);
    };
    let length = head.length.context("an answer without a length")?;
    if client.answer.len() < head.size + length {
        return Ok(false);
    }
    if head.status != 200 {
        bail!(
            "an event was refused: {}",
            String::from_utf8_lossy(&client.answer)
        );
    }
    client.answer.clear();
    Ok(true)
}
