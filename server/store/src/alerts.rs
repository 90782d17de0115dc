//! The inbox of alerts, the cursor that finds what raises them, and the webhook's outbox.

use chrono::{DateTime, Duration, Utc};
use model::alert::{Alert, FAILURES_IN_A_ROW, NewWebhook, Webhook};
use serde_json::Value;
use uuid::Uuid;

use crate::{Error, Result, Store, Transaction};

/// Positions that one step of the cursor looks at.
const STEP: i64 = 20_000;

/// How long a process may take to send one alert before another may try.
const LEASE: Duration = Duration::minutes(2);

/// An event that may raise an alert, as far as its text needs it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Signal {
    pub id: Uuid,
    pub occurred_at: DateTime<Utc>,
    pub action: String,
    pub actor: String,
    pub actor_email: Option<String>,
    pub resource: Option<String>,
    pub status: String,
    pub details: Option<Value>,
    pub error_message: Option<String>,
}

/// What one step of the cursor saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    pub signals: Vec<Signal>,
    /// Whether positions remain that were not looked at.
    pub more: bool,
}

/// An alert that is due to be sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub alert: Alert,
    /// Attempts before this one.
    pub attempts: i32,
    pub url: String,
    pub secret: String,
}

/// How far the trail was looked at.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Watch {
    /// Positions not yet looked at.
    pub behind: i64,
    /// When the oldest of them was recorded.
    pub since: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct AlertRow {
    id: Uuid,
    kind: String,
    event_id: Uuid,
    at: DateTime<Utc>,
    text: String,
    raised_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
    read_by: Option<String>,
}

impl AlertRow {
    fn alert(self) -> Result<Alert> {
        Ok(Alert {
            id: self.id,
            kind: self.kind.parse().map_err(|_| Error::Inconsistent {
                table: "alerts",
                column: "kind",
                value: self.kind.clone(),
            })?,
            event_id: self.event_id,
            at: self.at,
            text: self.text,
            raised_at: self.raised_at,
            read_at: self.read_at,
            read_by: self.read_by,
        })
    }
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    #[sqlx(flatten)]
    alert: AlertRow,
    attempts: i32,
    url: String,
    secret: String,
}

#[derive(sqlx::FromRow)]
struct WebhookRow {
    url: String,
    secret: String,
    enabled: bool,
    changed_at: DateTime<Utc>,
    waiting: i64,
    last_delivered_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
}

impl Store {
    /// Alerts before one of them, or the newest; the newest first.
    pub async fn alerts(&self, before: Option<Uuid>, limit: i64) -> Result<Vec<Alert>> {
        let rows: Vec<AlertRow> = sqlx::query_as(
            "select id, kind, event_id, at, text, raised_at, read_at, read_by from alerts
             where $1::uuid is null or id < $1 order by id desc limit $2",
        )
        .bind(before)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(AlertRow::alert).collect()
    }

    /// How many alerts nobody has read.
    pub async fn unread_alerts(&self) -> Result<i64> {
        Ok(
            sqlx::query_scalar("select count(*) from alerts where read_at is null")
                .fetch_one(&self.pool)
                .await?,
        )
    }

    /// Where alerts are sent and how that goes.
    pub async fn webhook(&self) -> Result<Option<Webhook>> {
        let row: Option<WebhookRow> = sqlx::query_as(
            "select w.url, w.secret, w.enabled, w.changed_at,
                    (select count(*) from alert_deliveries where next_at is not null) as waiting,
                    (select max(delivered_at) from alert_deliveries) as last_delivered_at,
                    (select last_error from alert_deliveries where next_at is not null and attempts > 0
                     order by next_at desc limit 1) as last_error
             from webhooks w",
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Webhook {
            url: row.url,
            secret: row.secret,
            enabled: row.enabled,
            changed_at: row.changed_at,
            waiting: row.waiting,
            last_delivered_at: row.last_delivered_at,
            last_error: row.last_error,
        }))
    }

    /// How far the trail was looked at.
    pub async fn alert_watch(&self) -> Result<Watch> {
        Ok(sqlx::query_as(
            "select h.size - c.seq as behind,
                    (select min(l.received_at) from logs l where l.seq >= c.seq and l.seq < c.seq + 1000) as since
             from trail_head h, alert_cursor c",
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Takes one alert that is due; no other process gets it while the lease lasts.
    pub async fn take_delivery(&self, now: DateTime<Utc>) -> Result<Option<Delivery>> {
        let row: Option<DeliveryRow> = sqlx::query_as(
            "with due as (
                 select d.alert_id from alert_deliveries d, webhooks w
                 where w.enabled and d.next_at <= $1 order by d.next_at limit 1 for update of d skip locked)
             update alert_deliveries d set next_at = $2, attempts = d.attempts + 1
             from due, alerts a, webhooks w where d.alert_id = due.alert_id and a.id = d.alert_id
             returning a.id, a.kind, a.event_id, a.at, a.text, a.raised_at, a.read_at, a.read_by,
                       d.attempts - 1 as attempts, w.url, w.secret",
        )
        .bind(now)
        .bind(now + LEASE)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Delivery {
                alert: row.alert.alert()?,
                attempts: row.attempts,
                url: row.url,
                secret: row.secret,
            })
        })
        .transpose()
    }

    /// Notes that an alert arrived.
    pub async fn note_delivered(&self, alert: Uuid, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "update alert_deliveries set next_at = null, delivered_at = $2, last_error = null where alert_id = $1",
        )
        .bind(alert)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes why an alert did not arrive and when it is tried again; never, without a time.
    pub async fn note_undelivered(
        &self,
        alert: Uuid,
        error: &str,
        next_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        sqlx::query(
            "update alert_deliveries set next_at = $2, last_error = $3 where alert_id = $1",
        )
        .bind(alert)
        .bind(next_at)
        .bind(error)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

impl Transaction {
    /// Looks at the next positions and moves the cursor behind them. Nothing when another
    /// process is at it.
    ///
    /// The sources matter: whoever has a token can send `logs.deleted`, and it means nothing.
    pub async fn step_alerts(&mut self, now: DateTime<Utc>) -> Result<Step> {
        let cursor: Option<i64> =
            sqlx::query_scalar("select seq from alert_cursor for update skip locked")
                .fetch_optional(self.connection())
                .await?;
        let Some(cursor) = cursor else {
            return Ok(Step::default());
        };
        let size: i64 = sqlx::query_scalar("select size from trail_head")
            .fetch_one(self.connection())
            .await?;
        let end = size.min(cursor + STEP);
        if end <= cursor {
            return Ok(Step::default());
        }
        let signals = sqlx::query_as(
            "select id, occurred_at, action, coalesce(actor_name, actor_email, actor_id) as actor, actor_email,
                    coalesce(resource_name, resource_id) as resource, status, details, error_message
             from logs where seq >= $1 and seq < $2 and (
                 action = 'action.executed'
                 or (source = 'auditorium' and status = 'success'
                     and action in ('user.deleted', 'retention.changed', 'logs.deleted', 'logs.truncated'))
                 or (source = 'auditorium' and action in ('trail.refused', 'trail.damaged'))
                 or (source = 'auditorium' and action = 'login.failure'
                     and case when jsonb_typeof(details->'failures_in_a_row') = 'number'
                              then (details->>'failures_in_a_row')::numeric > 0
                                   and (details->>'failures_in_a_row')::numeric % $3 = 0 end))
             order by seq",
        )
        .bind(cursor)
        .bind(end)
        .bind(FAILURES_IN_A_ROW)
        .fetch_all(self.connection())
        .await?;
        sqlx::query("update alert_cursor set seq = $1, moved_at = $2")
            .bind(end)
            .bind(now)
            .execute(self.connection())
            .await?;
        Ok(Step {
            signals,
            more: end < size,
        })
    }

    /// Adds an alert and, while a webhook is on, its delivery. An event raises each kind once.
    pub async fn insert_alert(&mut self, alert: &Alert) -> Result<bool> {
        let added = sqlx::query(
            "insert into alerts (id, kind, event_id, at, text, raised_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (event_id, kind) do nothing",
        )
        .bind(alert.id)
        .bind(alert.kind.as_str())
        .bind(alert.event_id)
        .bind(alert.at)
        .bind(&alert.text)
        .bind(alert.raised_at)
        .execute(self.connection())
        .await?
        .rows_affected()
            == 1;
        if added {
            sqlx::query(
                "insert into alert_deliveries (alert_id, next_at) select $1, $2 from webhooks where enabled",
            )
            .bind(alert.id)
            .bind(alert.raised_at)
            .execute(self.connection())
            .await?;
        }
        Ok(added)
    }

    /// Marks alerts as read, all of them when none is named; answers with how many were not.
    pub async fn mark_alerts_read(
        &mut self,
        id: Option<Uuid>,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let result = sqlx::query(
            "update alerts set read_at = $2, read_by = $3 where read_at is null and ($1::uuid is null or id = $1)",
        )
        .bind(id)
        .bind(now)
        .bind(by)
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected())
    }

    /// Sets the webhook; the secret is taken where there is none yet or a new one was asked for.
    pub async fn set_webhook(
        &mut self,
        new: &NewWebhook,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "insert into webhooks as w (url, secret, enabled, changed_at) values ($1, $2, $3, $4)
             on conflict (single) do update set url = $1, enabled = $3, changed_at = $4,
                 secret = case when $5 then $2 else w.secret end",
        )
        .bind(&new.url)
        .bind(secret)
        .bind(new.enabled)
        .bind(now)
        .bind(new.new_secret)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
