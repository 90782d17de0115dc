//! `auditorium export`: the same export as on the page, from a shell.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::io::AsyncWriteExt as _;

use crate::client::{Client, accepted};
use crate::config::{Config, Flags};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Csv,
    Ndjson,
    Json,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
        }
    }
}

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium export --format csv --query 'status:denied last:7d' --output denied.csv\n  auditorium export --format ndjson | jq .action\n  auditorium export --bundle --query 'team:payments' --hide /actor/email --output payments.ndjson.gz"
)]
pub struct Export {
    /// Format of the file
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Format,
    /// Write one compressed file that proves itself: check it with `auditorium verify`
    #[arg(long, conflicts_with_all = ["format", "columns"])]
    bundle: bool,
    /// In a bundle: a field that stays undisclosed, such as /actor/email; may be repeated
    #[arg(long, value_name = "PATH", requires = "bundle")]
    hide: Vec<String>,
    /// In a bundle: the size of a checkpoint seen before, which it is to continue; may be repeated
    #[arg(long, value_name = "SIZE", requires = "bundle")]
    pin: Vec<u64>,
    /// In a bundle: why it is taken; stands in the trail and in the file
    #[arg(long, value_name = "TEXT", requires = "bundle")]
    reason: Option<String>,
    /// What to export, in the words of the search box; everything when left out
    #[arg(long, default_value = "", value_name = "QUERY")]
    query: String,
    /// Columns, separated by commas; all when left out
    #[arg(long, default_value = "", value_name = "COLUMNS")]
    columns: String,
    /// File to write; standard output when left out
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    /// Streams the export; a file gets its name only when it is whole.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let client = Client::find(&config.data_dir)?;
        let query = self.parameters();
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", app::paths::encode(value)))
            .collect();
        let path = format!("/api/v1/events/export?{}", pairs.join("&"));
        let response = client
            .get(&path)
            .send()
            .await
            .context("the server cannot be reached")?;
        let mut body = accepted(response).await?.bytes_stream();
        let Some(output) = self.output else {
            let mut stdout = tokio::io::stdout();
            while let Some(chunk) = body.next().await {
                stdout.write_all(&chunk?).await?;
            }
            stdout.flush().await?;
            return Ok(ExitCode::SUCCESS);
        };
        let bar = ProgressBar::no_length()
            .with_style(ProgressStyle::with_template("{spinner} {bytes} written")?);
        let partial = output.with_extension("partial");
        let mut file = tokio::fs::File::create(&partial)
            .await
            .with_context(|| format!("cannot write {}", partial.display()))?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.context("the export broke off; the file was not completed")?;
            file.write_all(&chunk).await?;
            bar.inc(chunk.len() as u64);
        }
        file.sync_all().await?;
        tokio::fs::rename(&partial, &output).await?;
        bar.finish_and_clear();
        eprintln!("Wrote {}", output.display());
        Ok(ExitCode::SUCCESS)
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let format = if self.bundle {
            "bundle"
        } else {
            self.format.as_str()
        };
        let mut query = vec![("format", format.to_owned()), ("q", self.query.clone())];
        if !self.columns.is_empty() {
            query.push(("columns", self.columns.clone()));
        }
        query.extend(self.hide.iter().map(|path| ("hide", path.clone())));
        query.extend(self.pin.iter().map(|size| ("pin", size.to_string())));
        query.extend(self.reason.iter().map(|reason| ("reason", reason.clone())));
        query
    }
}
