//! What a request carries, read strictly: axum's own refusals become problems that name the field.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Json, RawPathParams, Request};
use axum::http::request::Parts;
use model::problem::FieldError;
use service::Error;

use crate::http::error::ApiError;
use crate::http::request_id::RequestId;

/// One of axum's extractors, refusing as this interface does: `Input(Query(x)): Input<Query<X>>`.
#[derive(Clone, Copy, Debug)]
pub struct Input<E>(pub E);

impl<S, E> FromRequestParts<S> for Input<E>
where
    S: Send + Sync,
    E: FromRequestParts<S>,
    E::Rejection: Refusal,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let rejection = match E::from_request_parts(parts, state).await {
            Ok(extracted) => return Ok(Self(extracted)),
            Err(rejection) => rejection,
        };
        let names = RawPathParams::from_request_parts(parts, state).await.ok();
        let id = parts.extensions.get();
        Err(refused(rejection.refusal(names.as_ref()), id))
    }
}

impl<S, T> FromRequest<S> for Input<Json<T>>
where
    S: Send + Sync,
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let id: Option<RequestId> = request.extensions().get().cloned();
        match Json::<T>::from_request(request, state).await {
            Ok(extracted) => Ok(Self(extracted)),
            Err(rejection) => Err(refused(rejection.refusal(None), id.as_ref())),
        }
    }
}

fn refused(error: Error, id: Option<&RequestId>) -> ApiError {
    match id {
        Some(id) => ApiError::of(error, id),
        None => error.into(),
    }
}

/// A refusal of axum in this interface's words.
pub trait Refusal: Send {
    /// `names` are the path's parameters as they were sent.
    fn refusal(self, names: Option<&RawPathParams>) -> Error;
}

impl Refusal for QueryRejection {
    fn refusal(self, _: Option<&RawPathParams>) -> Error {
        Error::Invalid(vec![FieldError::from_reader(&cause(&self), "query")])
    }
}

impl Refusal for PathRejection {
    fn refusal(self, names: Option<&RawPathParams>) -> Error {
        let Self::FailedToDeserializePathParams(failed) = &self else {
            return Error::invalid("path", "cannot be read");
        };
        match failed.kind() {
            ErrorKind::ParseErrorAtKey {
                key,
                value,
                expected_type,
            } => Error::invalid(key, not_of(value, expected_type)),
            ErrorKind::ParseError {
                value,
                expected_type,
            } => Error::invalid(name_of(names, value), not_of(value, expected_type)),
            ErrorKind::InvalidUtf8InPathParam { key } => Error::invalid(key, "is not valid UTF-8"),
            ErrorKind::DeserializeError { key, value, .. } => {
                Error::invalid(key, format!("cannot be “{value}”"))
            }
            _ => {
                let (name, value) = names
                    .and_then(|names| names.iter().next())
                    .unwrap_or(("path", ""));
                Error::invalid(name, format!("cannot be “{value}”"))
            }
        }
    }
}

impl Refusal for JsonRejection {
    fn refusal(self, _: Option<&RawPathParams>) -> Error {
        match self {
            Self::JsonDataError(error) => {
                Error::Invalid(vec![FieldError::from_reader(&cause(&error), "$")])
            }
            Self::JsonSyntaxError(error) => {
                Error::invalid("$", format!("is not JSON: {}", cause(&error)))
            }
            Self::MissingJsonContentType(_) => {
                Error::invalid("Content-Type", "must be application/json")
            }
            other => Error::TooLarge(format!("The body cannot be taken: {other}.")),
        }
    }
}

/// What serde says, without axum's sentence before it.
fn cause(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    match text.split_once(": ") {
        Some((_, cause)) => cause.to_owned(),
        None => text,
    }
}

fn not_of(value: &str, expected: &str) -> String {
    let kind = expected.rsplit("::").next().unwrap_or(expected);
    format!("“{value}” is no {kind}")
}

/// The name of the parameter that has this value.
fn name_of<'a>(names: Option<&'a RawPathParams>, value: &str) -> &'a str {
    names
        .and_then(|names| names.iter().find(|(_, sent)| *sent == value))
        .map_or("path", |(name, _)| name)
}
