//! Deleting: what was previewed is what goes, and it stays on record.

use axum::http::StatusCode;
use model::deletion::DeletionRequest;
use model::event::{Actor, ActorType};
use serde_json::json;
use service::{Caller, Error};

use crate::console::Console;

fn owner() -> Caller {
    Caller {
        actor: Actor::new(ActorType::User, "owner"),
        ..Caller::system("test")
    }
}

fn request(query: &str, up_to_seq: i64, confirmation: &str) -> DeletionRequest {
    DeletionRequest {
        query: query.to_owned(),
        ids: Vec::new(),
        up_to_seq,
        reason: "asked by the subject".to_owned(),
        confirmation: confirmation.to_owned(),
    }
}

#[tokio::test]
async fn what_was_previewed_is_what_goes() {
    let console = Console::new().await;
    console.fill(700).await;
    console
        .post(
            "/api/v1/events",
            r#"[{"action":"role.given"},{"action":"ai.asked"}]"#,
        )
        .await;
    console.services.store.index_blocks().await.unwrap();
    let query = "action:thing.*,role.given,ai.asked";
    let preview = service::deletions::preview(&console.services, &owner(), query, &[])
        .await
        .unwrap();
    assert_eq!((preview.count, preview.skipped), (700, 2));
    assert_eq!(
        (preview.sample.len(), preview.confirmation.as_str()),
        (5, "delete 700 events")
    );
    // What comes after the preview stays.
    console.fill(3).await;
    let asked = request(query, preview.up_to_seq, "delete 700 events");
    let done = service::deletions::delete(&console.services, &owner(), &asked)
        .await
        .unwrap();
    assert_eq!((done.deleted, done.skipped), (700, 2));
    assert_eq!(console.list(query).await.events.len(), 5);
    let record = console.newest("logs.deleted").await.unwrap();
    assert_eq!(record.id, done.event_id);
    let details = record.details.unwrap();
    assert_eq!(
        (&details["deleted"], &details["reason"]),
        (&json!(700), &json!("asked by the subject"))
    );
}

#[tokio::test]
async fn a_deleted_event_tells_which_deletion_took_it() {
    let console = Console::new().await;
    console.fill(2).await;
    let id = console.newest("thing.made").await.unwrap().id;
    let preview = service::deletions::preview(&console.services, &owner(), "", &[id])
        .await
        .unwrap();
    let asked = DeletionRequest {
        ids: vec![id],
        ..request("", preview.up_to_seq, "delete 1 event")
    };
    service::deletions::delete(&console.services, &owner(), &asked)
        .await
        .unwrap();
    let deletion = console.newest("logs.deleted").await.unwrap();
    let (status, problem) = console.get(&format!("/api/v1/events/{id}")).await;
    assert_eq!(status, StatusCode::GONE);
    let told = format!("was deleted by #{}.", deletion.seq);
    assert!(
        problem["detail"].as_str().unwrap().ends_with(&told),
        "{problem}"
    );
}

#[tokio::test]
async fn a_wrong_confirmation_or_no_reason_deletes_nothing() {
    let console = Console::new().await;
    console.fill(3).await;
    let head = console.services.store.head().await.unwrap() - 1;
    let delete = async |asked: DeletionRequest| {
        service::deletions::delete(&console.services, &owner(), &asked)
            .await
            .unwrap_err()
    };
    let query = "action:thing.made";
    assert!(matches!(
        delete(request(query, head, "yes")).await,
        Error::Invalid(_)
    ));
    assert!(matches!(
        delete(request(query, head, "delete 2 events")).await,
        Error::Conflict(_)
    ));
    let silent = DeletionRequest {
        reason: " ".to_owned(),
        ..request(query, head, "delete 3 events")
    };
    assert!(matches!(delete(silent).await, Error::Invalid(_)));
    assert!(matches!(
        delete(request("action:none", head, "delete 0 events")).await,
        Error::Conflict(_)
    ));
    assert_eq!(console.list(query).await.events.len(), 3);
}

#[tokio::test]
async fn who_may_not_delete_is_refused_and_put_on_record() {
    let console = Console::new().await;
    console.fill(1).await;
    let nobody = Caller::anonymous(service::Origin::default());
    let refused = service::deletions::preview(&console.services, &nobody, "", &[]).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
}
