//! `GET /api/v1/events/export`.

use axum::body::Body;
use axum::http::StatusCode;
use futures::StreamExt as _;
use model::event::{Event, Status};
use serde_json::{Value, json};

use crate::console::Console;

const QUERY: &str = "/api/v1/events/export?q=action:thing.made&format=";

#[tokio::test]
async fn twenty_thousand_rows_are_the_list_in_every_format() {
    let console = Console::new().await;
    console.fill(20_000).await;
    console.services.store.index_blocks().await.unwrap();
    let lines = console.text(&format!("{QUERY}ndjson")).await;
    let events: Vec<Event> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.len(), 20_000);
    let mut listed = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/events?limit=500&q=action:thing.made{after}");
        let (_, page) = console.get(&path).await;
        listed.extend(serde_json::from_value::<Vec<Event>>(page["events"].clone()).unwrap());
        let Some(older) = page["older"].as_str() else {
            break;
        };
        after = format!("&after={older}");
    }
    assert!(listed == events, "the export is not the list");
    let array: Vec<Event> =
        serde_json::from_str(&console.text(&format!("{QUERY}json")).await).unwrap();
    assert!(array == events, "the array is not the list");
    let csv = console
        .text(&format!("{QUERY}csv&columns=seq,id,occurred_at,details"))
        .await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(
        reader.headers().unwrap(),
        ["seq", "id", "occurred_at", "details"].as_slice()
    );
    let rows: Vec<(i64, String, String, String)> =
        reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 20_000);
    for ((seq, id, occurred_at, details), event) in rows.iter().zip(&events) {
        assert_eq!((*seq, id), (event.seq, &event.id.to_string()));
        assert_eq!(
            *occurred_at,
            event
                .occurred_at
                .format("%Y-%m-%dT%H:%M:%S%.6fZ")
                .to_string()
        );
        let details: Value = serde_json::from_str(details).unwrap();
        assert_eq!(Some(details), event.details);
    }
}

#[tokio::test]
async fn an_export_is_on_record_before_and_after_with_its_rows() {
    let console = Console::new().await;
    console.fill(300).await;
    console
        .text(&format!("{QUERY}csv&columns=seq,action"))
        .await;
    let started = console.newest("export.started").await.unwrap();
    let created = console.newest("export.created").await.unwrap();
    assert_eq!(started.resource, created.resource);
    let expected = json!({ "format": "csv", "query": "action:thing.made", "columns": ["seq", "action"], "rows": 300 });
    assert_eq!(created.details, Some(expected));
    assert_eq!(created.source, "auditorium");
}

#[tokio::test]
async fn a_reader_who_goes_away_leaves_a_failed_export_on_record() {
    let console = Console::new().await;
    console.fill(20_000).await;
    let mut committed = console.services.store.recorder().committed();
    let response = console
        .send(
            console.request("GET", &format!("{QUERY}ndjson")),
            Body::empty(),
        )
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body().into_data_stream();
    body.next().await.unwrap().unwrap();
    drop(body);
    while console.newest("export.created").await.is_none() {
        committed.recv().await.unwrap();
    }
    let created = console.newest("export.created").await.unwrap();
    assert_eq!(created.status, Status::Failure);
    assert!(
        created
            .error_message
            .unwrap()
            .starts_with("the reader went away after")
    );
}

#[tokio::test]
async fn no_cell_begins_a_formula() {
    let console = Console::new().await;
    let names = [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "plain", "a=b", "'quoted",
    ];
    let events: Vec<Value> = names
        .iter()
        .map(|name| json!({ "action": "thing.made", "actor": { "type": "user", "id": "u", "name": name } }))
        .collect();
    console
        .post("/api/v1/events", json!(events).to_string())
        .await;
    let csv = console
        .text(&format!("{QUERY}csv&columns=actor_name"))
        .await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let mut cells: Vec<String> = reader.deserialize().map(Result::unwrap).collect();
    cells.sort();
    let mut expected = [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'\t=1",
        "'\r=1",
        "plain",
        "a=b",
        "'quoted",
    ]
    .map(str::to_owned);
    expected.sort();
    assert_eq!(cells, expected);
}

#[tokio::test]
async fn chosen_events_are_exported_by_their_ids() {
    let console = Console::new().await;
    console.fill(4).await;
    let page = console.list("action:thing.made").await;
    let ids = format!("&id={}&id={}", page.events[0].id, page.events[2].id);
    let text = console
        .text(&format!("/api/v1/events/export?format=ndjson{ids}"))
        .await;
    let seqs: Vec<i64> = text
        .lines()
        .map(|line| serde_json::from_str::<Event>(line).unwrap().seq)
        .collect();
    assert_eq!(seqs, [page.events[0].seq, page.events[2].seq]);
}
