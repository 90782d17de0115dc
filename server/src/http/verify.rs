//! `/verify`: the page that verifies bundles in the browser, for anybody.
//!
//! It is the file `/verify.html`, byte for byte, but for one place: to whoever may read logs it
//! states the keys of this installation. The page marks what rests on them as such, since the
//! server that stated them sent the page too.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::http::caller::Identified;
use crate::http::{AppState, headers, pages};

/// Where the page waits for what the server states: a block of data, which no policy runs.
const STATED: &str = "<script type=\"application/json\" id=\"stated\">null<";

/// The page's route.
pub fn routes() -> Router<AppState> {
    Router::new().route("/verify", get(page))
}

async fn page(State(state): State<AppState>, Identified(caller): Identified) -> Response {
    let Some(page) = pages::file(&state, "/verify.html").await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Ok(policy) = service::trail::policy(&state.services, &caller).await {
        page = page.replacen(STATED, &stated(&policy), 1);
    }
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, headers::VERIFIER),
    ];
    (headers, page).into_response()
}

/// No text in it can end the element.
fn stated(policy: &str) -> String {
    let data = json!({"policy": policy})
        .to_string()
        .replace('<', "\\u003c");
    STATED.replace("null<", &format!("{data}<"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_states_cannot_end_its_element() {
        let stated = stated("log </script>");
        assert!(stated.ends_with("{\"policy\":\"log \\u003c/script>\"}<"));
    }
}
