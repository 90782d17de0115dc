//! Deleting: what will go is shown, its export is offered, a reason and a typed confirmation
//! are demanded. A page of its own, so that it works without JavaScript.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::deletion::DeletionPreview;
use uuid::Uuid;

use crate::api::deletions::{DeleteLogs, preview_deletion};
use crate::components::badge::Outcome;
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
            <header class="page-head"><h1 class="page-head__title">"Delete events"</h1></header>
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
            <p>{skipped(preview.skipped)}</p>
            <p><a class="button" href=back>"Back to the logs"</a></p>
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
    view! {
        <Goes preview=preview.clone()/>
        <p>"What an event said goes for good. That it stood there, and who removed it, when and why, stays. "
            <a href=export download rel="external">"Export these events first"</a></p>
        <ActionForm action attr:class="panel">
            <input type="hidden" name="query" value=query/>
            <input type="hidden" name="ids" value=ids_text/>
            <input type="hidden" name="up_to_seq" value=preview.up_to_seq/>
            <label class="field">
                <span class="field__label">"Reason"</span>
                <textarea class="field__input" name="reason" required minlength="3" maxlength="1000" rows="2"></textarea>
                <span class="field__hint">"Recorded with the deletion and shown to auditors."</span>
            </label>
            <label class="field">
                <span class="field__label">"Type "<code>{confirmation.clone()}</code>" to confirm"</span>
                <input class="field__input" name="confirmation" required autocomplete="off" spellcheck="false"/>
            </label>
            {move || action.value().get().and_then(Result::err).map(|error| view! { <Failure error/> })}
            <div class="panel__actions">
                <a class="button" href="/logs">"Keep them"</a>
                <button class="button button--danger" type="submit">{format!("Delete {count} {noun}")}</button>
            </div>
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
            <li class="related__item">
                <Time at=event.occurred_at/>
                <span class="related__what">{event.action.clone()}" · "{event.actor.label().to_owned()}</span>
                <Outcome status=event.status/>
            </li>
        })
        .collect_view();
    view! {
        <dl class="facts">
            <div class="facts__row"><dt>"Events that go"</dt><dd>{grouped(preview.count)}</dd></div>
            {preview.first_occurred_at.zip(preview.last_occurred_at).map(|(first, last)| view! {
                <div class="facts__row"><dt>"From"</dt><dd><Time at=first/></dd></div>
                <div class="facts__row"><dt>"To"</dt><dd><Time at=last/></dd></div>
            })}
            {(preview.skipped > 0).then(|| view! {
                <div class="facts__row"><dt>"Skipped"</dt><dd>{skipped(preview.skipped)}</dd></div>
            })}
        </dl>
        <section class="drawer__section"><h2>"Among them"</h2><ul class="related">{sample}</ul></section>
    }
}
