//! What a page says and reads through HTTP: its status, redirects, cookies. In the browser
//! these do nothing, since the server has done them.

#[cfg(not(feature = "ssr"))]
pub use browser::{
    cookie, environment, redirect, set_content_security_policy, set_cookie, set_status,
};
#[cfg(feature = "ssr")]
pub use server::{
    cookie, cookie_among, environment, redirect, set_content_security_policy, set_cookie,
    set_status,
};

#[cfg(feature = "ssr")]
mod server {
    use http::header::{CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE};
    use http::{HeaderMap, HeaderValue};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    /// Sets the status of the answer.
    pub fn set_status(status: u16) {
        if let (Some(options), Ok(status)) = (
            use_context::<ResponseOptions>(),
            http::StatusCode::from_u16(status),
        ) {
            options.set_status(status);
        }
    }

    /// Adds a `Set-Cookie` header, RFC 6265.
    pub fn set_cookie(cookie: &str) {
        if let (Some(options), Ok(value)) = (
            use_context::<ResponseOptions>(),
            HeaderValue::from_str(cookie),
        ) {
            options.append_header(SET_COOKIE, value);
        }
    }

    /// The value of a cookie of the request.
    #[must_use]
    pub fn cookie(name: &str) -> Option<String> {
        cookie_among(&use_context::<http::request::Parts>()?.headers, name)
    }

    /// The value of a cookie among a request's headers, RFC 6265.
    #[must_use]
    pub fn cookie_among(headers: &HeaderMap, name: &str) -> Option<String> {
        headers.get_all(COOKIE).iter().find_map(|header| {
            header.to_str().ok()?.split(';').find_map(|pair| {
                let (key, value) = pair.trim().split_once('=')?;
                (key == name).then(|| value.to_owned())
            })
        })
    }

    /// `development`, `staging` or `production`: production's pages have a coloured edge.
    #[must_use]
    pub fn environment() -> Option<String> {
        crate::ssr::services()
            .ok()
            .map(|services| services.settings.environment.clone())
    }

    /// Sends the reader to a path of this installation; a hostile path becomes `/`.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that has checked the path"
    )]
    pub fn redirect(path: &str) {
        leptos_axum::redirect(super::safe_path(path, "/"));
    }

    /// The content security policy of a page: scripts only with this answer's nonce, everything
    /// else only from here, no framing.
    pub fn set_content_security_policy() {
        let (Some(nonce), Some(options)) =
            (leptos::nonce::use_nonce(), use_context::<ResponseOptions>())
        else {
            return;
        };
        if let Ok(value) = HeaderValue::from_str(&super::page_policy(&nonce)) {
            options.insert_header(CONTENT_SECURITY_POLICY, value);
        }
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    /// The status was the server's to set.
    pub fn set_status(_status: u16) {}

    /// Cookies are the server's to set.
    pub fn set_cookie(_cookie: &str) {}

    /// Cookies are the server's to read.
    #[must_use]
    pub fn cookie(_name: &str) -> Option<String> {
        None
    }

    /// The document came with it.
    #[must_use]
    pub fn environment() -> Option<String> {
        None
    }

    /// Redirects are the server's; in the browser the router navigates.
    pub fn redirect(_path: &str) {}

    /// The policy came with the document.
    pub fn set_content_security_policy() {}
}

/// The content security policy of a page whose own scripts carry this nonce.
#[must_use]
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; worker-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
    )
}

/// A path on this installation that is safe to send somebody to: it starts with one slash and
/// holds printable ASCII only. Anything else becomes `fallback`.
#[must_use]
pub fn safe_path<'a>(path: &'a str, fallback: &'a str) -> &'a str {
    let bytes = path.as_bytes();
    let local = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
    if local && bytes.iter().all(u8::is_ascii_graphic) && !path.contains('\\') {
        path
    } else {
        fallback
    }
}

#[cfg(test)]
mod tests {
    use super::safe_path;

    #[test]
    fn only_paths_of_this_installation_pass() {
        assert_eq!(safe_path("/logs?q=a", "/"), "/logs?q=a");
        for hostile in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "",
            "logs",
            "/a\\b",
        ] {
            assert_eq!(safe_path(hostile, "/"), "/");
        }
    }
}
