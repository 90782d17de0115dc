//! What each column is called, shows, and filters by.

use leptos::prelude::*;
use model::event::Event;
use model::export::Column;

use crate::components::badge::{Outcome, actor_icon, actor_kind};
use crate::components::icon::Icon;
use crate::components::time::Time;
use crate::pages::logs::state::LogsState;

/// The heading of a column.
#[must_use]
pub const fn heading(column: Column) -> &'static str {
    match column {
        Column::OccurredAt => "When",
        Column::ReceivedAt => "Received",
        Column::Seq => "Position",
        Column::Id => "Event id",
        Column::ActorType => "Actor kind",
        Column::ActorId => "Actor id",
        Column::ActorName => "Who",
        Column::ActorEmail => "E-mail",
        Column::ActorIp => "From where",
        Column::UserAgent => "User agent",
        Column::OnBehalfOf => "On behalf of",
        Column::Action => "What",
        Column::ResourceType => "On what",
        Column::ResourceId => "Resource id",
        Column::ResourceName => "Resource name",
        Column::Status => "Outcome",
        Column::ErrorMessage => "Error",
        Column::Category => "Category",
        Column::DataClassification => "Classification",
        Column::ComplianceTags => "Tags",
        Column::Team => "Team",
        Column::RequestId => "Request",
        Column::SessionId => "Session",
        Column::Source => "Source",
        Column::SchemaVersion => "Schema",
        Column::Details => "Details",
        Column::PreviousState => "Before",
        Column::NewState => "After",
    }
}

/// The class that gives a column its width; the others share the rest.
#[must_use]
pub const fn class(column: Column) -> &'static str {
    match column {
        Column::OccurredAt | Column::ReceivedAt => "table__time",
        Column::ResourceType | Column::Details | Column::ErrorMessage => "table__wide",
        Column::Status => "table__outcome",
        _ => "",
    }
}

/// Whether values are identifiers, shown in the monospaced face.
const fn is_mono(column: Column) -> bool {
    matches!(
        column,
        Column::Action
            | Column::ActorIp
            | Column::Id
            | Column::Seq
            | Column::RequestId
            | Column::SessionId
            | Column::Source
            | Column::Details
            | Column::PreviousState
            | Column::NewState
    )
}

/// The text of a column's value and the search term that finds it.
fn text_and_term(
    column: Column,
    event: &Event,
) -> (Option<String>, Option<(&'static str, String)>) {
    let actor = &event.actor;
    let resource = event.resource.as_ref();
    let same = |field: &'static str, value: Option<String>| {
        (value.clone(), value.map(|value| (field, value)))
    };
    match column {
        Column::OccurredAt | Column::ReceivedAt | Column::Status => (None, None),
        Column::Seq => (Some(event.seq.to_string()), None),
        Column::Id => same("id", Some(event.id.to_string())),
        Column::ActorType => same("actor_type", Some(actor.kind.to_string())),
        Column::ActorId => same("actor", Some(actor.id.clone())),
        Column::ActorName => (
            Some(actor.label().to_owned()),
            Some(("actor", actor.id.clone())),
        ),
        Column::ActorEmail => same("actor", actor.email.clone()),
        Column::ActorIp => same("ip", actor.ip.map(|ip| ip.to_string())),
        Column::UserAgent => (actor.user_agent.clone(), None),
        Column::OnBehalfOf => (actor.on_behalf_of.clone(), None),
        Column::Action => same("action", Some(event.action.clone())),
        Column::ResourceType => resource.map_or((None, None), |resource| {
            let id = resource
                .id
                .as_ref()
                .map(|id| format!("{}/{id}", resource.kind));
            let name = resource
                .name
                .as_ref()
                .map(|name| format!("{} {name}", resource.kind));
            let term = id.clone().unwrap_or_else(|| resource.kind.clone());
            (
                name.or(id).or_else(|| Some(resource.kind.clone())),
                Some(("resource", term)),
            )
        }),
        Column::ResourceId => (resource.and_then(|resource| resource.id.clone()), None),
        Column::ResourceName => (resource.and_then(|resource| resource.name.clone()), None),
        Column::ErrorMessage => (event.error_message.clone(), None),
        Column::Category => same("category", Some(event.category.to_string())),
        Column::DataClassification => same(
            "classification",
            Some(event.data_classification.to_string()),
        ),
        Column::ComplianceTags => (Some(event.compliance_tags.join(", ")), None),
        Column::Team => same("team", event.team.clone()),
        Column::RequestId => same("request", event.request_id.clone()),
        Column::SessionId => same("session", event.session_id.clone()),
        Column::Source => same("source", Some(event.source.clone())),
        Column::SchemaVersion => (Some(event.schema_version.to_string()), None),
        Column::Details => (event.details.as_ref().map(ToString::to_string), None),
        Column::PreviousState => (event.previous_state.as_ref().map(ToString::to_string), None),
        Column::NewState => (event.new_state.as_ref().map(ToString::to_string), None),
    }
}

/// A cell's content: a value that filters when it is followed, and excludes with Alt.
pub fn cell(column: Column, event: &Event, state: &LogsState) -> AnyView {
    match column {
        Column::OccurredAt => return view! { <Time at=event.occurred_at/> }.into_any(),
        Column::ReceivedAt => return view! { <Time at=event.received_at/> }.into_any(),
        Column::Status => return view! { <Outcome status=event.status/> }.into_any(),
        _ => {}
    }
    let class = if is_mono(column) {
        "value value--mono"
    } else {
        "value"
    };
    let (Some(text), term) = text_and_term(column, event) else {
        return view! { <span class="meta">"none"</span> }.into_any();
    };
    let value = match term {
        Some((field, value)) => {
            let href = state.adding(field, &value, false).href();
            let exclude = state.adding(field, &value, true).href();
            view! { <a class=class href=href data-exclude=exclude title=text.clone()>{shortened(&text)}</a> }.into_any()
        }
        None => view! { <span class=class title=text.clone()>{shortened(&text)}</span> }.into_any(),
    };
    if column != Column::ActorName {
        return value;
    }
    view! {
        <span class="actor">
            <Icon name=actor_icon(event.actor.kind)/>
            <span class="visually-hidden">{actor_kind(event.actor.kind)}" "</span>
            {value}
        </span>
    }
    .into_any()
}

/// Long values lose their middle, where the styles cut them: beginning and end tell them apart.
fn shortened(text: &str) -> AnyView {
    const END: usize = 10;
    let length = text.chars().count();
    if length <= 28 {
        return text.to_owned().into_any();
    }
    let start: String = text.chars().take(length - END).collect();
    let end: String = text.chars().skip(length - END).collect();
    view! { <span class="middle"><span>{start}</span><span>{end}</span></span> }.into_any()
}
