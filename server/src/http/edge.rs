//! What every request to a page or to `/api` passes before a handler, and its answer after: in one
//! layer, since each of axum's own copies all that lie within it for each request.
//!
//! In order: other sites are refused, the caller is found out, the quota is counted; then the
//! errors of server functions and the router's bare refusals get their form.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::AppState;
use crate::http::{caller, origin, rates, server_functions, unknown};

/// The state is shared and not copied: it holds dozens of counted references.
pub async fn pass(
    State(state): State<Arc<AppState>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(refused) = origin::same_origin(&request) {
        return refused;
    }
    if let Err(answered) = caller::identify(&state, &mut request).await {
        return answered;
    }
    if let Err(refused) = rates::limit(&state.rates, &request) {
        return refused;
    }
    let asked = unknown::Asked::of(&request);
    let response = next.run(request).await;
    let response = server_functions::answer_errors(asked.is_stable, response).await;
    unknown::explain(&asked, response)
}
