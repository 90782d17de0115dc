//! Routes of task logs: appending bytes, reading ranges, following, downloading.

use std::convert::Infallible;
use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::{Stream, StreamExt as _};
use model::task_log::{CHUNK_BYTES, LogPlace, LogWindow};
use serde::Deserialize;
use serde_json::json;
use service::task_logs::{self, AppendOutcome};
use service::{Caller, Error, Services};
use uuid::Uuid;

use crate::http::AppState;
use crate::http::caller::Identified;
use crate::http::error::ApiError;
use crate::http::extract::Input;
use crate::http::standing;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/tasks/{id}/log", post(append).get(read))
        .route("/api/v1/tasks/{id}/follow", get(follow))
        // One byte more, so that the service names the limit.
        .layer(DefaultBodyLimit::max(CHUNK_BYTES + 1))
}

#[derive(Debug, Deserialize)]
struct Offset {
    /// The byte of the log at which the body begins.
    offset: u64,
}

async fn append(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(task)): Input<Path<Uuid>>,
    Input(Query(Offset { offset })): Input<Query<Offset>>,
    body: Bytes,
) -> Result<Response, ApiError> {
    match task_logs::append(&state.services, &caller, task, offset, &body).await? {
        AppendOutcome::Stored(appended) => Ok(Json(appended).into_response()),
        AppendOutcome::Gap(appended) => Ok(gap(appended.length)),
    }
}

/// 409 with the offset that is expected, as an extension member of the problem.
fn gap(length: u64) -> Response {
    let problem = json!({
        "type": "/docs/problems#gap",
        "title": "Conflict",
        "status": 409,
        "detail": format!("Bytes are missing before this chunk. Send from byte {length} on."),
        "expected_offset": length,
    });
    let mut response = (StatusCode::CONFLICT, Json(problem)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Which part of a log is asked for; without any, and without `Range`, the whole.
#[derive(Debug, Deserialize)]
struct Part {
    /// The first line, counted from 1.
    from_line: Option<u64>,
    /// The line before which the part ends.
    before_line: Option<u64>,
    /// Lines of the part; from the end of the log when neither of the others is given.
    lines: Option<u32>,
}

impl Part {
    fn place(&self) -> Option<LogPlace> {
        match (self.from_line, self.before_line, self.lines) {
            (Some(line), ..) => Some(LogPlace::From(line)),
            (None, Some(line), _) => Some(LogPlace::Before(line)),
            (None, None, Some(_)) => Some(LogPlace::End),
            (None, None, None) => None,
        }
    }
}

async fn read(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(task)): Input<Path<Uuid>>,
    Input(Query(part)): Input<Query<Part>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let services = &state.services;
    if let Some(place) = part.place() {
        let lines = part.lines.unwrap_or_default();
        let window = task_logs::window(services, &caller, task, place, lines).await?;
        return Ok(Json(window).into_response());
    }
    let range = headers
        .get(RANGE)
        .and_then(|range| byte_range(range.to_str().ok()?));
    match range {
        Some(range) => read_bytes(services, &caller, task, range).await,
        None => download(services, &caller, task).await,
    }
}

/// A range as asked for: its first byte and the one behind its last, or that many from the end.
#[derive(Debug, PartialEq, Eq)]
enum ByteRange {
    From(Range<u64>),
    Last(u64),
}

/// One range of bytes (RFC 9110, 14.1.2). Several, or anything else, are ignored, as it allows.
fn byte_range(text: &str) -> Option<ByteRange> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        return last.parse().ok().map(ByteRange::Last);
    }
    let first = first.parse().ok()?;
    let end = if last.is_empty() {
        u64::MAX
    } else {
        last.parse::<u64>().ok()?.saturating_add(1)
    };
    (first < end).then_some(ByteRange::From(first..end))
}

async fn read_bytes(
    services: &Services,
    caller: &Caller,
    task: Uuid,
    range: ByteRange,
) -> Result<Response, ApiError> {
    let range = match range {
        ByteRange::From(range) => range,
        ByteRange::Last(count) => {
            let length = service::tasks::view(services, caller, task)
                .await?
                .log_length;
            length.saturating_sub(count)..length
        }
    };
    let start = range.start;
    let (bytes, length) = task_logs::bytes(services, caller, task, range).await?;
    let (status, shown) = match bytes.len() as u64 {
        0 => (
            StatusCode::RANGE_NOT_SATISFIABLE,
            format!("bytes */{length}"),
        ),
        count => (
            StatusCode::PARTIAL_CONTENT,
            format!("bytes {start}-{}/{length}", start + count - 1),
        ),
    };
    let plain = "text/plain; charset=utf-8";
    Ok((
        status,
        [(CONTENT_TYPE, plain)],
        [(CONTENT_RANGE, shown)],
        bytes,
    )
        .into_response())
}

async fn download(services: &Services, caller: &Caller, task: Uuid) -> Result<Response, ApiError> {
    let (task, steps) = task_logs::download(services, caller, task).await?;
    let name: String = task
        .agent_name
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() || "-_.".contains(char) {
                char
            } else {
                '_'
            }
        })
        .collect();
    let disposition = format!("attachment; filename=\"{name}-{}.log\"", task.id);
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let steps = steps.inspect(|step| {
        if let Err(error) = step {
            tracing::error!(%error, "a download broke off");
        }
    });
    Ok((headers, Body::from_stream(steps)).into_response())
}

#[derive(Debug, Deserialize)]
struct FollowFrom {
    /// The first line to send; without it, what comes from now on.
    from_line: Option<u64>,
}

/// Server-sent events: `lines` with a window, whose id is the line to go on from; then `end`.
async fn follow(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(task)): Input<Path<Uuid>>,
    Input(Query(FollowFrom { from_line })): Input<Query<FollowFrom>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let windows = task_logs::follow(&state.services, &caller, task, last.or(from_line)).await?;
    // Behind `end` too: whoever is cut off must not take the log for finished.
    let ended = standing::ended(state.services.clone(), caller, state.stop);
    Ok(Sse::new(events(windows).take_until(Box::pin(ended)))
        .keep_alive(KeepAlive::default())
        .into_response())
}

fn events(
    windows: impl Stream<Item = service::Result<LogWindow>> + Send,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    let lines = windows.map(|window| {
        Ok(match window.and_then(|window| event(&window)) {
            Ok(event) => event,
            // The stream ends here; the browser asks again from the last id.
            Err(error) => {
                tracing::error!(%error, "following a log broke off");
                Event::default().event("broken")
            }
        })
    });
    lines.chain(futures::stream::once(async {
        Ok(Event::default().event("end").data("{}"))
    }))
}

fn event(window: &LogWindow) -> service::Result<Event> {
    Event::default()
        .event("lines")
        .id(window.next().to_string())
        .json_data(window)
        .map_err(|error| Error::Unexpected(format!("a window cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_writes_them() {
        assert_eq!(byte_range("bytes=0-99"), Some(ByteRange::From(0..100)));
        assert_eq!(byte_range("bytes=5-"), Some(ByteRange::From(5..u64::MAX)));
        assert_eq!(byte_range("bytes=-7"), Some(ByteRange::Last(7)));
        assert_eq!(byte_range("bytes=0-1,4-5"), None);
        assert_eq!(byte_range("lines=0-1"), None);
    }
}
