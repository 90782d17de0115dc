//! The user documentation at `/docs`, from the same files as in the repository's `docs/guide`.
//!
//! Rendered at the first request and kept. Needs no caller: it says nothing about an installation.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::http::AppState;

/// Name in the address, title in the navigation, text.
const PAGES: &[(&str, &str, &str)] = &[
    (
        "start",
        "First steps",
        include_str!("../../../docs/guide/start.md"),
    ),
    (
        "search",
        "Searching",
        include_str!("../../../docs/guide/search.md"),
    ),
    (
        "api",
        "Recording by API",
        include_str!("../../../docs/guide/api.md"),
    ),
    (
        "operate",
        "Operating",
        include_str!("../../../docs/guide/operate.md"),
    ),
    (
        "integrity",
        "Integrity",
        include_str!("../../../docs/guide/integrity.md"),
    ),
    ("roles", "Roles", include_str!("../../../docs/roles.md")),
    (
        "problems",
        "Problems",
        include_str!("../../../docs/guide/problems.md"),
    ),
];

const OPENAPI: &str = include_str!("../../../docs/openapi.json");

static RENDERED: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    PAGES
        .iter()
        .map(|(name, title, text)| (*name, render(name, title, text)))
        .collect()
});

/// The documentation's routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/docs", get(async || Redirect::to("/docs/start")))
        .route(
            "/docs/openapi.json",
            get(async || ([(CONTENT_TYPE, "application/json")], OPENAPI)),
        )
        .route("/docs/{page}", get(page))
}

async fn page(Path(name): Path<String>) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; frame-ancestors 'none'";
    match RENDERED.get(name.as_str()) {
        Some(page) => ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page.as_str())).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "There is no such page. The documentation begins at /docs.",
        )
            .into_response(),
    }
}

fn render(name: &str, title: &str, text: &str) -> String {
    let mut links = String::new();
    for (other, title, _) in PAGES {
        let current = if *other == name {
            " aria-current=\"page\""
        } else {
            ""
        };
        // Writing to a string cannot fail.
        let _ = write!(
            links,
            "<li><a href=\"/docs/{other}\"{current}>{title}</a></li>"
        );
    }
    let mut body = String::new();
    let options = Options::ENABLE_TABLES;
    html::push_html(
        &mut body,
        with_anchors(Parser::new_ext(text, options)).into_iter(),
    );
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Auditorium</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/pkg/auditorium.css\"></head>\
         <body class=\"docs\"><nav class=\"docs__nav\" aria-label=\"Documentation\">\
         <a class=\"rail__brand\" href=\"/logs\">Auditorium</a><ul>{links}</ul></nav>\
         <main class=\"docs__page\" id=\"main\">{body}</main></body></html>"
    )
}

/// Headings get an id from their text, so that `/docs/problems#invalid` leads to the section.
fn with_anchors<'a>(parser: Parser<'a>) -> Vec<Event<'a>> {
    let mut events: Vec<Event<'a>> = parser.collect();
    let mut start = None;
    for index in 0..events.len() {
        match events.get(index) {
            Some(Event::Start(Tag::Heading { .. })) => start = Some((index, String::new())),
            Some(Event::Text(text) | Event::Code(text)) => {
                if let Some((_, heading)) = &mut start {
                    heading.push_str(text);
                }
            }
            Some(Event::End(TagEnd::Heading(_))) => {
                if let Some((at, heading)) = start.take()
                    && let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(at)
                {
                    *id = Some(CowStr::from(anchor(&heading)));
                }
            }
            _ => {}
        }
    }
    events
}

fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' => c.to_lowercase().next(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_section() {
        let page = RENDERED.get("problems").unwrap();
        for code in [
            "unauthenticated",
            "forbidden",
            "not-found",
            "invalid",
            "conflict",
            "too-large",
            "too-many",
            "internal",
        ] {
            assert!(page.contains(&format!("id=\"{code}\"")), "{code}");
        }
    }

    #[test]
    fn the_description_of_the_interface_is_json() {
        let description: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    }
}
