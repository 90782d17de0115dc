//! The one source of errors: what the user may see, what the log keeps.

use model::permission::Permission;
use model::problem::FieldError;

/// Why a use case did not happen. Nothing was written in any of these cases.
///
/// `Display` is for the log; [`Error::message`] is for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 401: no credential, or one that does not hold.
    #[error("not signed in")]
    Unauthenticated,
    /// 403: known, but not permitted.
    #[error("{} is not permitted", permission.as_str())]
    Forbidden { permission: Permission },
    /// 404: not there, or the caller may not know that it is.
    #[error("no such {what}")]
    NotFound { what: &'static str },
    /// 400: values that cannot be taken, each with its field.
    #[error("invalid: {}", .0.iter().map(|e| format!("{}: {}", e.path, e.reason)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// 409: the state does not allow it. The text is for the user.
    #[error("conflict: {0}")]
    Conflict(String),
    /// 410: was there and was removed. The text is for the user.
    #[error("gone: {0}")]
    Gone(String),
    /// 413: more than is taken at once. The text names the limit.
    #[error("too large: {0}")]
    TooLarge(String),
    /// 429: too often.
    #[error("too many requests; retry after {retry_after_secs} s")]
    TooMany { retry_after_secs: u64 },
    /// 429: all places for such work are taken. The text is for the user: what to do instead.
    #[error("busy; retry after {retry_after_secs} s")]
    Busy {
        retry_after_secs: u64,
        message: String,
    },
    /// 500: our fault; the cause is for the log only.
    #[error("internal: {0}")]
    Internal(#[from] store::Error),
    /// 500: our fault, not the store's.
    #[error("internal: {0}")]
    Unexpected(String),
}

/// A result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One refused field.
    #[must_use]
    pub fn invalid(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(path, reason)])
    }

    /// The HTTP status, by RFC 9110.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound { .. } => 404,
            Self::Invalid(_) => 400,
            Self::Conflict(_) => 409,
            Self::Gone(_) => 410,
            Self::TooLarge(_) => 413,
            Self::TooMany { .. } | Self::Busy { .. } => 429,
            Self::Internal(_) | Self::Unexpected(_) => 500,
        }
    }

    /// A stable word for the kind of error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound { .. } => "not-found",
            Self::Invalid(_) => "invalid",
            Self::Conflict(_) => "conflict",
            Self::Gone(_) => "gone",
            Self::TooLarge(_) => "too-large",
            Self::TooMany { .. } | Self::Busy { .. } => "too-many",
            Self::Internal(_) | Self::Unexpected(_) => "internal",
        }
    }

    /// What the user may see: what happened, what was kept, what to do.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "Sign in, or send a token that is valid.".to_owned(),
            Self::Forbidden { permission } => {
                format!("Your role or token does not have the permission “{}”.", permission.as_str())
            }
            Self::NotFound { what } => format!("There is no such {what}."),
            Self::Invalid(errors) => errors
                .first()
                .map_or_else(String::new, |error| format!("{}: {}.", error.path, error.reason)),
            Self::Conflict(text) | Self::Gone(text) | Self::TooLarge(text) => text.clone(),
            Self::Busy { message, .. } => message.clone(),
            Self::TooMany { retry_after_secs } => {
                format!("Too many requests. Try again in {retry_after_secs} seconds.")
            }
            Self::Internal(_) | Self::Unexpected(_) => {
                "Something failed on our side. Nothing was changed. The server's log names the cause under the request id.".to_owned()
            }
        }
    }
}
