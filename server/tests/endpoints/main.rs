//! Every endpoint, signed out and as each role: who is let in stands in one table.
//!
//! A server function or a documented route that is missing in the table fails the test, so a new
//! endpoint cannot appear without a decision about who may call it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod console;
mod table;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use console::{Console, Visitor};
use model::permission::Role;
use table::{ENDPOINTS, Endpoint, Needs};

/// What a visitor must get: refused as nobody, refused as known, or let in, whatever then follows.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    SignIn,
    Forbidden,
    LetIn,
}

impl Verdict {
    fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::SignIn,
            StatusCode::FORBIDDEN => Self::Forbidden,
            _ => Self::LetIn,
        }
    }
}

fn wanted(endpoint: &Endpoint, visitor: Visitor) -> Verdict {
    let by_role = |role: Role| match endpoint.needs {
        Needs::Nothing | Needs::Known | Needs::Person => true,
        Needs::Permission(permission) => role.allows(permission),
    };
    match (visitor, endpoint.needs) {
        (_, Needs::Nothing) | (Visitor::Token(_), Needs::Known) => Verdict::LetIn,
        (Visitor::Nobody, _) | (Visitor::Token(_), Needs::Person) => Verdict::SignIn,
        (Visitor::Session(role), _) if by_role(role) => Verdict::LetIn,
        (Visitor::Token(permission), Needs::Permission(needed)) if permission == needed => {
            Verdict::LetIn
        }
        _ => Verdict::Forbidden,
    }
}

#[tokio::test]
async fn every_endpoint_lets_in_exactly_whom_the_table_says() {
    let console = Console::new().await;
    let mut wrong = Vec::new();
    for endpoint in ENDPOINTS {
        for visitor in console.visitors() {
            let status = console.call(endpoint, visitor).await;
            let (wanted, found) = (wanted(endpoint, visitor), Verdict::of(status));
            if wanted != found {
                wrong.push(format!(
                    "{} {} as {visitor:?}: {wanted:?} wanted, {status}",
                    endpoint.method, endpoint.path
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_refused_everywhere() {
    let console = Console::new().await;
    for endpoint in ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.needs != Needs::Nothing)
    {
        let status = console.call_with_token(endpoint, "aud_unknown").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{}", endpoint.path);
    }
}

#[tokio::test]
async fn every_change_from_another_site_is_refused() {
    let console = Console::new().await;
    for endpoint in ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.method == "POST")
    {
        let status = console.call_from_another_site(endpoint).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{}", endpoint.path);
    }
}

#[test]
fn no_server_function_is_missing_in_the_table() {
    // Linking the router registers the functions.
    let _: fn(server::http::AppState) -> axum::Router = server::http::router;
    let known: BTreeSet<&str> = ENDPOINTS
        .iter()
        .filter_map(|endpoint| endpoint.path.split('?').next())
        .collect();
    let missing: Vec<&str> = server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .filter(|path| !known.contains(path))
        .collect();
    assert!(
        missing.is_empty(),
        "say in tests/endpoints/table.rs who may call {missing:?}"
    );
}

#[test]
fn no_documented_route_is_missing_in_the_table() {
    let known: BTreeSet<&str> = ENDPOINTS
        .iter()
        .filter_map(|endpoint| endpoint.path.split('?').next())
        .collect();
    let description: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
    let missing: Vec<&String> = description["paths"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|path| !known.contains(path.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "say in tests/endpoints/table.rs who may call {missing:?}"
    );
}
