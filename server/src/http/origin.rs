//! Refuses changes that another site asks a browser to make.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` and `Origin`; requests without
//! either are not from a browser's page and carry no ambient credential but what they state.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// Lets safe methods pass, and others when they come from this origin or from no browser.
#[expect(
    clippy::result_large_err,
    reason = "an answer, made once where one is needed"
)]
pub fn same_origin(request: &Request) -> Result<(), Response> {
    if request.method().is_safe() || is_same_origin(request.headers()) {
        return Ok(());
    }
    let refused = "This request came from another site and was refused.";
    Err((StatusCode::FORBIDDEN, refused).into_response())
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(HOST.as_str())
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn another_site_is_refused_and_this_one_passes() {
        assert!(is_same_origin(&headers(&[(
            "sec-fetch-site",
            "same-origin"
        )])));
        assert!(!is_same_origin(&headers(&[(
            "sec-fetch-site",
            "cross-site"
        )])));
        assert!(!is_same_origin(&headers(&[(
            "sec-fetch-site",
            "same-site"
        )])));
        assert!(is_same_origin(&headers(&[
            ("origin", "http://a:3000"),
            ("host", "a:3000")
        ])));
        assert!(!is_same_origin(&headers(&[
            ("origin", "http://b"),
            ("host", "a:3000")
        ])));
        assert!(!is_same_origin(&headers(&[
            ("origin", "null"),
            ("host", "a:3000")
        ])));
        assert!(is_same_origin(&headers(&[])));
    }
}
