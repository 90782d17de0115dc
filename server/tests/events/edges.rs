//! What the interface says to requests that nobody should send.

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::console::Console;

/// The problem with which a request is answered.
async fn refused(console: &Console, method: &str, path: &str, body: &str) -> Value {
    let request = console
        .request(method, path)
        .header(CONTENT_TYPE, "application/json");
    let response = console.send(request, body.to_owned()).await;
    assert_eq!(
        response.headers()[CONTENT_TYPE],
        "application/problem+json",
        "{method} {path}: {}",
        response.status()
    );
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_malformed_parameter_is_a_problem_that_names_it() {
    let console = Console::new().await;
    let task = "/api/v1/tasks/0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88";
    for (method, path, body, field) in [
        ("GET", "/api/v1/events?limit=many".to_owned(), "", "limit"),
        ("GET", "/api/v1/events?after=%2B".to_owned(), "", "after"),
        ("GET", "/api/v1/events/nonsense".to_owned(), "", "id"),
        (
            "POST",
            "/api/v1/events?partial=perhaps".to_owned(),
            "{}",
            "partial",
        ),
        (
            "GET",
            "/api/v1/events/export?format=pdf".to_owned(),
            "",
            "format",
        ),
        ("GET", "/api/v1/events/live?after=x".to_owned(), "", "after"),
        ("POST", format!("{task}/log"), "x", "offset"),
        ("POST", format!("{task}/log?offset=-1"), "x", "offset"),
        ("GET", "/api/v1/tasks/x/log".to_owned(), "", "id"),
        ("GET", format!("{task}/log?lines=-3"), "", "lines"),
        ("GET", "/api/v1/exports?before=x".to_owned(), "", "before"),
        ("GET", "/api/v1/exports/x/content".to_owned(), "", "id"),
        (
            "POST",
            "/api/v1/exports".to_owned(),
            r#"{"format":"pdf"}"#,
            "format",
        ),
        (
            "POST",
            "/api/v1/exports".to_owned(),
            r#"{"form":"csv"}"#,
            "form",
        ),
        ("POST", "/api/v1/exports".to_owned(), "{}", "format"),
        ("POST", "/api/v1/exports".to_owned(), "{", "$"),
        (
            "POST",
            "/api/v1/tasks/finish".to_owned(),
            r#"{"exit_code":0}"#,
            "id",
        ),
    ] {
        let problem = refused(&console, method, &path, body).await;
        let found = (&problem["status"], &problem["errors"][0]["path"]);
        assert_eq!(
            found,
            (&json!(400), &json!(field)),
            "{method} {path}: {problem}"
        );
    }
}

#[tokio::test]
async fn a_form_of_a_page_names_its_field_too() {
    let console = Console::new().await;
    let request = console
        .request("POST", "/api/ui/logs/delete")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = console
        .send(request, "query=&reason=r&confirmation=c")
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let error: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(error["errors"][0]["path"], "up_to_seq", "{error}");
}

#[tokio::test]
async fn what_does_not_exist_under_api_is_a_problem_and_elsewhere_a_page() {
    let console = Console::new().await;
    for path in ["/api/v1/nothing", "/api/nothing/at/all", "/api/v2/events"] {
        let problem = refused(&console, "GET", path, "").await;
        assert_eq!(problem["status"], 404, "{path}");
        assert_eq!(problem["type"], "/docs/problems#not-found");
    }
    for (method, path, allowed) in [
        ("PUT", "/api/v1/events", "GET,HEAD,POST"),
        ("DELETE", "/api/v1/events/export", "GET,HEAD"),
        ("GET", "/api/v1/tasks/open", "POST"),
    ] {
        let problem = refused(&console, method, path, "").await;
        assert_eq!(problem["status"], 405, "{path}");
        let response = console
            .send(console.request(method, path), Body::empty())
            .await;
        assert_eq!(response.headers()[ALLOW], allowed);
    }
    let response = console
        .send(console.request("GET", "/nothing"), Body::empty())
        .await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let kind = response.headers()[CONTENT_TYPE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("text/html"), "{kind}");
}
