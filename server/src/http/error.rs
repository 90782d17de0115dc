//! A service's error as problem details (RFC 9457), logged once, here.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use model::problem::Problem;
use service::Error;

use crate::http::request_id::RequestId;

/// What handlers of `/api/v1` return when a use case did not happen.
#[derive(Debug)]
pub struct ApiError {
    error: Error,
    request_id: Option<String>,
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self {
            error,
            request_id: None,
        }
    }
}

impl ApiError {
    /// The same error with the id of its request.
    #[must_use]
    pub fn of(error: Error, request_id: &RequestId) -> Self {
        Self {
            error,
            request_id: Some(request_id.0.clone()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { error, request_id } = self;
        if error.status() >= 500 {
            tracing::error!(request_id, %error, "request failed");
        }
        let status =
            StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = match &error {
            Error::TooMany { retry_after_secs }
            | Error::Busy {
                retry_after_secs, ..
            } => Some(*retry_after_secs),
            _ => None,
        };
        let problem = Problem {
            kind: format!("/docs/problems#{}", error.code()),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: error.message(),
            request_id,
            errors: match error {
                Error::Invalid(errors) => errors,
                _ => Vec::new(),
            },
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Answers for a handler that panicked, without saying why.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of ResponseForPanic"
)]
pub fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without text");
    ApiError::from(Error::Unexpected(format!("panicked: {text}"))).into_response()
}
