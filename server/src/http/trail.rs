//! `/api/v1/trail`: what a monitor or a mirror reads (c2sp.org/tlog-tiles), and proofs of events.
//!
//! Tiles and checkpoints hold hashes and no content, so whoever may read logs may read them all.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use model::integrity::{EventProof, TrailStatus};
use uuid::Uuid;

use crate::http::AppState;
use crate::http::caller::Identified;
use crate::http::error::ApiError;
use crate::http::extract::Input;

/// A full tile never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
/// Whatever else may at the next turn.
const NOT_AT_ALL: HeaderValue = HeaderValue::from_static("no-store");

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/trail", get(status))
        .route("/api/v1/trail/checkpoint", get(checkpoint))
        .route("/api/v1/trail/policy", get(policy))
        .route("/api/v1/trail/tile/{*path}", get(tile))
        .route("/api/v1/events/{id}/proof", get(proof))
        .route("/api/v1/events/{id}/receipt", get(receipt))
}

/// Size, newest checkpoint, holes and damage.
async fn status(
    State(state): State<AppState>,
    Identified(caller): Identified,
) -> Result<Json<TrailStatus>, ApiError> {
    Ok(Json(
        service::trail::status(&state.services, &caller).await?,
    ))
}

/// The newest checkpoint, a signed note.
async fn checkpoint(
    State(state): State<AppState>,
    Identified(caller): Identified,
) -> Result<impl IntoResponse, ApiError> {
    let note = service::trail::checkpoint(&state.services, &caller).await?;
    Ok((headers("text/plain; charset=utf-8", NOT_AT_ALL), note))
}

/// The keys, as a policy that an auditor's verifier takes.
async fn policy(
    State(state): State<AppState>,
    Identified(caller): Identified,
) -> Result<impl IntoResponse, ApiError> {
    let policy = service::trail::policy(&state.services, &caller).await?;
    Ok((headers("text/plain; charset=utf-8", NOT_AT_ALL), policy))
}

/// A tile of hashes or of entries.
async fn tile(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(path)): Input<Path<String>>,
) -> Result<impl IntoResponse, ApiError> {
    let (tile, bytes) = service::trail::tile(&state.services, &caller, &path).await?;
    let cache = if tile.is_full() { FOR_EVER } else { NOT_AT_ALL };
    Ok((headers("application/octet-stream", cache), bytes))
}

/// The proof that an event stands in the trail.
async fn proof(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(id)): Input<Path<Uuid>>,
) -> Result<Json<EventProof>, ApiError> {
    Ok(Json(
        service::trail::receipt(&state.services, &caller, id).await?,
    ))
}

/// The receipt alone, as a file that a verifier takes.
async fn receipt(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(id)): Input<Path<Uuid>>,
) -> Result<impl IntoResponse, ApiError> {
    let proof = service::trail::receipt(&state.services, &caller, id).await?;
    Ok((
        headers("text/plain; charset=utf-8", NOT_AT_ALL),
        proof.receipt,
    ))
}

const fn headers(kind: &'static str, cache: HeaderValue) -> [(HeaderName, HeaderValue); 2] {
    [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, cache),
    ]
}
