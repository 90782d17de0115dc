//! Deleting: what will go is shown, its export is offered, a reason and a typed confirmation
//! are demanded. A page of its own, so that it works without JavaScript.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::deletion::DeletionPreview;
use uuid::Uuid;

use crate::api::deletions::{DeleteLogs, preview_deletion};
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::components::time::Time;
use crate::pages::logs::histogram::grouped;
use crate::pages::logs::state::LogsState;
use crate::paths::{self, encode};

/// The address of the page for a query or for chosen events.
#[must_use]
pub fn href(query: &str, ids: &[Uuid]) -> String {
    let mut pairs: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
    if !query.is_empty() {
        pairs.push(format!("q={}", encode(query)));
    }
    format!("{}/delete?{}", paths::LOGS, pairs.join("&"))
}

/// The page of the route `/logs/delete`.
#[component]
pub fn DeletePage() -> impl IntoView {
    let params = use_query_map();
    let asked = Memo::new(move |_| {
        let params = params.get();
        let ids: Vec<Uuid> = params
            .get_all("id")
            .unwrap_or_default()
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect();
        (params.get("q").unwrap_or_default(), ids)
    });
    let preview = Resource::new_blocking(
        move || asked.get(),
        |(query, ids)| preview_deletion(query, ids),
    );
    view! {
        <Title text="Delete events"/>
        <main class="page page--narrow" id="main" tabindex="-1">
            <header class="page-head"><div class="page-head__title"><h1>"Delete events"</h1></div></header>
            <Suspense>
                {move || Suspend::new(async move {
                    let (query, ids) = asked.get_untracked();
                    match preview.await {
                        Ok(preview) if preview.count == 0 => view! { <NothingToDelete preview query/> }.into_any(),
                        Ok(preview) => view! { <Confirm preview query ids/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
}

#[component]
fn NothingToDelete(preview: DeletionPreview, query: String) -> impl IntoView {
    let back = LogsState::default().with_query(query).href();
    view! {
        <section class="empty">
            <h2 class="empty__title">"None of these events can be deleted"</h2>
            <p class="empty__why">{skipped(preview.skipped)}</p>
            <div class="actions"><a class="button" href=back>"Back to the logs"</a></div>
        </section>
    }
}

fn skipped(count: i64) -> String {
    match count {
        0 => "No event matches.".to_owned(),
        1 => "1 matching event keeps its term: administration, security, remediation and AI decisions are not deleted early.".to_owned(),
        _ => format!(
            "{} matching events keep their term: administration, security, remediation and AI decisions are not deleted early.",
            grouped(count)
        ),
    }
}

/// What goes, the way to keep a copy, and the form.
#[component]
fn Confirm(preview: DeletionPreview, query: String, ids: Vec<Uuid>) -> impl IntoView {
    let action = ServerAction::<DeleteLogs>::new();
    let ids_text = ids
        .iter()
        .map(Uuid::to_string)
        .collect::<Vec<_>>()
        .join(",");
    let export = if ids.is_empty() {
        format!("/api/v1/events/export?format=ndjson&q={}", encode(&query))
    } else {
        let ids: Vec<String> = ids.iter().map(|id| format!("&id={id}")).collect();
        format!("/api/v1/events/export?format=ndjson{}", ids.concat())
    };
    let count = grouped(preview.count);
    let noun = if preview.count == 1 {
        "event"
    } else {
        "events"
    };
    let confirmation = preview.confirmation.clone();
    let label = format!("Delete {count} {noun}");
    view! {
        <ActionForm action attr:class="panel">
            <header class="panel__head"><h2>{format!("Delete {count} {noun}")}</h2></header>
            <div class="panel__body">
            <p>"What an event said goes for good. That it stood there, and who removed it, when and why, stays."</p>
            <Goes preview=preview.clone()/>
            <input type="hidden" name="query" value=query/>
            <input type="hidden" name="ids" value=ids_text/>
            <input type="hidden" name="up_to_seq" value=preview.up_to_seq/>
            <label class="field">
                <span class="field__label">"Reason"</span>
                <textarea class="input" name="reason" required minlength="3" maxlength="1000" rows="2"></textarea>
                <span class="field__hint">"Recorded with the deletion and shown to auditors."</span>
            </label>
            <label class="field">
                <span class="field__label">"Type "<code>{confirmation.clone()}</code>" to confirm"</span>
                <input class="input input--mono" name="confirmation" required autocomplete="off" spellcheck="false"/>
            </label>
            {move || action.value().get().and_then(Result::err).map(|error| view! { <Failure error/> })}
            </div>
            <footer class="panel__foot">
                <a class="button button--quiet panel__aside" href=export download rel="external"><Icon name="export"/>"Export first"</a>
                <a class="button" href="/logs">"Keep them"</a>
                <button class="button button--danger" type="submit">{label}</button>
            </footer>
        </ActionForm>
    }
}

/// Count, span, what is skipped, and a sample.
#[component]
fn Goes(preview: DeletionPreview) -> impl IntoView {
    let sample = preview
        .sample
        .iter()
        .map(|event| view! {
            <li class="list__item">
                <span class="list__words">{event.action.clone()}" "<span class="meta">{event.actor.label().to_owned()}</span></span>
                <span class="list__end"><Time at=event.occurred_at/></span>
            </li>
        })
        .collect_view();
    view! {
        <dl class="facts">
            <dt>"Events that go"</dt><dd>{grouped(preview.count)}</dd>
            {preview.first_occurred_at.zip(preview.last_occurred_at).map(|(first, last)| view! {
                <dt>"From"</dt><dd><Time at=first/></dd>
                <dt>"To"</dt><dd><Time at=last/></dd>
            })}
        </dl>
        {(preview.skipped > 0).then(|| view! {
            <div class="notice notice--warning">
                <Icon name="warning"/><div class="notice__words">{skipped(preview.skipped)}</div>
            </div>
        })}
        <section class="drawer__section"><h3>"Among them"</h3><ul class="list">{sample}</ul></section>
    }
}
