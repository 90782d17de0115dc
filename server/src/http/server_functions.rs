//! Errors of server functions as HTTP has them.
//!
//! Leptos 0.8 answers every error of a server function with 500. The error itself says its
//! status; here the answer gets it, and under `/api/v1` becomes a problem (RFC 9457) like those
//! of the plain routes.

use app::AppError;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use model::problem::Problem;

/// Set by Leptos on the answer of a server function that failed.
const MARK: HeaderName = HeaderName::from_static("serverfnerror");

/// An error is a few sentences; more is not read.
const LARGEST: usize = 256 * 1024;

/// Corrects the status, and the form where the stable interface promises another.
pub async fn answer_errors(is_stable: bool, response: Response) -> Response {
    if !response.headers().contains_key(&MARK) || response.status().is_redirection() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let Ok(error) = serde_json::from_slice::<AppError>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    parts.headers.remove(CONTENT_LENGTH);
    if !is_stable {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    let problem = Problem {
        kind: format!("/docs/problems#{}", error.code),
        title: parts
            .status
            .canonical_reason()
            .unwrap_or("Error")
            .to_owned(),
        status: error.status,
        detail: error.message,
        request_id: error.request_id,
        errors: error.errors,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_else(|_| bytes.to_vec());
    Response::from_parts(parts, Body::from(body))
}
