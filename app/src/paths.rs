//! One function for each address of the console.

use std::fmt::Write as _;

use model::view::{View, write_columns};
use uuid::Uuid;

pub const LOGS: &str = "/logs";
pub const AGENTS: &str = "/agents";
pub const COMPLIANCE: &str = "/compliance";
pub const INTEGRITY: &str = "/integrity";
pub const SETTINGS: &str = "/settings";
pub const EXPORTS: &str = "/exports";
pub const NEW_EXPORT: &str = "/exports/new";
pub const INBOX: &str = "/inbox";
pub const SIGN_IN: &str = "/sign-in";

/// The Logs page with a query.
#[must_use]
pub fn logs(query: &str) -> String {
    if query.is_empty() {
        LOGS.to_owned()
    } else {
        format!("{LOGS}?q={}", encode(query))
    }
}

/// An event's own address.
#[must_use]
pub fn event(id: Uuid) -> String {
    format!("{LOGS}/{id}")
}

/// The Logs page as a saved view shows it.
#[must_use]
pub fn view(view: &View) -> String {
    let mut address = format!("{LOGS}?view={}", view.id);
    if !view.content.query.is_empty() {
        let _ = write!(address, "&q={}", encode(&view.content.query));
    }
    if !view.content.columns.is_empty() {
        let _ = write!(address, "&columns={}", write_columns(&view.content.columns));
    }
    address
}

/// An agent.
#[must_use]
pub fn agent(id: Uuid) -> String {
    format!("{AGENTS}/{id}")
}

/// The LOGS drawer of a task.
#[must_use]
pub fn task(agent: Uuid, task: Uuid) -> String {
    format!("{AGENTS}/{agent}/tasks/{task}")
}

/// A compliance check and its history.
#[must_use]
pub fn check(id: &str) -> String {
    format!("{COMPLIANCE}/checks/{}", encode(id))
}

/// Percent-encodes a value of a query string (RFC 3986, unreserved characters stay).
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
