//! Events to record in tests.

use chrono::Utc;
use model::action::classify;
use model::event::{Actor, ActorType, Classification, Event, Status};
use uuid::Uuid;

/// A new event of a user, classified by its action.
pub(crate) fn event(action: &str) -> Event {
    let derived = classify(action, None);
    Event {
        id: Uuid::now_v7(),
        seq: -1,
        occurred_at: chrono::DateTime::from_timestamp_micros(Utc::now().timestamp_micros())
            .unwrap(),
        received_at: Utc::now(),
        actor: Actor::new(ActorType::User, "u1"),
        action: action.to_owned(),
        resource: None,
        status: Status::Success,
        error_message: None,
        request_id: None,
        session_id: None,
        team: None,
        category: derived.category,
        data_classification: Classification::Internal,
        compliance_tags: derived.compliance_tags,
        source: "token:test".to_owned(),
        schema_version: 1,
        details: None,
        previous_state: None,
        new_state: None,
    }
}
