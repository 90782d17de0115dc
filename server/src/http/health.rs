//! Whether the process lives, whether it can serve, and what it counts.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::http::AppState;

/// Routes that need no caller. `/metrics` is for loopback and named proxies' networks; put it
/// behind the ingress' rules.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(async |State(state): State<AppState>| state.metrics.render()),
        )
}

async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.services.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            )
        }
    }
}
