//! `POST /api/v1/events`.

use std::io::Write as _;

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::console::Console;

const EVENTS: &str = "/api/v1/events";

#[tokio::test]
async fn what_is_read_back_is_what_was_sent() {
    let console = Console::new().await;
    let sent = json!({
        "id": "0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88",
        "occurred_at": "2026-10-01T14:00:00.1234569+02:00",
        "actor": { "type": "agent", "id": "etl-1", "name": "Ä\"\\\t\n", "email": "e@example.org",
                   "ip": "2001:DB8:0::1", "user_agent": "curl", "on_behalf_of": "u-1" },
        "action": "dataset.opened", "resource": { "type": "dataset", "id": "a/42", "name": "orders" },
        "status": "denied", "error_message": "no\\N", "request_id": "r", "session_id": "s", "team": "t",
        "data_classification": "restricted",
        "details": { "b": 1e3, "a": [0.10, -0, "😀", null, 12_345_678_901_234_567_890_u64], "": {} },
        "previous_state": [], "new_state": "text"
    });
    let (status, answer) = console.post(EVENTS, sent.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, mut read) = console
        .get("/api/v1/events/0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88")
        .await;
    let own = read.as_object_mut().unwrap();
    assert!(
        own.remove("source")
            .unwrap()
            .as_str()
            .unwrap()
            .starts_with("token:")
    );
    assert!(own.remove("received_at").is_some());
    let expected = json!({
        "id": "0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88", "seq": answer["results"][0]["seq"],
        "occurred_at": "2026-10-01T12:00:00.123456Z",
        "actor": { "type": "agent", "id": "etl-1", "name": "Ä\"\\\t\n", "email": "e@example.org",
                   "ip": "2001:db8::1", "user_agent": "curl", "on_behalf_of": "u-1" },
        "action": "dataset.opened", "resource": { "type": "dataset", "id": "a/42", "name": "orders" },
        "status": "denied", "error_message": "no\\N", "request_id": "r", "session_id": "s", "team": "t",
        "category": "activity", "data_classification": "restricted", "compliance_tags": [],
        "schema_version": 1,
        "details": { "b": 1000, "a": [0.1, 0, "😀", null, 12_345_678_901_234_567_890_u64], "": {} },
        "previous_state": [], "new_state": "text"
    });
    assert_eq!(read, expected);
}

#[tokio::test]
async fn one_event_an_array_and_lines_are_all_taken() {
    let console = Console::new().await;
    let (_, one) = console.post(EVENTS, r#"{"action":"a.one"}"#).await;
    let (_, array) = console
        .post(EVENTS, r#" [{"action":"a.two"},{"action":"a.three"}]"#)
        .await;
    let (_, lines) = console
        .post(
            EVENTS,
            "{\"action\":\"a.four\"}\n\n{\"action\":\"a.five\"}\n",
        )
        .await;
    let sizes = [one, array, lines].map(|answer| answer["results"].as_array().unwrap().len());
    assert_eq!(sizes, [1, 2, 2]);
    let request = console
        .request("POST", EVENTS)
        .header(CONTENT_ENCODING, "gzip");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(br#"{"action":"a.six"}"#).unwrap();
    let request = request.header(CONTENT_TYPE, "application/json");
    let response = console.send(request, gzip.finish().unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(console.list("action:a.*").await.events.len(), 6);
}

#[tokio::test]
async fn the_bearer_is_the_actor_unless_another_is_named_and_never_the_source() {
    let console = Console::new().await;
    console.post(EVENTS, r#"{"action":"a.one"}"#).await;
    let event = console.newest("a.one").await.unwrap();
    assert!(event.actor.email.is_some() && event.request_id.is_none());
    let (status, problem) = console
        .post(EVENTS, r#"{"action":"a.two","source":"auditorium"}"#)
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["errors"][0]["path"], "$.source");
}

#[tokio::test]
async fn a_refused_line_refuses_the_batch_and_names_line_path_and_reason() {
    let console = Console::new().await;
    let lines = "{\"action\":\"a.one\"}\n{\"action\":\"a.two\",\"actor\":{\"id\":\"x\",\"ip\":\"10\"}}\n{\"action\":\"a\",\"action\":\"b\"}\n";
    let (status, problem) = console.post(EVENTS, lines).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        problem["errors"],
        json!([
            { "line": 2, "path": "$.actor.ip", "reason": "is no IP address" },
            { "line": 3, "path": "$.action", "reason": "the key appears twice in its object" }
        ])
    );
    assert!(console.newest("a.one").await.is_none());
}

#[tokio::test]
async fn partial_recording_answers_line_by_line() {
    let console = Console::new().await;
    let lines = "{\"action\":\"a.one\"}\nnot json\n{\"action\":\"a.three\"}";
    let request = console.request("POST", "/api/v1/events?partial=true");
    let request = request.header(CONTENT_TYPE, "application/x-ndjson");
    let response = console.send(request, lines).await;
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results[1]["line"], 2);
    assert_eq!(results[2]["seq"], results[0]["seq"].as_i64().unwrap() + 1);
}

#[tokio::test]
async fn the_same_id_twice_is_one_event_and_two_receipts() {
    let console = Console::new().await;
    let event = r#"{"id":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88","action":"a.one"}"#;
    let (_, first) = console.post(EVENTS, event).await;
    let (_, again) = console.post(EVENTS, event).await;
    assert_eq!(first["results"][0]["seq"], again["results"][0]["seq"]);
    assert_eq!(again["results"][0]["duplicate"], true);
    assert_eq!(console.list("action:a.one").await.events.len(), 1);
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_the_limit() {
    let console = Console::new().await;
    let many = format!("[{}]", vec![r#"{"action":"a"}"#; 10_001].join(","));
    let (status, problem) = console.post(EVENTS, many).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        problem["detail"].as_str().unwrap().contains("10000 events"),
        "{problem}"
    );
    let long = json!({ "action": "a", "details": "x".repeat(1 << 20) }).to_string();
    assert_eq!(
        console.post(EVENTS, long).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    bomb.write_all(&vec![b' '; 40 << 20]).unwrap();
    let request = console
        .request("POST", EVENTS)
        .header(CONTENT_ENCODING, "gzip");
    let response = console.send(request, bomb.finish().unwrap()).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let problem: Value = serde_json::from_slice(&bytes).unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("32 MiB") && detail.contains("limits.body_mib"),
        "{detail}"
    );
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let console = Console::new().await;
    for (body, path) in [
        (r#"{"action":"a","details":"\u0000"}"#, "$.details"),
        (
            r#"{"action":"a","details":{"n":0.1000000000000000055}}"#,
            "$.details.n",
        ),
        (
            r#"{"action":"a","occurred_at":"2999-01-01T00:00:00Z"}"#,
            "$.occurred_at",
        ),
        (r#"{"action":"A b"}"#, "$.action"),
        ("{}", "$.action"),
        ("[1]", "$"),
        ("", "$"),
        ("{\"action\":", "$.action"),
    ] {
        let (status, problem) = console.post(EVENTS, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        let found = problem["errors"][0]["path"].as_str().unwrap();
        assert!(path.starts_with(found), "{body}: {problem}");
    }
    assert!(console.list("action:a").await.events.is_empty());
}

#[tokio::test]
async fn many_clients_share_commits_and_each_is_answered() {
    let console = std::sync::Arc::new(Console::new().await);
    // The token is known from here on, as in the midst of traffic.
    console.post(EVENTS, r#"{"action":"a.zero"}"#).await;
    let mut admin = console.test.connect_as_superuser().await.unwrap();
    let commits = "select xact_commit from pg_stat_database where datname = current_database()";
    let before: i64 = sqlx::query_scalar(commits)
        .fetch_one(&mut admin)
        .await
        .unwrap();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..64 {
        let console = std::sync::Arc::clone(&console);
        clients.spawn(async move {
            for round in 0..8 {
                let event = json!({ "action": "a.one", "details": [client, round] }).to_string();
                let (status, answer) = console.post(EVENTS, Body::from(event)).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
            }
        });
    }
    clients.join_all().await;
    assert_eq!(console.list("action:a.one").await.events.len(), 500);
    let groups: i64 =
        sqlx::query_scalar("select count(distinct received_at) from logs where action = 'a.one'")
            .fetch_one(&mut admin)
            .await
            .unwrap();
    assert!(groups * 4 < 512, "{groups} groups for 512 events");
    let after: i64 = sqlx::query_scalar(commits)
        .fetch_one(&mut admin)
        .await
        .unwrap();
    // Statistics of idle connections may lag behind, never run ahead.
    assert!(
        (after - before) * 2 < 512,
        "{} commits for 512 events",
        after - before
    );
}
