//! Under `/api`, an address or a method that does not exist is a problem (RFC 9457) like any other
//! error there; elsewhere it is the console's own page.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::any;
use model::problem::Problem;

use crate::http::AppState;
use crate::http::request_id::RequestId;

/// Keeps addresses under `/api` from being taken for pages.
pub fn routes() -> Router<AppState> {
    Router::new().route("/api/{*rest}", any(async || StatusCode::NOT_FOUND))
}

/// What an answer has to know of its request.
#[derive(Debug)]
pub struct Asked {
    /// Whether it came to `/api`.
    is_api: bool,
    /// Whether it came to the interface that stays as it is.
    pub is_stable: bool,
    request_id: Option<RequestId>,
}

impl Asked {
    /// Notes it, before a handler takes the request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let path = request.uri().path();
        Self {
            is_api: path.starts_with("/api/"),
            is_stable: path.starts_with("/api/v1/"),
            request_id: request.extensions().get().cloned(),
        }
    }
}

/// Gives the router's bare refusals a body that says what is wrong.
pub fn explain(asked: &Asked, response: Response) -> Response {
    if !asked.is_api || response.headers().contains_key(CONTENT_TYPE) {
        return response;
    }
    let Some((code, detail)) = refusal(response.status(), response.headers()) else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    let problem = Problem {
        kind: format!("/docs/problems#{code}"),
        title: parts
            .status
            .canonical_reason()
            .unwrap_or("Error")
            .to_owned(),
        status: parts.status.as_u16(),
        detail,
        request_id: asked.request_id.as_ref().map(|id| id.0.clone()),
        errors: Vec::new(),
    };
    let kind = HeaderValue::from_static("application/problem+json");
    parts.headers.insert(CONTENT_TYPE, kind);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(serde_json::json!(problem).to_string()))
}

fn refusal(status: StatusCode, headers: &HeaderMap) -> Option<(&'static str, String)> {
    match status {
        StatusCode::NOT_FOUND => Some((
            "not-found",
            "There is no such endpoint. Those there are stand in /docs/openapi.json.".to_owned(),
        )),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = headers.get(ALLOW).and_then(|allowed| allowed.to_str().ok());
            let allowed = allowed.unwrap_or("another method").replace(',', ", ");
            Some(("method", format!("This endpoint takes {allowed}.")))
        }
        _ => None,
    }
}
