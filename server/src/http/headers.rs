//! The headers that every answer carries.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Marks an answer that is sent byte for byte as it is stored: never compressed on the way, so
/// that its length and digest hold.
#[derive(Clone, Copy, Debug)]
pub struct AsStored;

/// Whether people reach the process by HTTPS.
#[derive(Clone, Copy, Debug)]
pub struct Https(pub bool);

/// The worker that verifies bundles: it holds its own WASM and reads bundles from here.
const WORKER: &str =
    "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'";

/// The page that verifies bundles has the digests of what may run in it in itself; only what
/// cannot stand there is added.
pub(super) const VERIFIER: &str = "frame-ancestors 'none'";

/// The policy of a file that runs by itself, not under that of a page.
fn own_policy(path: &str) -> Option<HeaderValue> {
    let is_worker = path.starts_with("/pkg/") && path.ends_with("/verify-worker.js");
    let policy = match path {
        "/verify.html" => VERIFIER,
        _ if is_worker => WORKER,
        _ => return None,
    };
    Some(HeaderValue::from_static(policy))
}

/// Adds them; what a handler has set itself stays.
pub async fn secure(State(https): State<Https>, request: Request, next: Next) -> Response {
    let own = own_policy(request.uri().path());
    let is_asset = ["/pkg/", "/fonts/", "/icons.svg", "/favicon.svg"]
        .iter()
        .any(|prefix| request.uri().path().starts_with(prefix));
    let mut response = next.run(request).await;
    if let Some(policy) = own {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    let mut response = with_page_policy(response).await;
    let headers = response.headers_mut();
    // At once: each growth would place all of them anew.
    headers.reserve(12);
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    // Plain forms are sent back to where they came from by this header.
    set(REFERRER_POLICY, "same-origin");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    set(
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    set(
        CACHE_CONTROL,
        if is_asset { "no-cache" } else { "no-store" },
    );
    if https.0 {
        set(STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    }
    response
}

/// A page carries the policy that its renderer set. Rarely, seen when a reader leaves a page for
/// itself while it is rendered, that header does not arrive; the document still has its nonce, in
/// the head before anything that a reader wrote, and the same policy is made from it.
async fn with_page_policy(response: Response) -> Response {
    /// Where the nonce stands, if it does.
    const HEAD: usize = 4 * 1024;
    const LARGEST: usize = 32 * 1024 * 1024;
    let is_html = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_html || response.headers().contains_key(CONTENT_SECURITY_POLICY) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(document) = to_bytes(body, LARGEST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let head = String::from_utf8_lossy(document.get(..HEAD).unwrap_or(&document));
    tracing::warn!(status = %parts.status, "a page came without its content security policy");
    if let Some(value) = nonce(&head)
        .and_then(|nonce| HeaderValue::from_str(&app::response::page_policy(nonce)).ok())
    {
        parts.headers.insert(CONTENT_SECURITY_POLICY, value);
    }
    Response::from_parts(parts, Body::from(document))
}

/// The first nonce of a document's head, if it reads like one.
fn nonce(head: &str) -> Option<&str> {
    let (_, rest) = head.split_once("<script type=\"module\" nonce=\"")?;
    let (nonce, _) = rest.split_once('"')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
    (nonce.len() >= 16 && nonce.bytes().all(plain)).then_some(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "<html><head><script type=\"module\" nonce=\"5jQ2uJCXPU74gHkPxgo0nA\">x</script>";

    #[tokio::test]
    async fn a_page_without_its_policy_gets_it_from_its_nonce() {
        let bare = ([(CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response();
        let answer = with_page_policy(bare).await;
        let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("'nonce-5jQ2uJCXPU74gHkPxgo0nA'"));
        assert_eq!(to_bytes(answer.into_body(), 1024).await.unwrap(), PAGE);
    }

    #[test]
    fn what_does_not_read_like_a_nonce_is_none() {
        assert_eq!(
            nonce("<script type=\"module\" nonce=\"' * ; script-src *\">"),
            None
        );
        assert_eq!(nonce("<script>"), None);
    }
}
