//! `/api/v1/events`: recording, listing and reading events.

use std::time::Instant;

use async_compression::tokio::bufread::GzipDecoder;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::routing::get;
use axum::{Json, Router};
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt as _;
use model::event::Event;
use model::log_page::{Cursor, LogPage, LogRequest, Place};
use serde::Deserialize;
use service::events::{BodyKind, Recorded};
use service::{Error, Result};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::io::StreamReader;
use uuid::Uuid;

use crate::http::AppState;
use crate::http::caller::Identified;
use crate::http::error::ApiError;
use crate::http::extract::Input;

/// Milliseconds that a part of the work took; browsers show them beside a request.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/events", get(list).post(record))
        .route("/api/v1/events/{id}", get(read))
        .layer(DefaultBodyLimit::disable())
}

#[derive(Debug, Deserialize)]
struct RecordParameters {
    #[serde(default)]
    partial: bool,
    receipt: Option<ReceiptWish>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReceiptWish {
    /// Answer after the checkpoint that covers the events, with their receipts.
    Wait,
}

/// Records the body's events and answers after the commit, a receipt an event.
async fn record(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Query(parameters)): Input<Query<RecordParameters>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Recorded>, ApiError> {
    // Whoever may not write is told so before the body is read.
    state
        .services
        .authorize(&caller, model::permission::Permission::EventsWrite)
        .await?;
    let kind = kind(&headers)?;
    let body = read_body(&headers, body, state.body_bytes).await?;
    let recorded =
        service::events::record(&state.services, &caller, &body, kind, parameters.partial).await?;
    Ok(Json(match parameters.receipt {
        Some(ReceiptWish::Wait) => {
            service::events::with_receipts(&state.services, recorded).await?
        }
        None => recorded,
    }))
}

fn kind(headers: &HeaderMap) -> Result<BodyKind> {
    let Some(stated) = headers.get(CONTENT_TYPE) else {
        return Ok(BodyKind::Unknown);
    };
    let stated = stated.to_str().unwrap_or_default();
    match stated.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(BodyKind::Json),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(BodyKind::Lines),
        // What curl --data states when nothing else is said.
        "" | "text/plain" | "application/octet-stream" | "application/x-www-form-urlencoded" => {
            Ok(BodyKind::Unknown)
        }
        _ => Err(Error::invalid(
            "Content-Type",
            "must be application/json or application/x-ndjson",
        )),
    }
}

/// The body, decompressed where it says so. Stops at the limit, however well it was compressed.
async fn read_body(headers: &HeaderMap, body: Body, largest: usize) -> Result<Bytes> {
    match headers
        .get(CONTENT_ENCODING)
        .map(|encoding| encoding.to_str().unwrap_or_default())
    {
        None | Some("identity" | "") => read_plain(body, largest).await,
        Some("gzip" | "x-gzip") => {
            let stream = body.into_data_stream().map_err(std::io::Error::other);
            let reader = GzipDecoder::new(StreamReader::new(stream));
            read_limited(reader, largest).await.map(Bytes::from)
        }
        Some(_) => Err(Error::invalid(
            "Content-Encoding",
            "must be gzip, or left out",
        )),
    }
}

/// What comes in one piece, as most bodies do, is not copied.
async fn read_plain(body: Body, largest: usize) -> Result<Bytes> {
    let mut pieces = body.into_data_stream();
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(piece) = pieces.try_next().await.map_err(unreadable)? {
        if first.len() + whole.len() + piece.len() > largest {
            return Err(too_large(largest));
        }
        if first.is_empty() && whole.is_empty() {
            first = piece;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&piece);
        }
    }
    Ok(if whole.is_empty() {
        first
    } else {
        whole.freeze()
    })
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::invalid("$", format!("the body cannot be read: {error}"))
}

fn too_large(largest: usize) -> Error {
    Error::TooLarge(format!(
        "A request may hold {} MiB, decompressed (limits.body_mib). Send several; the same ids are never stored twice.",
        largest >> 20
    ))
}

async fn read_limited(reader: impl AsyncRead + Unpin, largest: usize) -> Result<Vec<u8>> {
    let limit = largest as u64 + 1;
    let mut body = Vec::new();
    reader
        .take(limit)
        .read_to_end(&mut body)
        .await
        .map_err(unreadable)?;
    if body.len() > largest {
        return Err(too_large(largest));
    }
    Ok(body)
}

#[derive(Debug, Deserialize)]
struct ListParameters {
    #[serde(default)]
    q: String,
    after: Option<Cursor>,
    before: Option<Cursor>,
    #[serde(default)]
    limit: u16,
}

/// A page of events, newest first; `older` and `newer` lead on. `Server-Timing` says how long the
/// search took, from its first statement to the last row.
async fn list(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Query(parameters)): Input<Query<ListParameters>>,
) -> Result<([(HeaderName, String); 1], Json<LogPage>), ApiError> {
    let place = match (parameters.after, parameters.before) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("before", "leave out either after or before").into());
        }
        (Some(cursor), None) => Place::After(cursor),
        (None, Some(cursor)) => Place::Before(cursor),
        (None, None) => Place::First,
    };
    let request = LogRequest {
        query: parameters.q,
        place,
        limit: parameters.limit,
    };
    let started = Instant::now();
    let page = service::logs::list(&state.services, &caller, &request).await?;
    let took = started.elapsed().as_secs_f64() * 1_000.0;
    let timing = (SERVER_TIMING, format!("search;dur={took:.3}"));
    Ok(([timing], Json(page)))
}

/// One event. Reading it is recorded.
async fn read(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(id)): Input<Path<Uuid>>,
) -> Result<Json<Event>, ApiError> {
    Ok(Json(
        service::logs::event(&state.services, &caller, id).await?,
    ))
}
