//! Small marks: an outcome, a category, a state. Shape and word carry the meaning, colour helps.

use leptos::prelude::*;
use model::event::{ActorType, Status};

/// An event's outcome.
#[component]
pub fn Outcome(status: Status) -> impl IntoView {
    // The shape comes with the class, so that colour is never alone.
    let (class, label) = match status {
        Status::Success => ("badge badge--good", "Success"),
        Status::Failure => ("badge badge--bad", "Failed"),
        Status::Denied => ("badge badge--warning", "Denied"),
    };
    view! { <span class=class>{label}</span> }
}

/// A plain word.
#[component]
pub fn Badge(#[prop(into)] text: String) -> impl IntoView {
    view! { <span class="badge badge--plain">{text}</span> }
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
