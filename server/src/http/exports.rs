//! `/api/v1/events/export`: a whole result as a file. Links of the page lead here as well.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures::StreamExt as _;
use service::bundles::{Bundle, BundleRequest};
use service::exports::{Export, ExportRequest};
use service::{Caller, Error, Result};
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use crate::http::AppState;
use crate::http::caller::Identified;
use crate::http::error::ApiError;
use crate::http::headers::AsStored;

/// The format that is no rendering of rows but a proof.
const BUNDLE: &str = "bundle";

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/api/v1/events/export", get(export))
}

/// Streams `?format=&q=&columns=a,b&id=…&id=…`. A file that breaks off ends the connection
/// without its last chunk, so that no client takes it for whole.
async fn export(
    State(state): State<AppState>,
    Identified(caller): Identified,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let pairs = form_urlencoded(query.as_deref().unwrap_or_default())?;
    let is_bundle = |(name, value): &(String, String)| name == "format" && value == BUNDLE;
    if pairs.iter().any(is_bundle) {
        return bundle(&state, &caller, pairs).await;
    }
    let request = request(pairs)?;
    let Export {
        format,
        file_name,
        bytes,
    } = service::exports::start(&state.services, &caller, request).await?;
    let bytes = ReceiverStream::new(bytes)
        .map(|part| part.map_err(|error| std::io::Error::other(error.to_string())));
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file_name}\""),
        ),
    ];
    Ok((headers, Body::from_stream(bytes)).into_response())
}

/// Streams `?format=bundle&q=&hide=/actor/email&pin=SIZE&reason=`, compressed as a file: never
/// unpacked on the way.
async fn bundle(
    state: &AppState,
    caller: &Caller,
    pairs: Vec<(String, String)>,
) -> Result<Response, ApiError> {
    let request = bundle_request(pairs)?;
    let Bundle { file_name, bytes } =
        service::bundles::start(&state.services, caller, request).await?;
    let bytes = ReceiverStream::new(bytes)
        .map(|part| part.map_err(|error| std::io::Error::other(error.to_string())));
    let headers = [
        (CONTENT_TYPE, "application/gzip".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file_name}\""),
        ),
    ];
    Ok((headers, Extension(AsStored), Body::from_stream(bytes)).into_response())
}

fn bundle_request(pairs: Vec<(String, String)>) -> Result<BundleRequest> {
    let mut request = BundleRequest::default();
    for (name, value) in pairs {
        match name.as_str() {
            "format" if value == BUNDLE => (),
            "format" => return Err(Error::invalid("format", "can be named once")),
            "q" => request.query = value,
            "reason" => request.reason = value,
            "id" => request.ids.push(id(&value)?),
            "hide" => request.hide.extend(
                value
                    .split(',')
                    .filter(|path| !path.is_empty())
                    .map(str::to_owned),
            ),
            "pin" => request.pins.push(
                value
                    .parse()
                    .map_err(|_| Error::invalid("pin", format!("“{value}” is no size")))?,
            ),
            other => return Err(Error::invalid(other, "is no parameter of a bundle")),
        }
    }
    Ok(request)
}

fn id(value: &str) -> Result<Uuid> {
    value
        .parse()
        .map_err(|_| Error::invalid("id", format!("“{value}” is no UUID")))
}

fn request(pairs: Vec<(String, String)>) -> Result<ExportRequest> {
    let mut request = ExportRequest::default();
    for (name, value) in pairs {
        match name.as_str() {
            "q" => request.query = value,
            "format" => request.format = Some(parsed("format", &value)?),
            "id" => request.ids.push(id(&value)?),
            "columns" => {
                for column in value.split(',').filter(|column| !column.is_empty()) {
                    request.columns.push(parsed("columns", column)?);
                }
            }
            other => return Err(Error::invalid(other, "is no parameter of an export")),
        }
    }
    Ok(request)
}

fn parsed<T: std::str::FromStr<Err = model::event::UnknownValue>>(
    name: &str,
    value: &str,
) -> Result<T> {
    value
        .parse()
        .map_err(|error: T::Err| Error::invalid(name, error.to_string()))
}

/// The pairs of a query string; a name may stand several times.
fn form_urlencoded(query: &str) -> Result<Vec<(String, String)>> {
    let uri = format!("/?{query}")
        .parse()
        .map_err(|_| Error::invalid("q", "cannot be read"))?;
    axum::extract::Query::try_from_uri(&uri)
        .map(|axum::extract::Query(pairs)| pairs)
        .map_err(|error| Error::invalid("q", error.to_string()))
}
