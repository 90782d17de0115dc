//! The site inside the binary: every file an exact address, compressed ahead of time. A file that
//! was not there when the binary was built does not exist.

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, VARY,
};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::http::AppState;

/// One file, as `build.rs` found it.
#[derive(Debug)]
struct File {
    address: &'static str,
    kind: &'static str,
    raw: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// The version is part of the tag: another build may hold other bytes.
const TAG: &str = concat!(
    "\"",
    env!("CARGO_PKG_VERSION"),
    "-",
    env!("AUDITORIUM_SITE_TAG"),
    "\""
);

/// A route for each file.
pub(super) fn routes() -> Router<AppState> {
    FILES.iter().fold(Router::new(), |router, file| {
        router.route(
            file.address,
            get(move |headers: HeaderMap| async move { answer(file, &headers) }),
        )
    })
}

fn answer(file: &File, headers: &HeaderMap) -> Response {
    if headers.get(IF_NONE_MATCH).is_some_and(|tag| tag == TAG) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, TAG)]).into_response();
    }
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let takes = |coding: &str| {
        accepted.split(',').any(|part| {
            part.split(';')
                .next()
                .is_some_and(|name| name.trim() == coding)
        })
    };
    let common = [
        (CONTENT_TYPE, file.kind),
        (ETAG, TAG),
        (VARY, "accept-encoding"),
    ];
    match (file.brotli, file.gzip) {
        (Some(packed), _) if takes("br") => {
            (common, [(CONTENT_ENCODING, "br")], Body::from(packed)).into_response()
        }
        (_, Some(packed)) if takes("gzip") => {
            (common, [(CONTENT_ENCODING, "gzip")], Body::from(packed)).into_response()
        }
        _ => (common, Body::from(file.raw)).into_response(),
    }
}
