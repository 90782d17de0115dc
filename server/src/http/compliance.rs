//! `/api/v1/compliance`: the compliance view as one JSON document, with the sentence that it is
//! no certification.

use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use crate::http::AppState;
use crate::http::caller::Identified;
use crate::http::error::ApiError;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/api/v1/compliance", get(report))
}

async fn report(
    State(state): State<AppState>,
    Identified(caller): Identified,
) -> Result<Response, ApiError> {
    let report = service::compliance::report(&state.services, &caller).await?;
    let name = [(
        CONTENT_DISPOSITION,
        "attachment; filename=\"compliance.json\"",
    )];
    Ok((name, Json(report)).into_response())
}
