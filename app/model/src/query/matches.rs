//! Whether an event is meant: for live rows, and as the oracle that SQL is tested against.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Query;
use super::term::{Pattern, Predicate, ResourcePattern, Term};
use crate::event::{Actor, Event, Resource};

impl Query {
    /// Whether every term holds for the event; `now` is what `last:` counts back from.
    #[must_use]
    pub fn matches(&self, event: &Event, now: DateTime<Utc>) -> bool {
        self.terms.iter().all(|term| term.matches(event, now))
    }
}

impl Term {
    /// Whether the event is kept by this term.
    #[must_use]
    pub fn matches(&self, event: &Event, now: DateTime<Utc>) -> bool {
        self.predicate.matches(event, now) != self.negated
    }
}

impl Predicate {
    fn matches(&self, event: &Event, now: DateTime<Utc>) -> bool {
        match self {
            Self::Actor(patterns) => patterns.iter().any(|p| is_actor(p, &event.actor)),
            Self::ActorType(types) => types.contains(&event.actor.kind),
            Self::Action(patterns) => patterns.iter().any(|p| p.matches(&event.action)),
            Self::Resource(patterns) => event
                .resource
                .as_ref()
                .is_some_and(|r| patterns.iter().any(|p| is_resource(p, r))),
            Self::Status(statuses) => statuses.contains(&event.status),
            Self::Category(categories) => categories.contains(&event.category),
            Self::Classification(classes) => classes.contains(&event.data_classification),
            Self::Tag(tags) => tags.iter().any(|tag| event.compliance_tags.contains(tag)),
            Self::Team(teams) => is_among(event.team.as_ref(), teams),
            Self::Source(sources) => sources.contains(&event.source),
            Self::Request(ids) => is_among(event.request_id.as_ref(), ids),
            Self::Session(ids) => is_among(event.session_id.as_ref(), ids),
            Self::Ip(ranges) => event
                .actor
                .ip
                .is_some_and(|ip| ranges.iter().any(|range| range.contains(ip))),
            Self::Created(range) => range.contains(event.occurred_at),
            Self::Last(last) => last.from(now) <= event.occurred_at,
            Self::Id(ids) => ids.contains(&event.id),
            Self::Text(text) => has_text(event, &text.to_lowercase()),
        }
    }
}

fn is_actor(pattern: &Pattern, actor: &Actor) -> bool {
    [Some(&actor.id), actor.name.as_ref(), actor.email.as_ref()]
        .into_iter()
        .flatten()
        .any(|text| pattern.matches_any_case(text))
}

fn is_resource(pattern: &ResourcePattern, resource: &Resource) -> bool {
    pattern.kind().is_none_or(|kind| kind == resource.kind)
        && pattern
            .id()
            .is_none_or(|id| resource.id.as_deref() == Some(id))
}

fn is_among(value: Option<&String>, values: &[String]) -> bool {
    value.is_some_and(|value| values.contains(value))
}

fn has_text(event: &Event, lower: &str) -> bool {
    let actor = &event.actor;
    let resource = event.resource.as_ref();
    let texts = [
        Some(&actor.id),
        actor.name.as_ref(),
        actor.email.as_ref(),
        actor.user_agent.as_ref(),
        actor.on_behalf_of.as_ref(),
        Some(&event.action),
        resource.map(|r| &r.kind),
        resource.and_then(|r| r.id.as_ref()),
        resource.and_then(|r| r.name.as_ref()),
        event.error_message.as_ref(),
    ];
    texts
        .into_iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(lower))
        || [&event.details, &event.previous_state, &event.new_state]
            .into_iter()
            .flatten()
            .any(|value| jsonb_text(value).to_lowercase().contains(lower))
}

/// The value as Postgres prints `jsonb`: blanks behind colons and commas, keys by length first.
fn jsonb_text(value: &Value) -> String {
    let mut out = String::new();
    write_jsonb(value, &mut out);
    out
}

fn write_jsonb(value: &Value, out: &mut String) {
    match value {
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_jsonb(element, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            out.push('{');
            for (index, (key, member)) in sorted.into_iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                // Writing to a string cannot fail.
                let _ = write!(out, "{}: ", Value::from(key.as_str()));
                write_jsonb(member, out);
            }
            out.push('}');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
}
