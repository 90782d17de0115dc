//! `auditorium import`: brings in what other systems recorded.

mod sending;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use futures::{StreamExt as _, TryStreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::import::sending::{Outcome, Sending};
use crate::client::Client;
use crate::config::{Config, Flags};
use crate::import::Record;
use crate::import::mapping::{Assignment, Mapping, assignment};
use crate::import::postgres::{Rows, Table};
use crate::import::source::{Columns, Format, files, read};

/// Records that a preview shows.
const SHOWN: u64 = 5;

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium import cloudtrail ./CloudTrail --dry-run\n  auditorium import ndjson events.ndjson.gz\n  auditorium import csv export.csv --rejects rejects.ndjson\n  auditorium import postgres --url postgres://reader@db/app --table audit.entries --dry-run\n\nA record that was imported before is not stored again, so an import that was\ninterrupted is continued by running it once more."
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
    /// Rows under a header; columns are found by their names, others go into the details
    Csv {
        path: PathBuf,
        #[command(flatten)]
        named: Named,
    },
    /// A table of another Postgres; columns are found by their names, others go into the details
    Postgres(Postgres),
}

/// What the columns mean, where their names do not say it.
#[derive(Clone, Debug, Args)]
struct Named {
    /// The column that holds a field of the event; an empty column takes a guess back
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = assignment)]
    asked: Vec<Assignment>,
    /// A value that a field has in every event, such as `action=row.changed`
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = assignment)]
    fixed: Vec<Assignment>,
}

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The rows are read in one read-only snapshot. Give the password in PGPASSWORD or\n~/.pgpass: everybody on this machine can read a command's arguments.\n\nExamples:\n  auditorium import postgres --url postgres://reader@db/app --table audit.entries --dry-run\n  auditorium import postgres --url postgres://reader@db/app --table versions \\\n      --map action=event --map actor_id=whodunnit --map new_state=object_changes\n  auditorium import postgres --url postgres://reader@db/app --key id \\\n      --query 'select * from audits where created_at >= now() - interval $$1 year$$'"
)]
struct Postgres {
    /// Address of the database, such as `postgres://USER@HOST/DATABASE`
    #[arg(long)]
    url: SecretString,
    /// The table or view to read
    #[arg(long, required_unless_present = "query", conflicts_with = "query")]
    table: Option<String>,
    /// A SELECT to read instead of a table
    #[arg(long, value_name = "SQL")]
    query: Option<String>,
    /// Columns that tell rows apart: by them a row is known again. The primary key of a table;
    /// without any, the whole row
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    key: Vec<String>,
    /// Tells this source from others of the same name; DATABASE/SCHEMA.TABLE by default
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    #[command(flatten)]
    named: Named,
}

impl Import {
    /// Reads, previews or sends, and says what became of everything.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let none = Columns::default();
        let (format, path, columns) = match &self.from {
            From::Cloudtrail { path } => (Format::CloudTrail, path, none),
            From::Ndjson { path } => (Format::Ndjson, path, none),
            From::Csv { path, named } => (Format::Csv, path, named.clone().into()),
            From::Postgres(postgres) => return self.run_postgres(postgres, flags).await,
        };
        let files = files(path)?;
        anyhow::ensure!(
            !files.is_empty(),
            "{} holds no file to import",
            path.display()
        );
        if self.dry_run {
            let mut preview = Preview::default();
            for path in &files {
                read(path, format, &columns, &mut |record| preview.take(&record))?;
            }
            return Ok(preview.finish());
        }
        let client = client(flags)?;
        let mut sending = Sending::new(&client, &self.rejects);
        send_files(&mut sending, &files, format, &columns).await?;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        self.finish(sending, name.as_deref().unwrap_or_default())
            .await
    }

    async fn run_postgres(&self, from: &Postgres, flags: &Flags) -> Result<ExitCode> {
        let rows = match (&from.table, &from.query) {
            (Some(table), _) => Rows::Table(table.clone()),
            (None, query) => Rows::Query(query.clone().unwrap_or_default()),
        };
        let source = from.source.as_deref();
        let mut table = Table::open(from.url.expose_secret(), &rows, &from.key, source).await?;
        let mapping = Mapping::new(&table.columns, &from.named.asked, &from.named.fixed)?;
        if self.dry_run {
            return preview_table(&mut table, &mapping).await;
        }
        let client = client(flags)?;
        let mut sending = Sending::new(&client, &self.rejects);
        let bar = bar(
            table.estimate().await?,
            "{bar:30} {pos} of about {len} rows  {msg}",
        )?;
        let name = table.source.clone();
        let mut records = std::pin::pin!(table.records(&mapping));
        while let Some(record) = records.try_next().await? {
            sending.take(record).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        self.finish(sending, &name).await
    }

    /// Sends what waits and says how it went, to the trail and to the terminal.
    #[expect(clippy::print_stdout, reason = "the result of the command")]
    async fn finish(&self, sending: Sending<'_>, name: &str) -> Result<ExitCode> {
        let outcome: Outcome = sending.finish(name).await?;
        if self.json {
            println!("{}", serde_json::to_string(&outcome)?);
        } else {
            println!(
                "Imported {} events; {} were there before; {} were rejected.",
                outcome.recorded, outcome.known_before, outcome.rejected
            );
            if outcome.rejected > 0 {
                let rejects = self.rejects.display();
                println!("The rejected ones, with reasons: {rejects}");
            }
        }
        Ok(if outcome.rejected == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

impl std::convert::From<Named> for Columns {
    fn from(named: Named) -> Self {
        Self {
            asked: named.asked,
            fixed: named.fixed,
        }
    }
}

fn client(flags: &Flags) -> Result<Client> {
    Client::find(&Config::load(flags)?.data_dir)
}

fn bar(length: u64, template: &str) -> Result<ProgressBar> {
    let bar = ProgressBar::new(length);
    bar.set_style(ProgressStyle::with_template(template)?);
    Ok(bar)
}

async fn send_files(
    sending: &mut Sending<'_>,
    files: &[PathBuf],
    format: Format,
    columns: &Columns,
) -> Result<()> {
    let bar = bar(files.len() as u64, "{bar:30} {pos}/{len} files  {msg}")?;
    for path in files {
        for record in records(path, format, columns)? {
            sending.take(record).await?;
            bar.set_message(format!("{} records", sending.read()));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// One file's records are held at a time: importers read files, not streams without end.
fn records(path: &Path, format: Format, columns: &Columns) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    read(path, format, columns, &mut |record| {
        records.push(record);
        Ok(())
    })?;
    Ok(records)
}

/// How the columns are understood, and the first rows.
#[expect(clippy::print_stdout, reason = "the result of the command")]
async fn preview_table(table: &mut Table, mapping: &Mapping) -> Result<ExitCode> {
    println!("{} becomes events by these columns:", table.source);
    for line in mapping.lines() {
        println!("  {line}");
    }
    let key = match table.key.as_slice() {
        [] => "all its columns".to_owned(),
        key => key.join(", "),
    };
    println!("  Other columns go into the details. A row is known again by {key} and its time.\n");
    let mut preview = Preview::default();
    let mut records = std::pin::pin!(table.records(mapping).take(1_000));
    while let Some(record) = records.try_next().await? {
        preview.take(&record)?;
    }
    Ok(preview.finish())
}

/// Counts records and shows the first.
#[derive(Debug, Default)]
struct Preview {
    total: u64,
    bad: u64,
}

impl Preview {
    #[expect(clippy::print_stdout, reason = "the result of the command")]
    fn take(&mut self, record: &Record) -> Result<()> {
        self.total += 1;
        match &record.event {
            Ok(event) if self.total <= SHOWN => {
                println!("{}", serde_json::to_string_pretty(event)?);
            }
            Ok(_) => {}
            Err(reason) => {
                self.bad += 1;
                println!("{}: {reason}", record.place);
            }
        }
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "the result of the command")]
    fn finish(self) -> ExitCode {
        println!(
            "{} records looked at, {} of which cannot be imported. Nothing was sent.",
            self.total, self.bad
        );
        ExitCode::SUCCESS
    }
}
