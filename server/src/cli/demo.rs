//! `auditorium demo`: fills a console with generated data, and takes it out again.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use model::agent::Agent;
use model::deletion::DeletionPreview;
use model::task::Task;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::client::{Client, accepted};
use crate::config::{Config, Flags};
use crate::demo::{SESSION, events, task_log};

const BATCH: usize = 1_000;

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium demo\n  auditorium demo --events 5000\n  auditorium demo --remove"
)]
pub struct Demo {
    /// How many events to generate over the last 30 days
    #[arg(long, default_value_t = 50_000, value_name = "N")]
    events: u32,
    /// Number that the generated data follows from
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Delete the demo's events instead
    #[arg(long)]
    remove: bool,
}

impl Demo {
    /// Sends or removes the demo's data.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let client = Client::find(&config.data_dir)?;
        if self.remove {
            return remove(&client).await;
        }
        let now = Utc::now();
        let sent = self.send_events(&client, now).await?;
        let tasks = send_tasks(&client, now, self.seed).await?;
        eprintln!(
            "Sent {sent} events of three teams and {tasks} tasks of two agents to {}.",
            client.url()
        );
        eprintln!("Remove the events again with: auditorium demo --remove");
        Ok(ExitCode::SUCCESS)
    }

    async fn send_events(&self, client: &Client, now: DateTime<Utc>) -> Result<u64> {
        let bar = ProgressBar::new(u64::from(self.events));
        bar.set_style(ProgressStyle::with_template(
            "{bar:30} {human_pos}/{human_len} events  {eta}",
        )?);
        let mut sent = 0;
        let mut batch: Vec<Value> = Vec::with_capacity(BATCH);
        for event in events::generate(self.events, now, self.seed) {
            batch.push(event);
            if batch.len() == BATCH {
                sent += send(client, &mut batch).await?;
                bar.set_position(sent);
            }
        }
        sent += send(client, &mut batch).await?;
        bar.finish_and_clear();
        Ok(sent)
    }
}

async fn send(client: &Client, batch: &mut Vec<Value>) -> Result<u64> {
    if batch.is_empty() {
        return Ok(0);
    }
    let request = client.post("/api/v1/events").json(&batch);
    accepted(
        request
            .send()
            .await
            .context("the server cannot be reached")?,
    )
    .await?;
    let count = batch.len() as u64;
    batch.clear();
    Ok(count)
}

/// Two agents with a week of tasks each.
async fn send_tasks(client: &Client, now: DateTime<Utc>, seed: u64) -> Result<u64> {
    let mut random = StdRng::seed_from_u64(seed ^ 0x7a5c);
    let mut count = 0;
    for (name, team, pack, source) in [
        ("etl-1", "payments", "load-orders", "postgres://orders"),
        ("masker-2", "research", "mask-customers", "s3://customers"),
    ] {
        let register = json!({ "name": name, "version": "2.3.1", "team": team });
        let agent: Agent = call(client, "/api/v1/agents/register", &register).await?;
        for day in (0..7).rev() {
            let failed = random.random_ratio(1, 6);
            let opened_at =
                now - TimeDelta::days(day) - TimeDelta::minutes(random.random_range(5..300));
            let open = json!({
                "agent": agent.id, "name": format!("{pack} --day {}", opened_at.format("%Y-%m-%d")), "pack": pack,
                "pack_version": "1.8.0", "data_source": source, "trigger": "schedule", "opened_at": opened_at });
            let task: Task = call(client, "/api/v1/tasks/open", &open).await?;
            let log = task_log::generate(&mut random, pack, failed);
            let length = log.len() as u64;
            let append = client.post(&format!("/api/v1/tasks/{}/log?offset=0", task.id));
            let append = append
                .header("content-type", "application/octet-stream")
                .body(log);
            accepted(append.send().await?).await?;
            let finished_at = opened_at + TimeDelta::seconds(random.random_range(30..1500));
            let finish = json!({ "id": task.id, "exit_code": i32::from(failed), "log_length": length, "finished_at": finished_at });
            let _: Value = call(client, "/api/v1/tasks/finish", &finish).await?;
            count += 1;
        }
    }
    Ok(count)
}

async fn call<T: serde::de::DeserializeOwned>(
    client: &Client,
    path: &str,
    body: &Value,
) -> Result<T> {
    let response = client.post(path).json(body).send().await?;
    Ok(accepted(response).await?.json().await?)
}

async fn remove(client: &Client) -> Result<ExitCode> {
    let query = format!("session:{SESSION}");
    let body = json!({ "query": query, "ids": [] });
    let preview: DeletionPreview = call(client, "/api/ui/logs/delete/preview", &body).await?;
    if preview.count == 0 {
        eprintln!("There are no demo events.");
        return Ok(ExitCode::SUCCESS);
    }
    let form = [
        ("query", query),
        ("ids", String::new()),
        ("up_to_seq", preview.up_to_seq.to_string()),
        ("reason", "the demo data is no longer needed".to_owned()),
        ("confirmation", preview.confirmation),
    ];
    let pairs: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", app::paths::encode(value)))
        .collect();
    let request = client
        .post("/api/ui/logs/delete")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(pairs.join("&"));
    accepted(request.send().await?).await?;
    eprintln!(
        "Deleted {} demo events. The agents and their finished tasks stay.",
        preview.count
    );
    Ok(ExitCode::SUCCESS)
}
