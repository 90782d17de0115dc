//! Sends records to the server in batches, and keeps those that it refused.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use model::event::Receipt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Client, accepted};
use crate::import::Record;

/// Events of one request.
const BATCH: usize = 1_000;

/// What became of the records.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcome {
    pub(super) read: u64,
    pub(super) recorded: u64,
    pub(super) known_before: u64,
    pub(super) rejected: u64,
}

/// What `?partial=true` answers for each line.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum LineAnswer {
    Recorded(Receipt),
    Refused { line: usize, errors: Value },
}

#[derive(Debug, Deserialize)]
struct PartialAnswer {
    results: Vec<LineAnswer>,
}

/// An import under way.
#[derive(Debug)]
pub(super) struct Sending<'a> {
    client: &'a Client,
    /// Records whose events wait for the batch to be full.
    waiting: Vec<Record>,
    outcome: Outcome,
    rejects: Rejects<'a>,
}

impl<'a> Sending<'a> {
    pub(super) fn new(client: &'a Client, rejects: &'a Path) -> Self {
        Self {
            client,
            waiting: Vec::new(),
            outcome: Outcome::default(),
            rejects: Rejects {
                path: rejects,
                file: None,
            },
        }
    }

    /// Records taken so far.
    pub(super) const fn read(&self) -> u64 {
        self.outcome.read
    }

    /// Takes a record, and sends a batch when it is full.
    pub(super) async fn take(&mut self, record: Record) -> Result<()> {
        self.outcome.read += 1;
        if let Err(reason) = &record.event {
            self.outcome.rejected += 1;
            return self.rejects.write(&record, &json!(reason));
        }
        self.waiting.push(record);
        if self.waiting.len() >= BATCH {
            self.send().await?;
        }
        Ok(())
    }

    /// Sends the rest. The import itself is an event, like everything that somebody does.
    pub(super) async fn finish(mut self, name: &str) -> Result<Outcome> {
        self.send().await?;
        let event = json!({
            "action": "import.completed",
            "resource": { "type": "import", "name": name },
            "details": self.outcome,
        });
        accepted(
            self.client
                .post("/api/v1/events")
                .json(&event)
                .send()
                .await?,
        )
        .await?;
        Ok(self.outcome)
    }

    async fn send(&mut self) -> Result<()> {
        let sent = std::mem::take(&mut self.waiting);
        if sent.is_empty() {
            return Ok(());
        }
        let events = sent.iter().filter_map(|record| record.event.as_ref().ok());
        let lines: Vec<String> = events.map(Value::to_string).collect();
        let request = self
            .client
            .post("/api/v1/events?partial=true")
            .header("content-type", "application/x-ndjson")
            .body(lines.join("\n"));
        let response = request.send().await.context(
            "the server cannot be reached; run the same import again when it is back, and it \
             goes on where it stopped",
        )?;
        let answer: PartialAnswer = accepted(response).await?.json().await?;
        for line in answer.results {
            match line {
                LineAnswer::Recorded(receipt) if receipt.duplicate => {
                    self.outcome.known_before += 1;
                }
                LineAnswer::Recorded(_) => self.outcome.recorded += 1,
                LineAnswer::Refused { line, errors } => {
                    self.outcome.rejected += 1;
                    if let Some(record) = line.checked_sub(1).and_then(|index| sent.get(index)) {
                        self.rejects.write(record, &errors)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The file of rejects, made when the first is written.
#[derive(Debug)]
struct Rejects<'a> {
    path: &'a Path,
    file: Option<File>,
}

impl Rejects<'_> {
    fn write(&mut self, record: &Record, reason: &Value) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(
                File::create(self.path)
                    .with_context(|| format!("cannot write {}", self.path.display()))?,
            ),
        };
        writeln!(
            file,
            "{}",
            json!({ "place": record.place, "reason": reason, "record": record.original })
        )?;
        Ok(())
    }
}
