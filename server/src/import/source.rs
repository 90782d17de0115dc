//! Reads files, folders and tables and yields their records one by one.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use crate::import::mapping::{Assignment, Mapping};
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

/// What somebody says about the columns of a file with a header.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub asked: Vec<Assignment>,
    pub fixed: Vec<Assignment>,
}

/// Calls `take` with each record of a file, in order.
pub fn read(
    path: &Path,
    format: Format,
    columns: &Columns,
    take: &mut dyn FnMut(Record) -> Result<()>,
) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let reader = without_mark(reader)?;
    match format {
        Format::CloudTrail => read_cloudtrail(path, reader, take),
        Format::Ndjson => read_ndjson(path, reader, take),
        Format::Csv => read_csv(path, reader, columns, take),
    }
}

/// Skips the byte order mark that some programs write first.
fn without_mark(mut reader: Box<dyn Read>) -> Result<impl Read> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let mut head = Vec::new();
    reader.by_ref().take(3).read_to_end(&mut head)?;
    if head == MARK {
        head.clear();
    }
    Ok(Cursor::new(head).chain(reader))
}

/// Names a line of a file in derived ids: the same file elsewhere gives the same.
fn line_id(path: &Path, line: u64) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    format!("{}:{line}", name.to_string_lossy())
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
    for (number, line) in (1_u64..).zip(BufReader::new(reader).split(b'\n')) {
        let line = line?;
        // A line that is no UTF-8 is one reject, not the end of the import.
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let event = if std::str::from_utf8(&line).is_err() {
            Err("the line is no UTF-8".to_owned())
        } else {
            serde_json::from_str::<Map<String, Value>>(&text)
                .map_err(|error| format!("no JSON object: {error}"))
                .and_then(|record| flat::event(record, &line_id(path, number)))
        };
        take(Record {
            place: format!("{}, line {number}", path.display()),
            event,
            original: text.trim_end().to_owned(),
        })?;
    }
    Ok(())
}

fn read_csv(
    path: &Path,
    reader: impl Read,
    columns: &Columns,
    take: &mut dyn FnMut(Record) -> Result<()>,
) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(false)
        .from_reader(reader);
    let headers = reader
        .headers()
        .with_context(|| format!("the header of {} cannot be read", path.display()))?;
    let headers: Vec<String> = headers.iter().map(|name| name.trim().to_owned()).collect();
    if headers.iter().all(String::is_empty) {
        return Ok(());
    }
    if let Some(twice) = first_repeated(&headers) {
        anyhow::bail!(
            "{}: the header names the column `{twice}` twice",
            path.display()
        );
    }
    let mapping = Mapping::new(&headers, &columns.asked, &columns.fixed)
        .with_context(|| format!("the header of {}", path.display()))?;
    let mut row = csv::ByteRecord::new();
    loop {
        let line = reader.position().line();
        let event = match reader.read_byte_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => csv_event(&headers, &row, &mapping, &line_id(path, line)),
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => Err(uneven(&error, headers.len())),
        };
        let original: Vec<_> = row.iter().map(String::from_utf8_lossy).collect();
        take(Record {
            place: format!("{}, line {line}", path.display()),
            event,
            original: original.join(","),
        })?;
    }
}

fn csv_event(
    headers: &[String],
    row: &csv::ByteRecord,
    mapping: &Mapping,
    id: &str,
) -> Result<Value, String> {
    let mut fields = Map::new();
    for (name, value) in headers.iter().zip(row) {
        let value = std::str::from_utf8(value)
            .map_err(|_| format!("column {name} is no UTF-8; save the file as UTF-8"))?;
        fields.insert(name.clone(), Value::String(value.to_owned()));
    }
    flat::event(mapping.record(fields)?, id)
}

fn uneven(error: &csv::Error, columns: usize) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { len, .. } => {
            format!("the row has {len} values for {columns} columns")
        }
        _ => error.to_string(),
    }
}

fn first_repeated(names: &[String]) -> Option<&String> {
    names
        .iter()
        .enumerate()
        .find(|(at, name)| names.iter().take(*at).any(|before| before == *name))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
