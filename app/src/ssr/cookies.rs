//! The two cookies that hold a secret: the session's, and what is shown once.
//!
//! Over HTTPS both are bound to this host by `__Host-`; on loopback HTTP, where browsers refuse
//! that prefix, they carry plain names.

use service::Services;
use service::sign_in::SignedIn;

use crate::response;

/// Seconds within which the page must ask for what is shown once.
const SHOWN_SECS: u32 = 60;

fn is_https(services: &Services) -> bool {
    services.settings.public_url.starts_with("https://")
}

fn set(services: &Services, name: &str, value: &str, max_age_secs: i64, same_site: &str) {
    let (prefix, secure) = if is_https(services) {
        ("__Host-", "; Secure")
    } else {
        ("", "")
    };
    response::set_cookie(&format!(
        "{prefix}{name}={value}; Path=/; Max-Age={max_age_secs}; HttpOnly; SameSite={same_site}{secure}"
    ));
}

/// Hands the browser its session.
pub fn begin_session(services: &Services, signed_in: &SignedIn) {
    let life = (signed_in.expires_at - services.now()).num_seconds();
    set(services, "auditorium", signed_in.cookie(), life, "Lax");
}

/// Takes the session from the browser.
pub fn end_session(services: &Services) {
    set(services, "auditorium", "", 0, "Lax");
}

/// Keeps a new token or link for the next page, so that it is shown without JavaScript too and
/// stands in no address.
pub fn show_once(services: &Services, text: &str) {
    set(
        services,
        "auditorium-shown",
        text,
        SHOWN_SECS.into(),
        "Strict",
    );
}

/// What [`show_once`] kept; it is gone afterwards.
pub fn take_shown(services: &Services) -> Option<String> {
    let name = if is_https(services) {
        "__Host-auditorium-shown"
    } else {
        "auditorium-shown"
    };
    let text = response::cookie(name).filter(|text| !text.is_empty())?;
    set(services, "auditorium-shown", "", 0, "Strict");
    Some(text)
}
