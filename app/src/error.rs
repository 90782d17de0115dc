//! Every error that a browser may see.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::problem::FieldError;
use serde::{Deserialize, Serialize};

/// What went wrong, in words for the user; the cause stays in the server's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    /// A stable word: `unauthenticated`, `forbidden`, `not-found`, `invalid`, `conflict`, …
    pub code: String,
    pub status: u16,
    pub message: String,
    /// Under which the server's log keeps the cause.
    pub request_id: Option<String>,
    /// Each refused field of a form.
    pub errors: Vec<FieldError>,
}

impl AppError {
    /// Why a field of a form was refused.
    #[must_use]
    pub fn reason_for(&self, path: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.path == path)
            .map(|error| error.reason.as_str())
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// What never reached a service: the network, a body that cannot be read.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let mut errors = Vec::new();
        let (code, status, message) = match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => (
                "offline",
                503,
                "The server cannot be reached. Nothing was changed; try again.".to_owned(),
            ),
            ServerFnErrorErr::Args(detail)
            | ServerFnErrorErr::MissingArg(detail)
            | ServerFnErrorErr::Deserialization(detail) => {
                let field = FieldError::from_reader(&detail, "$");
                let message = format!("{}: {}.", field.path, field.reason);
                errors.push(field);
                ("invalid", 400, message)
            }
            _ => (
                "internal",
                500,
                "The request failed before it was handled.".to_owned(),
            ),
        };
        Self {
            code: code.to_owned(),
            status,
            message,
            request_id: None,
            errors,
        }
    }
}
