//! Deletions: what a deletion would remove, and what it removed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// What a deletion of a query's result would do, shown before it is confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeletionPreview {
    /// Events that would go.
    pub count: i64,
    /// Events that match and stay, because their category keeps its term.
    pub skipped: i64,
    pub first_occurred_at: Option<DateTime<Utc>>,
    pub last_occurred_at: Option<DateTime<Utc>>,
    /// Nothing recorded after this position is touched, so that what was shown is what goes.
    pub up_to_seq: i64,
    /// A few of the events that would go, newest first.
    pub sample: Vec<Event>,
    /// What the requester types to confirm: `delete 214 events`.
    pub confirmation: String,
}

/// What a deletion did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deletion {
    pub id: Uuid,
    pub deleted: i64,
    pub skipped: i64,
    /// The `logs.deleted` event.
    pub event_id: Uuid,
}

/// What is asked to be deleted, and the proof that it is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionRequest {
    /// A query; counts when `ids` is empty.
    pub query: String,
    /// Chosen events.
    pub ids: Vec<Uuid>,
    /// [`DeletionPreview::up_to_seq`], as it was shown.
    pub up_to_seq: i64,
    pub reason: String,
    /// [`DeletionPreview::confirmation`], typed.
    pub confirmation: String,
}

/// Reads ids separated by commas; what is none is left out.
#[must_use]
pub fn read_ids(text: &str) -> Vec<Uuid> {
    text.split(',')
        .filter_map(|id| id.trim().parse().ok())
        .collect()
}
