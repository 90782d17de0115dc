//! One event, whole: its own address, every field, what changed, what stands near it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::event::Event;
use model::integrity::EventProof;
use model::log_page::{EventView, Related};
use uuid::Uuid;

use crate::api::logs::read_event;
use crate::api::trail::read_proof;
use crate::components::badge::{Badge, Outcome, actor_kind};
use crate::components::copy::{Copy, ORIGIN};
use crate::components::diff::Diff;
use crate::components::icon::Icon;
use crate::components::json::Json;
use crate::components::notice::Failure;
use crate::components::time::Time;
use crate::error::AppError;
use crate::pages::logs::neighbours::Neighbours;
use crate::pages::logs::proof::Proof;
use crate::pages::logs::state::LogsState;
use crate::paths;

/// The drawer of the route `/logs/:id`.
#[component]
pub fn EventDrawer() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let close = move || LogsState::from_params(&query.get()).href();
    let id = move || {
        params
            .get()
            .get("id")
            .and_then(|id| id.parse::<Uuid>().ok())
    };
    let event = Resource::new_blocking(id, |id| async move {
        match id {
            Some(id) => read_event(id).await,
            None => Err(not_an_id()),
        }
    });
    let proof = Resource::new_blocking(id, |id| async move {
        match id {
            Some(id) => read_proof(id).await,
            None => Err(not_an_id()),
        }
    });
    view! {
        <aside class="drawer" aria-label="Event">
            <Transition>
                {move || Suspend::new(async move {
                    match event.await {
                        Ok(view) => {
                            let proof = proof.await;
                            view! { <Opened view proof close=close()/> }.into_any()
                        }
                        Err(error) => view! {
                            <header class="drawer__head">
                                <div class="drawer__title"><h2>"Event"</h2></div>
                                <div class="drawer__actions"><Close href=close()/></div>
                            </header>
                            <div class="drawer__body"><Failure error/></div>
                        }.into_any(),
                    }
                })}
            </Transition>
        </aside>
    }
}

fn not_an_id() -> AppError {
    AppError {
        code: "not-found".to_owned(),
        status: 404,
        message: "An event's address ends with its id, a UUID.".to_owned(),
        request_id: None,
        errors: Vec::new(),
    }
}

#[component]
fn Close(href: String) -> impl IntoView {
    view! {
        <a class="button button--quiet button--icon drawer__close" href=href aria-label="Close the event"><Icon name="close"/></a>
    }
}

#[component]
fn Opened(view: EventView, proof: Result<EventProof, AppError>, close: String) -> impl IntoView {
    let EventView { event, related } = view;
    let title = format!("{} by {}", event.action, event.actor.label());
    let json = serde_json::to_string_pretty(&event).unwrap_or_default();
    let curl = format!(
        "curl -H \"Authorization: Bearer $AUDITORIUM_TOKEN\" {ORIGIN}/api/v1/events/{}",
        event.id
    );
    view! {
        <Title text=title/>
        <header class="drawer__head">
            <div class="drawer__title">
                <h2>{event.action.clone()}</h2>
                <p class="meta"><Time at=event.occurred_at/></p>
            </div>
            <div class="drawer__actions">
                <Outcome status=event.status/><Neighbours id=event.id/><Close href=close/>
            </div>
        </header>
        <div class="drawer__body">
            <div class="actions">
                <Copy text=format!("{ORIGIN}{}", paths::event(event.id)) label="Copy link" with_origin=true/>
                <Copy text=json label="Copy as JSON"/>
                <Copy text=curl label="Copy as curl" with_origin=true/>
            </div>
            <Facts event=event.clone()/>
            <Content event/>
            <Proof proof/>
            {related.into_iter().filter(|group| !group.events.is_empty()).map(|group| view! { <RelatedEvents group/> }).collect_view()}
        </div>
    }
}

/// Every plain field, each a link to the events that share it where that helps.
#[component]
fn Facts(event: Event) -> impl IntoView {
    let link = |field: &str, value: String| {
        let href = LogsState::default().adding(field, &value, false).href();
        view! { <a class="value" href=href>{value}</a> }.into_any()
    };
    let plain = |value: String| view! { <span>{value}</span> }.into_any();
    let actor = event.actor.clone();
    let resource = event.resource.clone();
    let mut facts: Vec<(&'static str, Option<AnyView>)> = vec![
        ("Error", event.error_message.clone().map(plain)),
        (
            "Who",
            Some(plain(format!(
                "{} · {}",
                actor.label(),
                actor_kind(actor.kind)
            ))),
        ),
        ("Actor id", Some(link("actor", actor.id.clone()))),
        ("E-mail", actor.email.map(|email| link("actor", email))),
        ("On behalf of", actor.on_behalf_of.map(plain)),
        ("From", actor.ip.map(|ip| link("ip", ip.to_string()))),
        ("User agent", actor.user_agent.map(plain)),
    ];
    if let Some(resource) = resource {
        let term = resource.id.as_ref().map_or_else(
            || resource.kind.clone(),
            |id| format!("{}/{id}", resource.kind),
        );
        facts.push(("On what", Some(link("resource", term))));
        facts.push(("Resource name", resource.name.map(plain)));
    }
    facts.extend([
        ("Team", event.team.map(|team| link("team", team))),
        ("Request", event.request_id.map(|id| link("request", id))),
        ("Session", event.session_id.map(|id| link("session", id))),
        (
            "Category",
            Some(link("category", event.category.to_string())),
        ),
        (
            "Classification",
            Some(link(
                "classification",
                event.data_classification.to_string(),
            )),
        ),
        (
            "Tags",
            (!event.compliance_tags.is_empty()).then(|| {
                event
                    .compliance_tags
                    .iter()
                    .map(|tag| view! { <Badge text=tag.clone()/> })
                    .collect_view()
                    .into_any()
            }),
        ),
        ("Recorded by", Some(link("source", event.source.clone()))),
        (
            "Received",
            Some(view! { <Time at=event.received_at/> }.into_any()),
        ),
        ("Position", Some(plain(event.seq.to_string()))),
        ("Event id", Some(plain(event.id.to_string()))),
        (
            "Schema version",
            Some(plain(event.schema_version.to_string())),
        ),
    ]);
    let rows = facts
        .into_iter()
        .filter_map(|(name, value)| Some(view! { <dt>{name}</dt><dd>{value?}</dd> }))
        .collect_view();
    view! { <section class="drawer__section"><dl class="facts">{rows}</dl></section> }
}

/// Details, and the change as a difference.
#[component]
fn Content(event: Event) -> impl IntoView {
    let changed = event.previous_state.is_some() || event.new_state.is_some();
    let (before, after) = (event.previous_state, event.new_state);
    view! {
        {changed.then(|| view! {
            <section class="drawer__section"><h3>"What changed"</h3><Diff before after/></section>
        })}
        {event.details.map(|details| view! {
            <section class="drawer__section"><h3>"Details"</h3><Json value=details/></section>
        })}
    }
}

#[component]
fn RelatedEvents(group: Related) -> impl IntoView {
    let heading = format!("Same {}", group.by);
    let all = LogsState::default().with_query(group.query).href();
    let rows = group
        .events
        .into_iter()
        .map(|event| view! {
            <li class="list__item">
                <span class="list__words"><a href=paths::event(event.id)>{event.action.clone()}</a>" "<span class="meta">{event.actor.label().to_owned()}</span></span>
                <span class="list__end"><Time at=event.occurred_at/></span>
            </li>
        })
        .collect_view();
    view! {
        <section class="drawer__section">
            <h3>{heading}</h3>
            <ul class="list">{rows}</ul>
            <p><a href=all>"Show all"</a></p>
        </section>
    }
}
