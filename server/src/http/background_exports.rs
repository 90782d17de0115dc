//! `/api/v1/exports`: exports that are prepared in the background, and their files.
//!
//! A file comes through the server, never from the object store itself, so that permission and
//! record stay in one place.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::TryStreamExt as _;
use model::export::{BackgroundExport, ExportPage, NewExport};
use serde::Deserialize;
use service::exports::background::{self, Download};
use uuid::Uuid;

use crate::http::AppState;
use crate::http::caller::Identified;
use crate::http::error::ApiError;
use crate::http::extract::Input;
use crate::http::headers::AsStored;

/// The digest of what is sent, RFC 9530.
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/exports", post(create).get(list))
        .route("/api/v1/exports/{id}", get(read).delete(cancel))
        .route("/api/v1/exports/{id}/content", get(content))
}

async fn create(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Json(new)): Input<Json<NewExport>>,
) -> Result<Response, ApiError> {
    let export = background::create(&state.services, &caller, new).await?;
    let location = format!("/api/v1/exports/{}", export.id);
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(export)).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// The last export of the page before.
    before: Option<Uuid>,
}

async fn list(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Query(Page { before })): Input<Query<Page>>,
) -> Result<Json<ExportPage>, ApiError> {
    Ok(Json(
        background::list(&state.services, &caller, before).await?,
    ))
}

async fn read(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(id)): Input<Path<Uuid>>,
) -> Result<Json<BackgroundExport>, ApiError> {
    Ok(Json(background::read(&state.services, &caller, id).await?))
}

/// Ends an export that is not finished, or takes a finished one's file away.
async fn cancel(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(id)): Input<Path<Uuid>>,
) -> Result<Json<BackgroundExport>, ApiError> {
    Ok(Json(
        background::cancel(&state.services, &caller, id).await?,
    ))
}

/// The file, with its length and digest.
async fn content(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Path(id)): Input<Path<Uuid>>,
) -> Result<Response, ApiError> {
    let Download { export, bytes } = background::download(&state.services, &caller, id).await?;
    let bytes = bytes.map_err(move |error| {
        tracing::error!(export = %id, %error, "the file of an export broke off");
        std::io::Error::other("the file broke off")
    });
    let mut response = Body::from_stream(bytes).into_response();
    response.extensions_mut().insert(AsStored);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(export.media_type()));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(export.bytes));
    // A name made of a time and a format: always a header's value.
    let name = format!("attachment; filename=\"{}\"", export.file_name());
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    if let Some(digest) = export.sha256.as_deref().and_then(digest) {
        headers.insert(REPR_DIGEST, digest);
    }
    Ok(response)
}

/// Hexadecimal as a structured field's byte sequence.
fn digest(hexadecimal: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hexadecimal.get(at..at + 2)?, 16).ok())
        .collect();
    let value = format!("sha-256=:{}:", STANDARD.encode(bytes?));
    HeaderValue::from_str(&value).ok()
}
