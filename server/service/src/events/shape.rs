//! A JSON value as an event, with the limits of each field.

use chrono::{DateTime, TimeDelta, Utc};
use model::event::{Actor, ActorType, NewEvent, Resource, Status};
use model::problem::FieldError;
use serde_json::Value;

use super::fields::Fields;

/// Clocks of senders may run ahead by this much.
const AHEAD: TimeDelta = TimeDelta::hours(24);

/// Lengths in characters.
const NAME: usize = 200;
const ID: usize = 1_024;
const EMAIL: usize = 320;
const MESSAGE: usize = 8_192;

/// Reads an event. A field that is null or an empty text is the same as an absent one.
pub(super) fn event(value: Value, now: DateTime<Utc>) -> Result<NewEvent, Vec<FieldError>> {
    let mut fields = Fields::new(value)?;
    let action = fields.required("action", NAME);
    if !action.is_empty() && !is_action(&action) {
        fields.refuse(
            "action",
            "must be words joined by dots, such as user.created",
        );
    }
    let occurred_at = fields.time("occurred_at");
    if occurred_at.is_some_and(|at| at > now + AHEAD) {
        fields.refuse("occurred_at", "lies more than 24 hours in the future");
    }
    let event = NewEvent {
        id: fields.id("id"),
        occurred_at,
        actor: fields.object("actor", actor),
        action,
        resource: fields.object("resource", resource),
        status: fields.choice("status").unwrap_or(Status::Success),
        error_message: fields.text("error_message", MESSAGE),
        request_id: fields.text("request_id", ID),
        session_id: fields.text("session_id", ID),
        team: fields.text("team", NAME),
        data_classification: fields.choice("data_classification"),
        details: fields.json("details"),
        previous_state: fields.json("previous_state"),
        new_state: fields.json("new_state"),
    };
    fields.finish(event)
}

fn actor(fields: &mut Fields) -> Actor {
    let kind = fields.choice("type").unwrap_or(ActorType::User);
    Actor {
        kind,
        id: fields.required("id", ID),
        name: fields.text("name", ID),
        email: fields.text("email", EMAIL),
        ip: fields.ip("ip"),
        user_agent: fields.text("user_agent", ID),
        on_behalf_of: fields.text("on_behalf_of", ID),
    }
}

fn resource(fields: &mut Fields) -> Resource {
    let kind = fields.required("type", NAME);
    if kind.contains('/') {
        fields.refuse("type", "may hold no “/”; the id may");
    }
    Resource {
        kind,
        id: fields.text("id", ID),
        name: fields.text("name", ID),
    }
}

/// Words of letters, digits, `_`, `-` and `:`, joined by dots: what the block index cuts apart.
fn is_action(action: &str) -> bool {
    action.split('.').all(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':'))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn refused(value: Value) -> Vec<(String, String)> {
        let errors = event(value, now()).unwrap_err();
        errors
            .into_iter()
            .map(|error| (error.path, error.reason))
            .collect()
    }

    #[test]
    fn an_action_alone_is_an_event() {
        let read = event(json!({ "action": "report.opened" }), now()).unwrap();
        assert_eq!(read, NewEvent::new("report.opened"));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let errors = refused(json!({
            "action": "user..created", "source": "auditorium", "colour": 1,
            "actor": { "type": "robot", "ip": "10.0.0.300" },
            "occurred_at": "2026-11-23T12:00:01Z", "resource": { "type": "a/b" },
        }));
        let paths: Vec<&str> = errors.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "$.action",
                "$.occurred_at",
                "$.actor.type",
                "$.actor.id",
                "$.actor.ip",
                "$.resource.type",
                "$.colour",
                "$.source"
            ]
        );
        assert!(
            errors
                .iter()
                .any(|(_, reason)| reason == "is set by the server; leave it out")
        );
    }

    #[test]
    fn times_are_kept_to_the_microsecond_in_utc() {
        let sent = json!({ "action": "a", "occurred_at": "2026-10-01T14:00:00.123456789+02:00" });
        let read = event(sent, now()).unwrap();
        assert_eq!(read.occurred_at, "2026-10-01T12:00:00.123456Z".parse().ok());
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        let errors = refused(json!({ "action": "a", "occurred_at": "2026-10-01T14:00:00" }));
        assert!(errors[0].1.contains("RFC 3339"));
    }

    #[test]
    fn null_and_the_empty_text_are_absent() {
        let sent = json!({ "action": "a", "team": "", "details": null, "actor": null });
        assert_eq!(event(sent, now()).unwrap(), NewEvent::new("a"));
    }
}
