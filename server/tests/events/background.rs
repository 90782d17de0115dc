//! `/api/v1/exports`: exports in the background.

use std::io::Read as _;

use axum::body::{Body, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use chrono::TimeDelta;
use model::event::{ActorType, Status};
use model::export::{BackgroundExport, ExportState};
use serde_json::{Value, json};
use service::exports::worker;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::console::Console;

const QUERY: &str = "action:thing.made";

/// Asks for an export of `thing.made`, with more or other members.
async fn ask(console: &Console, more: Value) -> BackgroundExport {
    let mut body = json!({ "query": QUERY, "format": "ndjson" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let request = console
        .request("POST", "/api/v1/exports")
        .header(CONTENT_TYPE, "application/json");
    let response = console.send(request, body.to_string()).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

async fn read(console: &Console, id: Uuid) -> BackgroundExport {
    let (status, export) = console.get(&format!("/api/v1/exports/{id}")).await;
    assert_eq!(status, StatusCode::OK, "{export}");
    serde_json::from_value(export).unwrap()
}

/// What the process' job does.
async fn work(console: &Console) {
    let stop = CancellationToken::new();
    worker::run(&console.services, &stop).await.unwrap();
}

/// The file, checked against what is said of it.
async fn file(console: &Console, export: &BackgroundExport) -> Vec<u8> {
    let path = format!("/api/v1/exports/{}/content", export.id);
    let request = console
        .request("GET", &path)
        .header("accept-encoding", "gzip, br");
    let response = console.send(request, Body::empty()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let length = response.headers()[CONTENT_LENGTH].clone();
    assert_eq!(length.to_str().unwrap(), export.bytes.to_string());
    assert!(
        response.headers()["repr-digest"]
            .to_str()
            .unwrap()
            .starts_with("sha-256=:")
    );
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let digest = store::exports::hexadecimal(&<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    assert_eq!(export.sha256.as_deref(), Some(digest.as_str()));
    bytes.to_vec()
}

/// How many objects lie in the bucket.
async fn objects(console: &Console) -> usize {
    use futures::TryStreamExt as _;
    let bucket = &console.services.store.objects.exports;
    let objects: Vec<_> = bucket.list(None).try_collect().await.unwrap();
    objects.len()
}

#[tokio::test]
async fn the_file_is_the_streamed_export_in_every_format_packed_or_not() {
    let console = Console::new().await;
    console.fill(3_000).await;
    for format in ["csv", "ndjson", "json"] {
        let path =
            format!("/api/v1/events/export?q={QUERY}&columns=seq,id,details&format={format}");
        let streamed = console.text(&path).await;
        for gzip in [false, true] {
            let more =
                json!({ "format": format, "gzip": gzip, "columns": ["seq", "id", "details"] });
            let asked = ask(&console, more).await;
            assert_eq!(asked.state, ExportState::Waiting);
            work(&console).await;
            let export = read(&console, asked.id).await;
            assert_eq!((export.state, export.rows), (ExportState::Ready, 3_000));
            assert_eq!(export.expected_rows, Some(3_000));
            let bytes = file(&console, &export).await;
            let mut text = String::new();
            if gzip {
                flate2::read::GzDecoder::new(&bytes[..])
                    .read_to_string(&mut text)
                    .unwrap();
            } else {
                text = String::from_utf8(bytes).unwrap();
            }
            assert!(text == streamed, "{format}, gzip {gzip}");
        }
    }
}

#[tokio::test]
async fn an_empty_result_is_an_empty_file() {
    let console = Console::new().await;
    let asked = ask(&console, json!({})).await;
    work(&console).await;
    let export = read(&console, asked.id).await;
    assert_eq!(
        (export.state, export.rows, export.bytes),
        (ExportState::Ready, 0, 0)
    );
    assert!(file(&console, &export).await.is_empty());
}

#[tokio::test]
async fn asking_finishing_and_taking_are_on_record() {
    let console = Console::new().await;
    console.fill(5).await;
    let asked = ask(&console, json!({ "reason": "for the auditor" })).await;
    work(&console).await;
    let export = read(&console, asked.id).await;
    file(&console, &export).await;
    let created = console.newest("export.created").await.unwrap();
    let details = json!({ "background": true, "format": "ndjson", "gzip": false, "query": QUERY, "reason": "for the auditor" });
    assert_eq!(created.details, Some(details));
    let finished = console.newest("export.finished").await.unwrap();
    let details = finished.details.unwrap();
    assert_eq!(
        (&details["rows"], &details["sha256"]),
        (&json!(5), &json!(export.sha256))
    );
    assert_eq!(finished.actor.kind, ActorType::System);
    assert_eq!(finished.actor.on_behalf_of, Some(created.actor.id.clone()));
    let downloaded = console.newest("export.downloaded").await.unwrap();
    assert_eq!(downloaded.actor.id, created.actor.id);
    assert_eq!(downloaded.resource, created.resource);
}

#[tokio::test]
async fn what_a_killed_process_left_is_made_again_by_another() {
    let console = Console::new().await;
    console.fill(20).await;
    let asked = ask(&console, json!({})).await;
    let store = &console.services.store;
    let long_ago = console.services.now() - TimeDelta::minutes(5);
    let taken = store.take_export(long_ago).await.unwrap().unwrap();
    let mut left = store.upload_export(asked.id, taken.attempt, "half.ndjson");
    left.push(b"half").await.unwrap();
    left.finish().await.unwrap();
    console.fill(20).await;
    work(&console).await;
    let export = read(&console, asked.id).await;
    assert_eq!(
        (export.state, export.rows),
        (ExportState::Ready, 20),
        "what came later is not in it"
    );
    assert_eq!(
        objects(&console).await,
        1,
        "what the first attempt left is gone"
    );
    let now = console.services.now();
    let late = store.note_export(asked.id, taken.attempt, 1, 1, now).await;
    assert!(!late.unwrap(), "the first attempt changes nothing");
}

#[tokio::test]
async fn a_process_that_stops_gives_its_export_back_at_once() {
    let console = Console::new().await;
    console.fill(20).await;
    let asked = ask(&console, json!({})).await;
    let services = &console.services;
    let taken = services
        .store
        .take_export(services.now())
        .await
        .unwrap()
        .unwrap();
    assert!(
        services
            .store
            .take_export(services.now())
            .await
            .unwrap()
            .is_none()
    );
    let now = services.now();
    services
        .store
        .release_export(asked.id, taken.attempt, false, now)
        .await
        .unwrap();
    work(&console).await;
    assert_eq!(read(&console, asked.id).await.state, ExportState::Ready);
}

#[tokio::test]
async fn after_seven_days_the_file_is_gone_and_the_list_says_so() {
    let console = Console::new().await;
    console.fill(3).await;
    let asked = ask(&console, json!({})).await;
    work(&console).await;
    let ready = console.services.now();
    worker::sweep(&console.services, ready + TimeDelta::days(6))
        .await
        .unwrap();
    assert_eq!(objects(&console).await, 1);
    worker::sweep(&console.services, ready + TimeDelta::days(8))
        .await
        .unwrap();
    assert_eq!(objects(&console).await, 0);
    assert_eq!(read(&console, asked.id).await.state, ExportState::Expired);
    let (status, problem) = console
        .get(&format!("/api/v1/exports/{}/content", asked.id))
        .await;
    assert_eq!(status, StatusCode::GONE, "{problem}");
    assert!(console.newest("export.expired").await.is_some());
}

#[tokio::test]
async fn a_cancelled_export_is_not_made() {
    let console = Console::new().await;
    console.fill(3).await;
    let asked = ask(&console, json!({})).await;
    let path = format!("/api/v1/exports/{}", asked.id);
    let cancelled = console
        .send(console.request("DELETE", &path), Body::empty())
        .await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    work(&console).await;
    assert_eq!(read(&console, asked.id).await.state, ExportState::Cancelled);
    assert_eq!(objects(&console).await, 0);
    let again = console
        .send(console.request("DELETE", &path), Body::empty())
        .await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert!(console.newest("export.cancelled").await.is_some());
}

#[tokio::test]
async fn a_person_who_was_disabled_meanwhile_gets_no_file() {
    let console = Console::new().await;
    console.fill(3).await;
    let asked = ask(&console, json!({})).await;
    let mut superuser = console.test.connect_as_superuser().await.unwrap();
    sqlx::query("update users set state = 'disabled'")
        .execute(&mut superuser)
        .await
        .unwrap();
    work(&console).await;
    let made = console
        .services
        .store
        .export(asked.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(made.export.state, ExportState::Failed);
    let finished = console.newest("export.finished").await.unwrap();
    assert_eq!(finished.status, Status::Failure);
}
