//! Alerts: what raises one, once; what a token cannot forge; what the webhook receives.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use model::alert::{AlertKind, NewWebhook};
use model::event::{NewEvent, Resource, Status};
use serde_json::json;
use service::{Caller, Services, Settings, alerts};
use sqlx::{AssertSqlSafe, Connection as _};
use testing::TestStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

async fn world() -> (TestStore, Services) {
    let database = TestStore::new().await.unwrap();
    let settings = Settings {
        environment: "development".to_owned(),
        public_url: "http://127.0.0.1:3000".to_owned(),
        session_hours: 8,
        token_days: 90,
    };
    let services = Services::new(database.store.clone(), settings);
    (database, services)
}

fn system() -> Caller {
    Caller::system("test")
}

async fn record(services: &Services, action: &str) {
    let event = NewEvent::new(action).on(Resource::new("user", "7").named("bob@example.org"));
    services.record_own(&system(), event).await.unwrap();
}

/// Records an event as a token would have sent it.
async fn record_foreign(services: &Services, action: &str) {
    let now = services.now();
    let mut event = service::own_event::prepare(&system(), NewEvent::new(action), now);
    "token:0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88".clone_into(&mut event.source);
    services
        .store
        .recorder()
        .record(vec![event], now)
        .await
        .unwrap();
}

async fn kinds(services: &Services) -> Vec<AlertKind> {
    let inbox = alerts::inbox(services, &system(), None).await.unwrap();
    inbox
        .alerts
        .into_iter()
        .rev()
        .map(|alert| alert.kind)
        .collect()
}

#[tokio::test]
async fn each_alarming_event_raises_one_alert_whoever_looks_how_often() {
    let (_database, services) = world().await;
    for action in [
        "user.deleted",
        "retention.changed",
        "logs.deleted",
        "user.invited",
    ] {
        record(&services, action).await;
    }
    let (first, second) = tokio::join!(alerts::watch(&services), alerts::watch(&services));
    let later = alerts::watch(&services).await.unwrap();
    assert_eq!(first.unwrap() + second.unwrap() + later, 3);
    let raised = kinds(&services).await;
    assert_eq!(
        raised,
        [
            AlertKind::UserDeleted,
            AlertKind::RetentionChanged,
            AlertKind::LogsDeleted
        ]
    );
}

#[tokio::test]
async fn a_token_cannot_forge_an_alert_but_agents_report_actions() {
    let (_database, services) = world().await;
    for action in [
        "user.deleted",
        "logs.deleted",
        "logs.truncated",
        "login.failure",
        "action.executed",
    ] {
        record_foreign(&services, action).await;
    }
    alerts::watch(&services).await.unwrap();
    assert_eq!(kinds(&services).await, [AlertKind::ActionExecuted]);
}

#[tokio::test]
async fn a_truncation_by_sql_raises_an_alert() {
    let (database, services) = world().await;
    record(&services, "user.invited").await;
    let mut operator = database
        .connect_as(store::bootstrap::OPERATOR)
        .await
        .unwrap();
    sqlx::query(AssertSqlSafe("truncate logs".to_owned()))
        .execute(&mut operator)
        .await
        .unwrap();
    operator.close().await.unwrap();
    alerts::watch(&services).await.unwrap();
    assert_eq!(kinds(&services).await, [AlertKind::LogsTruncated]);
}

#[tokio::test]
async fn the_fifth_failed_sign_in_in_a_row_raises_an_alert_and_the_others_do_not() {
    let (_database, services) = world().await;
    for failures in 1..=7 {
        let event = NewEvent::new("login.failure")
            .on(Resource::new("user", "7").named("bob@example.org"))
            .with_details(json!({ "failures_in_a_row": failures }))
            .ended(Status::Failure, "wrong");
        services.record_own(&system(), event).await.unwrap();
    }
    let unknown = NewEvent::new("login.failure").with_details(json!({ "failures_in_a_row": null }));
    services.record_own(&system(), unknown).await.unwrap();
    alerts::watch(&services).await.unwrap();
    let inbox = alerts::inbox(&services, &system(), None).await.unwrap();
    assert_eq!(inbox.alerts.len(), 1);
    assert_eq!(
        inbox.alerts[0].text,
        "Signing in as bob@example.org failed 5 times in a row."
    );
}

#[tokio::test]
async fn reading_an_alert_is_kept_with_who_did_it() {
    let (_database, services) = world().await;
    record(&services, "user.deleted").await;
    record(&services, "logs.deleted").await;
    alerts::watch(&services).await.unwrap();
    let inbox = alerts::inbox(&services, &system(), None).await.unwrap();
    assert_eq!(inbox.unread, 2);
    alerts::mark_read(&services, &system(), Some(inbox.alerts[0].id))
        .await
        .unwrap();
    assert_eq!(alerts::unread(&services, &system()).await.unwrap(), 1);
    assert_eq!(
        alerts::mark_read(&services, &system(), None).await.unwrap(),
        1
    );
}

/// Answers each connection with one of these statuses and keeps what it received.
async fn receiver(statuses: Vec<u16>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let mut received = Vec::new();
        for status in statuses {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !is_whole(&request) {
                stream.read_buf(&mut request).await.unwrap();
            }
            let answer = format!(
                "HTTP/1.1 {status} X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            received.push(String::from_utf8(request).unwrap());
        }
        received
    });
    (url, serving)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    head.lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
        .is_some_and(|length| body.len() >= length)
}

#[tokio::test]
async fn the_webhook_is_signed_retried_and_follows_no_redirect() {
    let (database, services) = world().await;
    let (url, serving) = receiver(vec![302, 204]).await;
    let new = NewWebhook {
        url,
        enabled: true,
        new_secret: false,
    };
    let webhook = alerts::set_webhook(&services, &system(), new)
        .await
        .unwrap();
    record(&services, "logs.deleted").await;
    alerts::watch(&services).await.unwrap();
    alerts::deliver(&services).await.unwrap();
    let failed = alerts::read_webhook(&services, &system())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (failed.waiting, failed.last_error.as_deref()),
        (1, Some("answered 302"))
    );

    let mut superuser = database.connect_as_superuser().await.unwrap();
    sqlx::query("update alert_deliveries set next_at = now()")
        .execute(&mut superuser)
        .await
        .unwrap();
    superuser.close().await.unwrap();
    alerts::deliver(&services).await.unwrap();
    alerts::deliver(&services).await.unwrap();
    let sent = alerts::read_webhook(&services, &system())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((sent.waiting, sent.last_error), (0, None));
    let received = serving.await.unwrap();
    assert_eq!(received.len(), 2);
    assert!(
        received
            .iter()
            .all(|request| request.contains("webhook-signature: v1,"))
    );
    assert!(received[1].contains("\"type\":\"logs.deleted\""));
    assert!(webhook.secret.starts_with("whsec_"));
}

#[tokio::test]
async fn two_processes_send_an_alert_once() {
    let (_database, services) = world().await;
    let (url, serving) = receiver(vec![200]).await;
    let new = NewWebhook {
        url,
        enabled: true,
        new_secret: false,
    };
    alerts::set_webhook(&services, &system(), new)
        .await
        .unwrap();
    record(&services, "user.deleted").await;
    alerts::watch(&services).await.unwrap();
    let services = Arc::new(services);
    let (first, second) = tokio::join!(alerts::deliver(&services), alerts::deliver(&services));
    first.and(second).unwrap();
    assert_eq!(serving.await.unwrap().len(), 1);
    let webhook = alerts::read_webhook(&services, &system())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((webhook.waiting, webhook.last_error), (0, None));
}

#[tokio::test]
async fn a_test_of_the_webhook_says_and_records_what_came_of_it() {
    let (_database, services) = world().await;
    let (url, serving) = receiver(vec![500, 204]).await;
    let new = NewWebhook {
        url,
        enabled: false,
        new_secret: false,
    };
    alerts::set_webhook(&services, &system(), new)
        .await
        .unwrap();
    let refused = alerts::test_webhook(&services, &system()).await.unwrap();
    assert_eq!(refused.failure.as_deref(), Some("answered 500"));
    let arrived = alerts::test_webhook(&services, &system()).await.unwrap();
    assert_eq!(arrived.failure, None);
    let received = serving.await.unwrap();
    assert!(received[1].contains("\"type\":\"test\""));
    let query = "action:integration.tested".parse().unwrap();
    let selection = store::logs::Selection::new(query, true, services.now());
    let page = services
        .store
        .page(&selection, model::log_page::Place::First, 10)
        .await
        .unwrap();
    let outcomes: Vec<Status> = page.events.iter().map(|event| event.status).collect();
    assert_eq!(outcomes, [Status::Success, Status::Failure]);
}

#[tokio::test]
async fn a_refused_seal_and_damage_alarm_with_their_reason_and_nobody_can_forge_them() {
    let (_database, services) = world().await;
    for (action, reason) in [
        ("trail.refused", "The chain is gone."),
        ("trail.damaged", "2 positions differ from what was recorded"),
    ] {
        record_foreign(&services, action).await;
        let event = NewEvent::new(action).ended(Status::Failure, reason);
        services.record_own(&system(), event).await.unwrap();
    }
    alerts::watch(&services).await.unwrap();
    assert_eq!(
        kinds(&services).await,
        [AlertKind::TrailRefused, AlertKind::TrailDamaged]
    );
    let inbox = alerts::inbox(&services, &system(), None).await.unwrap();
    assert!(inbox.alerts[0].text.contains("2 positions differ"));
    assert!(inbox.alerts[1].text.contains("The chain is gone."));
}
