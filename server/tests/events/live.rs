//! Streams that last: what they carry, and that they end with the credential and the process.

use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use futures::StreamExt as _;
use model::live::Arrival;
use model::permission::Permission;
use model::token::NewToken;
use service::Caller;

use crate::console::Console;

fn stream(response: Response) -> BodyDataStream {
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

async fn live(console: &Console, search: &str) -> BodyDataStream {
    let request = console.request("GET", &format!("/api/v1/events/live{search}"));
    stream(console.send(request, Body::empty()).await)
}

/// The data of the next message.
async fn next(messages: &mut BodyDataStream) -> String {
    let message = messages.next().await.unwrap().unwrap();
    let text = String::from_utf8(message.to_vec()).unwrap();
    let data = text.lines().find_map(|line| line.strip_prefix("data: "));
    data.unwrap_or_else(|| unreachable!("no data in {text}"))
        .to_owned()
}

/// Everything until the stream ends.
async fn rest(messages: BodyDataStream) -> usize {
    messages.count().await
}

#[tokio::test]
async fn rows_come_with_the_message_and_many_at_once_are_only_counted() {
    let console = Console::new().await;
    let mut messages = live(&console, "?q=action:thing.made&rows=true").await;
    console.fill(2).await;
    let few: Arrival = serde_json::from_str(&next(&mut messages).await).unwrap();
    assert_eq!((few.count, few.events.len()), (2, 2));
    assert!(few.events.is_sorted_by_key(|event| event.seq));
    console.fill(120).await;
    let many: Arrival = serde_json::from_str(&next(&mut messages).await).unwrap();
    assert_eq!((many.count, many.events.len()), (120, 50));
    let last = console.newest("thing.made").await.unwrap();
    assert_eq!(many.events.last().unwrap().id, last.id);
}

#[tokio::test]
async fn a_stream_ends_at_once_when_the_server_stops() {
    let console = Console::new().await;
    let messages = live(&console, "?q=action:thing.made").await;
    console.stop.cancel();
    assert_eq!(rest(messages).await, 0);
}

#[tokio::test]
async fn a_stream_ends_when_its_token_is_revoked() {
    let console = Console::new().await;
    let owner = Caller::system("test");
    let new = NewToken {
        name: "watcher".to_owned(),
        scopes: vec![Permission::LogsRead],
        days: None,
        for_service: false,
    };
    let accounts = console.services.store.first_owner().await.unwrap().unwrap();
    let email = &accounts.person.email;
    let issued = service::tokens::create_for(&console.services, &owner, email, new)
        .await
        .unwrap();
    let request = Request::builder()
        .uri("/api/v1/events/live?q=action:thing.made")
        .header("x-api-key", &issued.secret);
    let mut messages = stream(console.send(request, Body::empty()).await);
    console.fill(1).await;
    assert_eq!(next(&mut messages).await, "1");
    service::tokens::revoke(&console.services, &owner, issued.token.id)
        .await
        .unwrap();
    assert_eq!(rest(messages).await, 0);
}
