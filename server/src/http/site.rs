//! The site inside the binary: every file an exact address, compressed ahead of time. A file that
//! was not there when the binary was built does not exist. Pages name what is in `pkg` by the hash
//! of the site, so a browser keeps it for good; everything else is asked for again by its tag.

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};

use crate::http::AppState;
use crate::http::headers::AsStored;

/// One file, as `build.rs` found it.
#[derive(Debug)]
struct File {
    address: &'static str,
    kind: &'static str,
    raw: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// How long a browser keeps a file without asking.
#[derive(Clone, Copy, Debug)]
enum Keep {
    /// Its address changes with it.
    Always,
    /// Its tag says whether it changed.
    Ask,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// Hash of all files: another build may hold other bytes.
const HASH: &str = env!("AUDITORIUM_SITE_TAG");

/// The folder in which pages look for their code.
pub(super) const PKG: &str = concat!("pkg/", env!("AUDITORIUM_SITE_TAG"));

/// A route for each file; what is in `pkg` has a second one below the hash.
pub(super) fn routes() -> Router<AppState> {
    FILES.iter().fold(Router::new(), |router, file| {
        let router = router.route(file.address, serve(file, Keep::Ask));
        match file.address.strip_prefix("/pkg/") {
            Some(name) => router.route(&format!("/{PKG}/{name}"), serve(file, Keep::Always)),
            None => router,
        }
    })
}

/// A file's bytes, uncompressed.
pub(super) fn file(address: &str) -> Option<&'static [u8]> {
    let found = FILES.iter().find(|file| file.address == address);
    found.map(|file| file.raw)
}

fn serve(file: &'static File, keep: Keep) -> MethodRouter<AppState> {
    get(async move |headers: HeaderMap| answer(file, keep, &headers))
}

fn answer(file: &File, keep: Keep, headers: &HeaderMap) -> Response {
    let (coding, bytes) = chosen(file, headers);
    // Each coding is a representation of its own.
    let tag = format!("\"{HASH}-{}\"", coding.unwrap_or("raw"));
    let mut response = if names(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, file.kind)], Body::from(bytes)).into_response()
    };
    let is_whole = response.status() == StatusCode::OK;
    let answered = response.headers_mut();
    if let Some(coding) = coding.filter(|_| is_whole) {
        answered.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answered.insert(ETAG, tag);
    }
    answered.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if matches!(keep, Keep::Always) {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        answered.insert(CACHE_CONTROL, forever);
    }
    response.extensions_mut().insert(AsStored);
    response
}

/// The smallest form that the client takes, and the name of its coding.
fn chosen(file: &File, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    match (file.brotli, file.gzip) {
        (Some(packed), _) if takes(headers, "br") => (Some("br"), packed),
        (_, Some(packed)) if takes(headers, "gzip") => (Some("gzip"), packed),
        _ => (None, file.raw),
    }
}

/// Whether `Accept-Encoding` names the coding, and not with a weight of zero.
fn takes(headers: &HeaderMap, coding: &str) -> bool {
    listed(headers, ACCEPT_ENCODING.as_str()).any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight = weight.trim().trim_start_matches("q=").parse();
        name.trim().eq_ignore_ascii_case(coding) && weight.is_ok_and(|weight: f32| weight > 0.0)
    })
}

/// Whether the client has what this tag names; proxies that compress weaken tags.
fn names(headers: &HeaderMap, tag: &str) -> bool {
    listed(headers, IF_NONE_MATCH.as_str())
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

fn listed<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}
