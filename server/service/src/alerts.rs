//! The inbox: what alarms, raised at once and exactly once, and the webhook that carries it out.
//!
//! [`watch`] follows the trail by a durable cursor and [`deliver`] empties the webhook's outbox;
//! jobs call both. Refuses events that a token could forge, except `action.executed`, which
//! agents report.

pub mod webhook;

use model::alert::{Alert, AlertKind, Inbox, NewWebhook, Webhook, WebhookTest};
use model::event::{NewEvent, Resource, Status};
use model::permission::Permission;
use serde_json::{Value, json};
use store::alerts::Signal;
use uuid::Uuid;

use crate::{Caller, Error, Result, Services, own_event};

/// Alerts on one page of the inbox.
const PAGE: usize = 50;

/// A page of the inbox; `before` is the last alert of the page before.
pub async fn inbox(services: &Services, caller: &Caller, before: Option<Uuid>) -> Result<Inbox> {
    services.authorize(caller, Permission::AlertsRead).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut alerts = services.store.alerts(before, limit).await?;
    let more = alerts.len() > PAGE;
    alerts.truncate(PAGE);
    Ok(Inbox {
        next: more.then(|| alerts.last().map(|alert| alert.id)).flatten(),
        alerts,
        unread: services.store.unread_alerts().await?,
    })
}

/// How many alerts nobody has read; none for those who may not see them, without a record.
pub async fn unread(services: &Services, caller: &Caller) -> Result<i64> {
    if caller.is_anonymous() {
        return Err(Error::Unauthenticated);
    }
    if !caller.may(Permission::AlertsRead) {
        return Ok(0);
    }
    Ok(services.store.unread_alerts().await?)
}

/// Marks one alert, or all of them, as read; answers with how many were not.
pub async fn mark_read(services: &Services, caller: &Caller, id: Option<Uuid>) -> Result<u64> {
    services.authorize(caller, Permission::AlertsRead).await?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let marked = transaction
        .mark_alerts_read(id, caller.actor.label(), now)
        .await?;
    if marked > 0 {
        let event = NewEvent::new("alert.read").with_details(json!({ "alerts": marked }));
        let event = match id {
            Some(id) => event.on(Resource::new("alert", id.to_string())),
            None => event,
        };
        transaction.record(own_event::prepare(caller, event, now));
    }
    transaction.commit(now).await?;
    Ok(marked)
}

/// Where alerts are sent, with the secret that the receiver verifies by.
pub async fn read_webhook(services: &Services, caller: &Caller) -> Result<Option<Webhook>> {
    services.authorize(caller, Permission::AlertsManage).await?;
    Ok(services.store.webhook().await?)
}

/// Sets where alerts are sent.
pub async fn set_webhook(services: &Services, caller: &Caller, new: NewWebhook) -> Result<Webhook> {
    services.authorize(caller, Permission::AlertsManage).await?;
    let new = NewWebhook {
        url: webhook::check_url(&new.url)?,
        ..new
    };
    let now = services.now();
    let before = services.store.webhook().await?;
    let previous = before.map(|webhook| json!({ "url": webhook.url, "enabled": webhook.enabled }));
    let action = if previous.is_some() {
        "integration.updated"
    } else {
        "integration.created"
    };
    let event = NewEvent::new(action)
        .on(Resource::new("webhook", "alerts").named(new.url.clone()))
        .with_details(json!({ "new_secret": new.new_secret }))
        .changing(
            previous,
            Some(json!({ "url": new.url, "enabled": new.enabled })),
        );
    let mut transaction = services.store.begin().await?;
    transaction
        .set_webhook(&new, &webhook::mint_secret(), now)
        .await?;
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    services
        .store
        .webhook()
        .await?
        .ok_or_else(|| Error::Unexpected("the webhook that was set is not there".to_owned()))
}

/// Sends a test to the webhook at once, whether alerts are sent there or not; what came of it is
/// recorded.
pub async fn test_webhook(services: &Services, caller: &Caller) -> Result<WebhookTest> {
    services.authorize(caller, Permission::AlertsManage).await?;
    let webhook = services
        .store
        .webhook()
        .await?
        .ok_or(Error::NotFound { what: "webhook" })?;
    let failure = webhook::test(services, &webhook).await?.err();
    let event = NewEvent::new("integration.tested")
        .on(Resource::new("webhook", "alerts").named(webhook.url));
    let event = match &failure {
        Some(failure) => event.ended(Status::Failure, failure.clone()),
        None => event,
    };
    services.record_own(caller, event).await?;
    Ok(WebhookTest { failure })
}

/// Looks at what was recorded since the last time and raises what alarms. Several processes
/// may do so at once; answers with how many alerts this one raised.
pub async fn watch(services: &Services) -> Result<u64> {
    let mut raised = 0;
    loop {
        let now = services.now();
        let mut transaction = services.store.begin().await?;
        let step = transaction.step_alerts(now).await?;
        for signal in step.signals {
            if let Some(alert) = alert_of(&signal, now)
                && transaction.insert_alert(&alert).await?
            {
                raised += 1;
            }
        }
        transaction.commit(now).await?;
        if !step.more {
            return Ok(raised);
        }
    }
}

/// Sends what is due to the webhook.
pub async fn deliver(services: &Services) -> Result<()> {
    webhook::deliver(services).await
}

fn alert_of(signal: &Signal, raised_at: chrono::DateTime<chrono::Utc>) -> Option<Alert> {
    let kind = match signal.action.as_str() {
        "login.failure" => AlertKind::FailedSignIns,
        action => action.parse().ok()?,
    };
    Some(Alert {
        id: Uuid::now_v7(),
        kind,
        event_id: signal.id,
        at: signal.occurred_at,
        text: text(kind, signal),
        raised_at,
        read_at: None,
        read_by: None,
    })
}

fn text(kind: AlertKind, signal: &Signal) -> String {
    let Signal {
        actor, resource, ..
    } = signal;
    let what = resource.as_deref().unwrap_or("something");
    let detail = |name: &str| {
        signal
            .details
            .as_ref()
            .and_then(|details| details.get(name))
            .and_then(Value::as_i64)
    };
    match kind {
        AlertKind::ActionExecuted => {
            format!("{actor} executed an action on {what} ({}).", signal.status)
        }
        AlertKind::UserDeleted => format!("{actor} deleted the user {what}."),
        AlertKind::RetentionChanged => format!("{actor} changed how long {what} is kept."),
        AlertKind::LogsDeleted => match detail("deleted") {
            Some(count) => format!("{actor} deleted {count} events from the logs."),
            None => format!("{actor} deleted events from the logs."),
        },
        AlertKind::LogsTruncated => format!("{actor} truncated the table {what}."),
        AlertKind::TrailRefused => format!(
            "Events are recorded and not sealed: {}",
            signal
                .error_message
                .as_deref()
                .unwrap_or("the integrity page says why")
        ),
        AlertKind::TrailDamaged => format!(
            "What is stored is no longer what was recorded: {}.",
            signal
                .error_message
                .as_deref()
                .unwrap_or("the integrity page says where")
        ),
        AlertKind::FailedSignIns => {
            let account = resource
                .as_deref()
                .or(signal.actor_email.as_deref())
                .unwrap_or("an account");
            let count = detail("failures_in_a_row").unwrap_or(model::alert::FAILURES_IN_A_ROW);
            format!("Signing in as {account} failed {count} times in a row.")
        }
    }
}
