//! The product's own records: what it did, written by it alone.

use chrono::{DateTime, Utc};
use model::action::classify;
use model::event::{Classification, Event, NewEvent, OWN_SOURCE, SCHEMA_VERSION};
use uuid::Uuid;

use crate::caller::{Caller, Credential};

/// Completes an event of the product itself: the caller as actor, derived category and tags,
/// `source` as `auditorium`.
#[must_use]
pub fn prepare(caller: &Caller, event: NewEvent, now: DateTime<Utc>) -> Event {
    complete(caller, event, OWN_SOURCE.to_owned(), now)
}

/// Completes an event with what the server knows and the sender cannot say.
pub(crate) fn complete(
    caller: &Caller,
    event: NewEvent,
    source: String,
    now: DateTime<Utc>,
) -> Event {
    let derived = classify(
        &event.action,
        event
            .resource
            .as_ref()
            .map(|resource| resource.kind.as_str()),
    );
    let session_id = event.session_id.or_else(|| match &caller.credential {
        Credential::Session { id } => Some(id.to_string()),
        _ => None,
    });
    Event {
        id: event.id.unwrap_or_else(Uuid::now_v7),
        seq: -1,
        occurred_at: event.occurred_at.unwrap_or(now),
        received_at: now,
        actor: event.actor.unwrap_or_else(|| caller.actor.clone()),
        action: event.action,
        resource: event.resource,
        status: event.status,
        error_message: event.error_message,
        request_id: event
            .request_id
            .or_else(|| caller.origin.request_id.clone()),
        session_id,
        team: event.team,
        category: derived.category,
        data_classification: event
            .data_classification
            .unwrap_or(Classification::Internal),
        compliance_tags: derived.compliance_tags,
        source,
        schema_version: SCHEMA_VERSION,
        details: event.details,
        previous_state: event.previous_state,
        new_state: event.new_state,
    }
}
