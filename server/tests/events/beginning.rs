//! An installation that has recorded only itself: what it offers, demo data, the first token.

use axum::http::StatusCode;
use model::demo::DemoState;
use model::first_steps::FirstSteps;
use serde_json::json;

use crate::console::Console;

async fn steps(console: &Console) -> FirstSteps {
    let (status, steps) = ask(console, "/api/ui/first-steps/read").await;
    assert_eq!(status, StatusCode::OK, "{steps}");
    serde_json::from_value(steps).unwrap()
}

async fn demo(console: &Console) -> DemoState {
    let (status, state) = ask(console, "/api/ui/demo/state").await;
    assert_eq!(status, StatusCode::OK, "{state}");
    serde_json::from_value(state).unwrap()
}

async fn ask(console: &Console, path: &str) -> (StatusCode, serde_json::Value) {
    let request = console
        .request("POST", path)
        .header("content-type", "application/json");
    crate::console::json_of(console.send(request, "{}").await).await
}

async fn form(
    console: &Console,
    path: &str,
    body: &'static str,
) -> (StatusCode, serde_json::Value) {
    let request = console
        .request("POST", path)
        .header("content-type", "application/x-www-form-urlencoded");
    crate::console::json_of(console.send(request, body).await).await
}

#[tokio::test]
async fn own_events_alone_leave_an_installation_new() {
    let console = Console::new().await;
    console.list("action:nothing").await;
    let before = steps(&console).await;
    assert!(before.is_new && before.may_send);
    assert_eq!(before.demo, Some(DemoState::Absent));
    console.fill(1).await;
    assert!(!steps(&console).await.is_new);
}

#[tokio::test]
async fn demo_data_is_loaded_once_and_removed_whole() {
    let console = Console::new().await;
    let mut commits = console.services.store.recorder().committed();
    let (status, _) = form(&console, "/api/ui/demo/load", "events=1500").await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = form(&console, "/api/ui/demo/load", "events=1500").await;
    assert_eq!(status, StatusCode::CONFLICT);
    // Each step of the loading is a commit; after the last there is nothing to wait for.
    while matches!(demo(&console).await, DemoState::Loading { .. }) {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), commits.recv()).await;
    }
    assert_eq!(demo(&console).await, DemoState::Present);
    assert_eq!(console.list("session:demo").await.events.len(), 500);
    assert_eq!(
        console
            .newest("demo.loaded")
            .await
            .unwrap()
            .details
            .unwrap()["events"],
        json!(1500)
    );
    let (status, count) = form(&console, "/api/ui/demo/remove", "").await;
    assert_eq!((status, count), (StatusCode::OK, json!(1500)));
    assert_eq!(demo(&console).await, DemoState::Absent);
    assert!(console.list("session:demo").await.events.is_empty());
}

#[tokio::test]
async fn the_first_token_sends_events_and_nothing_else() {
    let console = Console::new().await;
    let (status, _) = form(&console, "/api/ui/first-steps/token", "").await;
    assert_eq!(status, StatusCode::OK);
    let created = console.newest("api_key.created").await.unwrap();
    let token = created.new_state.unwrap();
    assert_eq!(token["scopes"], json!(["events.write"]));
    assert_eq!(token["name"], json!("First event"));
}
