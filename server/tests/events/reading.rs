//! Listing and opening events, and what that leaves on record.

use axum::body::Body;
use axum::http::StatusCode;
use futures::StreamExt as _;
use serde_json::json;

use crate::console::Console;

#[tokio::test]
async fn a_search_is_recorded_once_and_paging_is_not() {
    let console = Console::new().await;
    console.fill(5).await;
    console.list("action:thing.made").await;
    console.list("action:thing.made").await;
    console
        .get("/api/v1/events?limit=2&q=action:thing.made&after=9999999999999.0")
        .await;
    console.list("").await;
    let searches = console.list("action:logs.search").await;
    // The search for searches was recorded before it was answered.
    let queries: Vec<_> = searches
        .events
        .iter()
        .map(|e| e.details.clone().unwrap()["query"].clone())
        .collect();
    assert_eq!(
        queries,
        [json!("action:logs.search"), json!("action:thing.made")]
    );
}

#[tokio::test]
async fn opening_an_event_is_recorded() {
    let console = Console::new().await;
    console.fill(1).await;
    let id = console.newest("thing.made").await.unwrap().id;
    let (status, event) = console.get(&format!("/api/v1/events/{id}")).await;
    assert_eq!(
        (status, event["action"].as_str()),
        (StatusCode::OK, Some("thing.made"))
    );
    let viewed = console.newest("event.view").await.unwrap();
    assert_eq!(viewed.resource.unwrap().id, Some(id.to_string()));
    let (status, _) = console
        .get("/api/v1/events/0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88")
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_lead_on_and_back() {
    let console = Console::new().await;
    console.fill(25).await;
    let (_, first) = console
        .get("/api/v1/events?limit=10&q=action:thing.made")
        .await;
    let older = first["older"].as_str().unwrap();
    let (_, second) = console
        .get(&format!(
            "/api/v1/events?limit=10&q=action:thing.made&after={older}"
        ))
        .await;
    let newer = second["newer"].as_str().unwrap();
    let (_, back) = console
        .get(&format!(
            "/api/v1/events?limit=10&q=action:thing.made&before={newer}"
        ))
        .await;
    assert_eq!(back["events"], first["events"]);
    assert_eq!(back["newer"], json!(null));
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused_with_its_field() {
    let console = Console::new().await;
    let (status, problem) = console.get("/api/v1/events?q=status:maybe").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["errors"][0]["path"], "query", "{problem}");
}

#[tokio::test]
async fn new_events_that_match_arrive_live() {
    let console = Console::new().await;
    let request = console.request("GET", "/api/v1/events/live?q=action:thing.made");
    let response = console.send(request, Body::empty()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut messages = response.into_body().into_data_stream();
    console
        .post("/api/v1/events", r#"{"action":"other.made"}"#)
        .await;
    console.fill(3).await;
    let message = messages.next().await.unwrap().unwrap();
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains("data: 3"), "{text}");
}
