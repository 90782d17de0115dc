//! One export of the list.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::export::{BackgroundExport, ExportFormat, ExportState};

use crate::api::exports::CancelExport;
use crate::components::copy::Copy;
use crate::components::icon::Icon;
use crate::components::time::Time;
use crate::pages::agents::size;
use crate::pages::logs::grouped;
use crate::paths;

/// What it holds, how far it is, and what can be done with it.
#[component]
pub fn Row(
    export: BackgroundExport,
    everybody: bool,
    cancel: ServerAction<CancelExport>,
) -> impl IntoView {
    let what = what(&export);
    let columns = columns(&export);
    let who = everybody.then(|| format!("{}, ", export.created_by_name));
    view! {
        <li class="exports__row">
            <div class="exports__words">
                <h2 class="exports__title">{what}</h2>
                {(!export.query.is_empty()).then(|| view! {
                    <p><a class="exports__query" href=paths::logs(&export.query)>{export.query.clone()}</a></p>
                })}
                <p class="exports__about">{who}<Time at=export.created_at/>{columns}</p>
                {export.reason.clone().map(|reason| view! { <p class="exports__about">"Reason: "{reason}</p> })}
                <Progress export=export.clone()/>
            </div>
            <div class="exports__end">
                <State state=export.state/>
                <Acts export cancel/>
            </div>
        </li>
    }
}

fn what(export: &BackgroundExport) -> String {
    let format = match export.format {
        ExportFormat::Csv => "CSV",
        ExportFormat::Ndjson => "NDJSON",
        ExportFormat::Json => "JSON",
    };
    let packed = if export.gzip { ", gzip" } else { "" };
    let events = match (export.chosen, export.query.is_empty()) {
        (Some(1), _) => "1 chosen event".to_owned(),
        (Some(chosen), _) => format!("{chosen} chosen events"),
        (None, true) => "all events".to_owned(),
        (None, false) => "events that match".to_owned(),
    };
    format!("{format}{packed}: {events}")
}

fn columns(export: &BackgroundExport) -> String {
    match export.columns.len() {
        0 => ", all columns".to_owned(),
        1 => ", 1 column".to_owned(),
        count => format!(", {count} columns"),
    }
}

/// How much is written, of how much; then the size, the term and the digest.
#[component]
fn Progress(export: BackgroundExport) -> impl IntoView {
    let written = format!("{} events, {}", grouped(export.rows), bytes(&export));
    match export.state {
        ExportState::Waiting => {
            view! { <p class="exports__about">"Waits for its turn."</p> }.into_any()
        }
        ExportState::Running => {
            let expected = export.expected_rows.filter(|rows| *rows > 0);
            let of = expected.map(|rows| format!(" of about {}", grouped(rows)));
            let most = expected.unwrap_or(1).max(export.rows);
            view! {
                {expected.map(|_| view! { <progress class="exports__progress" aria-label="Written events" value=export.rows max=most></progress> })}
                <p class="exports__about">{grouped(export.rows)}{of}" events, "{bytes(&export)}</p>
            }
            .into_any()
        }
        ExportState::Ready => view! {
            <p class="exports__about">{written}{export.expires_at.map(|at| view! { ", kept until "<Time at/> })}</p>
            {export.sha256.map(|digest| view! {
                <div class="exports__digest">
                    <span class="exports__kind">"SHA-256"</span><code class="exports__hash">{digest.clone()}</code><Copy text=digest label="Copy"/>
                </div>
            })}
        }
        .into_any(),
        ExportState::Expired => {
            view! { <p class="exports__about">{written}". The file is removed."</p> }.into_any()
        }
        ExportState::Failed => view! { <p class="exports__about">{export.error}</p> }.into_any(),
        ExportState::Cancelled => ().into_any(),
    }
}

fn bytes(export: &BackgroundExport) -> String {
    size(u64::try_from(export.bytes).unwrap_or_default())
}

#[component]
fn State(state: ExportState) -> impl IntoView {
    let kind = match state {
        ExportState::Waiting => "plain",
        ExportState::Running => "info",
        ExportState::Ready => "good",
        ExportState::Failed => "bad",
        ExportState::Cancelled | ExportState::Expired => "neutral",
    };
    view! { <span class=format!("badge badge--{kind}")>{state.label()}</span> }
}

/// Download, and the form that ends it.
#[component]
fn Acts(export: BackgroundExport, cancel: ServerAction<CancelExport>) -> impl IntoView {
    let ready = export.state == ExportState::Ready;
    let id = export.id.to_string();
    let href = format!("/api/v1/exports/{id}/content");
    let end = if ready { "Remove file" } else { "Cancel" };
    view! {
        {ready.then(|| view! {
            <a class="button" href=href download rel="external"><Icon name="download"/>"Download"</a>
        })}
        {(ready || export.state.is_open()).then(|| view! {
            <ActionForm action=cancel>
                <input type="hidden" name="id" value=id/>
                <button class="button button--quiet" type="submit">{end}</button>
            </ActionForm>
        })}
    }
}
