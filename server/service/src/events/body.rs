//! A request body as JSON documents: one event, an array of them, or a line each.

use model::problem::FieldError;
use serde_json::Value;
use trail::canon;

use crate::{Error, Result};

/// Events of a request.
pub const MAX_EVENTS: usize = 10_000;
/// Bytes of one event.
pub const MAX_EVENT_BYTES: usize = 1 << 20;
/// Errors that an answer lists; the first ones tell enough.
pub(super) const MAX_ERRORS: usize = 100;

/// How the sender says that the events are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/json`: one event, or an array.
    Json,
    /// `application/x-ndjson`: an event a line, blank lines between them are fine.
    Lines,
    /// Nothing said: found out by looking.
    Unknown,
}

/// One of the request's documents.
#[derive(Debug)]
pub(super) struct Document {
    /// Line or index, counted from 1; none for a single event.
    pub(super) line: Option<u64>,
    /// The value, or why it is none.
    pub(super) value: std::result::Result<Value, FieldError>,
}

impl Document {
    fn refused(line: u64, path: impl Into<String>, reason: impl Into<String>) -> Self {
        let error = FieldError {
            line: Some(line),
            path: path.into(),
            reason: reason.into(),
        };
        Self {
            line: Some(line),
            value: Err(error),
        }
    }
}

/// Cuts the body. What concerns one event stands in its document and names its line.
pub(super) fn documents(body: &[u8], kind: BodyKind) -> Result<Vec<Document>> {
    let text = std::str::from_utf8(body).map_err(|error| {
        Error::invalid("$", format!("not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    if text.trim_ascii().is_empty() {
        return Err(Error::invalid("$", "the body is empty; send an event"));
    }
    let documents = if is_lines(text, kind) {
        lines(text)?
    } else {
        whole(text)?
    };
    if documents.len() > MAX_EVENTS {
        return Err(too_large(&format!(
            "A request may hold {MAX_EVENTS} events."
        )));
    }
    Ok(documents)
}

fn too_large(limit: &str) -> Error {
    Error::TooLarge(format!(
        "{limit} Send several requests; the same ids are never stored twice."
    ))
}

fn is_lines(text: &str, kind: BodyKind) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim_ascii)
        .filter(|line| !line.is_empty());
    match kind {
        BodyKind::Json => false,
        BodyKind::Lines => true,
        BodyKind::Unknown => {
            lines
                .next()
                .is_some_and(|first| first.starts_with('{') && canon::parse(first).is_ok())
                && lines.next().is_some()
        }
    }
}

/// One document a line. A blank line is no event and still counts as a line.
fn lines(text: &str) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if documents.len() == MAX_EVENTS {
            return Err(too_large(&format!(
                "A request may hold {MAX_EVENTS} events."
            )));
        }
        documents.push(if line.len() > MAX_EVENT_BYTES {
            Document::refused(number, "$", oversize())
        } else {
            match canon::parse(line) {
                Ok(value) => Document {
                    line: Some(number),
                    value: Ok(value),
                },
                Err(error) => Document::refused(number, error.path, error.reason.to_string()),
            }
        });
    }
    Ok(documents)
}

/// One event, or an array of them.
fn whole(text: &str) -> Result<Vec<Document>> {
    let refused = |e: canon::CanonError| Error::invalid(e.path, e.reason.to_string());
    match canon::parse(text).map_err(refused)? {
        Value::Array(values) => Ok(values
            .into_iter()
            .zip(1..)
            .map(|(value, number)| {
                // A short body cannot hold a long event; of a long one each is measured.
                if text.len() > MAX_EVENT_BYTES && value.to_string().len() > MAX_EVENT_BYTES {
                    return Document::refused(number, "$", oversize());
                }
                Document {
                    line: Some(number),
                    value: Ok(value),
                }
            })
            .collect()),
        _ if text.len() > MAX_EVENT_BYTES => Err(too_large(&format!(
            "An event may hold {} MiB.",
            MAX_EVENT_BYTES >> 20
        ))),
        value => Ok(vec![Document {
            line: None,
            value: Ok(value),
        }]),
    }
}

fn oversize() -> String {
    format!("an event may hold {} MiB", MAX_EVENT_BYTES >> 20)
}
