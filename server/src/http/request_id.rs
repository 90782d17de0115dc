//! Gives each request an id, which the answer, the log and the events carry.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Assigns the id, times the request, writes one line about it. An id that the client sent is
/// not taken: it would let a sender choose what the log says.
pub async fn assign(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let span = tracing::info_span!("request", request_id = %id);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    // The path itself can hold search text, so only the route's pattern is written.
    let route = route.unwrap_or_else(|| "page".to_owned());
    tracing::debug!(request_id = %id, %method, route, status, duration_ms = seconds * 1000.0, "request");
    metrics::histogram!("auditorium_http_request_duration_seconds", "route" => route, "status" => status.to_string())
        .record(seconds);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
