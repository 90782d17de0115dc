//! The inbox of alerts and the one webhook that carries them out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;

/// Failed sign-ins of one account in a row that raise an alert, and again each time as many.
pub const FAILURES_IN_A_ROW: i64 = 5;

text_enum! {
    /// What raises an alert.
    AlertKind {
        ActionExecuted = "action.executed",
        UserDeleted = "user.deleted",
        RetentionChanged = "retention.changed",
        LogsDeleted = "logs.deleted",
        LogsTruncated = "logs.truncated",
        TrailRefused = "trail.refused",
        TrailDamaged = "trail.damaged",
        FailedSignIns = "login.failures",
    }
}

impl AlertKind {
    /// The words that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ActionExecuted => "Action executed",
            Self::UserDeleted => "User deleted",
            Self::RetentionChanged => "Retention changed",
            Self::LogsDeleted => "Logs deleted",
            Self::LogsTruncated => "Logs truncated",
            Self::TrailRefused => "Sealing refused",
            Self::TrailDamaged => "Trail damaged",
            Self::FailedSignIns => "Failed sign-ins in a row",
        }
    }
}

/// An alert in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub id: Uuid,
    pub kind: AlertKind,
    /// The event that raised it; it can be gone by now.
    pub event_id: Uuid,
    /// When that happened.
    pub at: DateTime<Utc>,
    /// What happened, in one sentence.
    pub text: String,
    pub raised_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
    /// Who marked it as read.
    pub read_by: Option<String>,
}

/// A page of the inbox, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    pub alerts: Vec<Alert>,
    /// How many are unread, on other pages too.
    pub unread: i64,
    /// What `before` of the next page must be; absent on the last page.
    pub next: Option<Uuid>,
}

/// Where alerts are sent, as those may see who manage it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub url: String,
    /// `whsec_` and base64, by Standard Webhooks; the receiver verifies with it.
    pub secret: String,
    pub enabled: bool,
    pub changed_at: DateTime<Utc>,
    /// Alerts that still wait to be sent.
    pub waiting: i64,
    pub last_delivered_at: Option<DateTime<Utc>>,
    /// Why the newest failed attempt failed, while something waits.
    pub last_error: Option<String>,
}

/// What the webhook is set from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWebhook {
    pub url: String,
    pub enabled: bool,
    /// Makes a new secret; otherwise the present one stays.
    #[serde(default)]
    pub new_secret: bool,
}

/// What came of a test of the webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookTest {
    /// What the receiver did instead of taking it: `answered 500`, `not reached`, …
    pub failure: Option<String>,
}
