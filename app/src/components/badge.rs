//! Small marks: an outcome, a category, a state. Shape and word carry the meaning, colour helps.

use leptos::prelude::*;
use model::event::{ActorType, Status};

use crate::components::icon::Icon;

/// An event's outcome.
#[component]
pub fn Outcome(status: Status) -> impl IntoView {
    let (class, icon, label) = match status {
        Status::Success => ("badge badge--good", "check", "Success"),
        Status::Failure => ("badge badge--bad", "cross", "Failure"),
        Status::Denied => ("badge badge--warning", "minus", "Denied"),
    };
    view! { <span class=class><Icon name=icon/>{label}</span> }
}

/// A plain word in a quiet box.
#[component]
pub fn Badge(#[prop(into)] text: String) -> impl IntoView {
    view! { <span class="badge badge--neutral">{text}</span> }
}

/// The mark of an actor's kind.
#[must_use]
pub const fn actor_icon(kind: ActorType) -> &'static str {
    match kind {
        ActorType::User => "person",
        ActorType::Service => "service",
        ActorType::Agent => "agent",
        ActorType::AiAgent => "ai",
        ActorType::System => "system",
        ActorType::Anonymous => "anonymous",
    }
}

/// The words for an actor's kind.
#[must_use]
pub const fn actor_kind(kind: ActorType) -> &'static str {
    match kind {
        ActorType::User => "Person",
        ActorType::Service => "Service",
        ActorType::Agent => "Agent",
        ActorType::AiAgent => "AI agent",
        ActorType::System => "System",
        ActorType::Anonymous => "Anonymous",
    }
}
