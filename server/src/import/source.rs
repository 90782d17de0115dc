//! Reads files, folders and tables and yields their records one by one.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use crate::import::{Record, cloudtrail, flat};

/// A format that files are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    CloudTrail,
    Ndjson,
    Csv,
}

/// The files below a path, sorted; a file is itself. `.gz` is read as gzip.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .with_context(|| format!("cannot read {}", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| {
                ["json", "ndjson", "jsonl", "csv", "gz"]
                    .iter()
                    .any(|known| end == *known)
            }) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Calls `take` with each record of a file, in order.
pub fn read(path: &Path, format: Format, take: &mut dyn FnMut(Record) -> Result<()>) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    match format {
        Format::CloudTrail => read_cloudtrail(path, reader, take),
        Format::Ndjson => read_ndjson(path, reader, take),
        Format::Csv => read_csv(path, reader, take),
    }
}

fn read_cloudtrail(
    path: &Path,
    reader: impl Read,
    take: &mut dyn FnMut(Record) -> Result<()>,
) -> Result<()> {
    let mut file: Value = serde_json::from_reader(BufReader::new(reader))
        .with_context(|| format!("{} is no JSON", path.display()))?;
    let Some(Value::Array(records)) = file.get_mut("Records").map(Value::take) else {
        anyhow::bail!(
            "{} has no array `Records`: is it CloudTrail?",
            path.display()
        );
    };
    for (index, record) in records.into_iter().enumerate() {
        take(Record {
            place: format!("{}, record {}", path.display(), index + 1),
            event: cloudtrail::event(&record),
            original: record.to_string(),
        })?;
    }
    Ok(())
}

fn read_ndjson(
    path: &Path,
    reader: impl Read,
    take: &mut dyn FnMut(Record) -> Result<()>,
) -> Result<()> {
    for (index, line) in BufReader::new(reader).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let place = format!("{}, line {}", path.display(), index + 1);
        let event = serde_json::from_str::<Map<String, Value>>(&line)
            .map_err(|error| format!("no JSON object: {error}"))
            .and_then(|record| flat::event(record, &place));
        take(Record {
            place,
            event,
            original: line,
        })?;
    }
    Ok(())
}

fn read_csv(
    path: &Path,
    reader: impl Read,
    take: &mut dyn FnMut(Record) -> Result<()>,
) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(false)
        .from_reader(reader);
    let headers = reader.headers()?.clone();
    for (index, row) in reader.records().enumerate() {
        let place = format!("{}, line {}", path.display(), index + 2);
        let record = match row {
            Ok(row) => {
                let fields: Map<String, Value> = headers
                    .iter()
                    .zip(row.iter())
                    .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
                    .collect();
                let original = row.iter().collect::<Vec<_>>().join(",");
                Record {
                    event: flat::event(fields, &place),
                    place,
                    original,
                }
            }
            Err(error) => Record {
                place,
                event: Err(error.to_string()),
                original: String::new(),
            },
        };
        take(record)?;
    }
    Ok(())
}
