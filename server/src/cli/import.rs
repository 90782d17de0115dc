//! `auditorium import`: brings in what other systems recorded.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use model::event::Receipt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Client, accepted};
use crate::config::{Config, Flags};
use crate::import::Record;
use crate::import::source::{Format, files, read};

/// Events of one request.
const BATCH: usize = 1_000;

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium import cloudtrail ./CloudTrail --dry-run\n  auditorium import ndjson events.ndjson.gz\n  auditorium import csv export.csv --rejects rejects.ndjson\n\nA record that was imported before is not stored again, so an import that was\ninterrupted is continued by running it once more."
)]
pub struct Import {
    #[command(subcommand)]
    from: From,
    /// Show what the first records would become, and send nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// File that takes the records that could not be imported, one JSON line each
    #[arg(
        long,
        global = true,
        default_value = "rejects.ndjson",
        value_name = "FILE"
    )]
    rejects: PathBuf,
    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum From {
    /// AWS CloudTrail files, or a folder of them
    Cloudtrail { path: PathBuf },
    /// One event a line, as the API takes it or as an export wrote it
    Ndjson { path: PathBuf },
    /// Columns named as in an export; others go into the details
    Csv { path: PathBuf },
}

#[derive(Debug, Default, Serialize)]
struct Outcome {
    read: u64,
    recorded: u64,
    known_before: u64,
    rejected: u64,
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

impl Import {
    /// Reads, previews or sends, and says what became of everything.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let (format, path) = match &self.from {
            From::Cloudtrail { path } => (Format::CloudTrail, path),
            From::Ndjson { path } => (Format::Ndjson, path),
            From::Csv { path } => (Format::Csv, path),
        };
        let files = files(path)?;
        anyhow::ensure!(
            !files.is_empty(),
            "{} holds no file to import",
            path.display()
        );
        if self.dry_run {
            return preview(&files, format);
        }
        let config = Config::load(flags)?;
        let client = Client::find(&config.data_dir)?;
        let outcome = self.send_all(&client, &files, format).await?;
        record_import(&client, path, &outcome).await?;
        self.report(&outcome)?;
        Ok(if outcome.rejected == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn send_all(
        &self,
        client: &Client,
        files: &[PathBuf],
        format: Format,
    ) -> Result<Outcome> {
        let bar = ProgressBar::new(files.len() as u64);
        bar.set_style(ProgressStyle::with_template(
            "{bar:30} {pos}/{len} files  {msg}",
        )?);
        let mut outcome = Outcome::default();
        let mut rejects = Rejects {
            path: &self.rejects,
            file: None,
        };
        for path in files {
            // One file's records are held at a time: importers read files, not streams without end.
            let mut records = Vec::new();
            read(path, format, &mut |record| {
                records.push(record);
                Ok(())
            })?;
            while !records.is_empty() {
                let rest = records.split_off(records.len().min(BATCH));
                send(client, records, &mut outcome, &mut rejects).await?;
                records = rest;
                bar.set_message(format!(
                    "{} events",
                    outcome.recorded + outcome.known_before
                ));
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(outcome)
    }

    #[expect(clippy::print_stdout, reason = "the result of the command")]
    fn report(&self, outcome: &Outcome) -> Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(outcome)?);
        } else {
            println!(
                "Imported {} events; {} were there before; {} were rejected.",
                outcome.recorded, outcome.known_before, outcome.rejected
            );
            if outcome.rejected > 0 {
                println!(
                    "The rejected ones, with reasons: {}",
                    self.rejects.display()
                );
            }
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn preview(files: &[PathBuf], format: Format) -> Result<ExitCode> {
    const SHOWN: u64 = 5;
    let (mut total, mut bad) = (0_u64, 0_u64);
    for path in files {
        read(path, format, &mut |record| {
            total += 1;
            match record.event {
                Ok(event) if total <= SHOWN => {
                    println!("{}", serde_json::to_string_pretty(&event)?);
                }
                Ok(_) => {}
                Err(reason) => {
                    bad += 1;
                    println!("{}: {reason}", record.place);
                }
            }
            Ok(())
        })?;
    }
    println!(
        "{total} records in {} files, {bad} of which cannot be imported. Nothing was sent.",
        files.len()
    );
    Ok(ExitCode::SUCCESS)
}

async fn send(
    client: &Client,
    records: Vec<Record>,
    outcome: &mut Outcome,
    rejects: &mut Rejects<'_>,
) -> Result<()> {
    let mut body = String::new();
    let mut sent: Vec<Record> = Vec::new();
    for record in records {
        outcome.read += 1;
        match &record.event {
            Ok(event) => {
                body.push_str(&event.to_string());
                body.push('\n');
                sent.push(record);
            }
            Err(reason) => {
                outcome.rejected += 1;
                rejects.write(&record, &json!(reason))?;
            }
        }
    }
    if sent.is_empty() {
        return Ok(());
    }
    let request = client
        .post("/api/v1/events?partial=true")
        .header("content-type", "application/x-ndjson")
        .body(body);
    let answer: PartialAnswer = accepted(
        request
            .send()
            .await
            .context("the server cannot be reached")?,
    )
    .await?
    .json()
    .await?;
    for line in answer.results {
        match line {
            LineAnswer::Recorded(receipt) if receipt.duplicate => outcome.known_before += 1,
            LineAnswer::Recorded(_) => outcome.recorded += 1,
            LineAnswer::Refused { line, errors } => {
                outcome.rejected += 1;
                if let Some(record) = line.checked_sub(1).and_then(|index| sent.get(index)) {
                    rejects.write(record, &errors)?;
                }
            }
        }
    }
    Ok(())
}

/// The import itself is an event, like everything that somebody does.
async fn record_import(client: &Client, path: &std::path::Path, outcome: &Outcome) -> Result<()> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let event = json!({
        "action": "import.completed",
        "resource": { "type": "import", "name": name },
        "details": outcome,
    });
    accepted(client.post("/api/v1/events").json(&event).send().await?).await?;
    Ok(())
}

/// The file of rejects, made when the first is written.
struct Rejects<'a> {
    path: &'a std::path::Path,
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
