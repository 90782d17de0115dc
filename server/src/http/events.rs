//! Routes of events.

use axum::Router;

use crate::http::AppState;

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
}
