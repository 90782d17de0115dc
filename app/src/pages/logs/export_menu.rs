//! Export of the whole result: links, so that the browser downloads without JavaScript.

use leptos::prelude::*;
use model::export::{Column, ExportFormat};

use crate::components::icon::Icon;
use crate::pages::logs::state::LogsState;
use crate::paths::{self, encode};

/// The address that streams the result as a file.
fn href(state: &LogsState, format: ExportFormat, columns: &[Column]) -> String {
    let mut href = format!(
        "/api/v1/events/export?format={format}&q={}",
        encode(&state.query)
    );
    if !columns.is_empty() {
        let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
        href.push_str("&columns=");
        href.push_str(&names.join(","));
    }
    href
}

/// The address of the file that can be verified without this console.
fn bundle(state: &LogsState) -> String {
    format!(
        "/api/v1/events/export?format=bundle&q={}",
        encode(&state.query)
    )
}

/// The page on which the same export is prepared in the background.
fn background(state: &LogsState) -> String {
    let names: Vec<&str> = state
        .shown_columns()
        .iter()
        .map(|column| column.as_str())
        .collect();
    format!(
        "{}?q={}&columns={}",
        paths::NEW_EXPORT,
        encode(&state.query),
        names.join(",")
    )
}

/// Formats, each with all columns or with those shown.
#[component]
pub fn ExportMenu(state: Memo<LogsState>) -> impl IntoView {
    let item = move |format: ExportFormat, shown: bool, label: &'static str| {
        let href = move || {
            let now = state.get();
            let columns = if shown {
                now.shown_columns().to_vec()
            } else {
                Vec::new()
            };
            href(&now, format, &columns)
        };
        view! { <a class="menu__item" href=href download rel="external">{label}</a> }
    };
    view! {
        <details class="menu menu--end" id="export-menu">
            <summary class="button"><Icon name="export"/>"Export"<Icon name="chevron-down"/></summary>
            <div class="menu__list">
                <p class="menu__head">"Every event of this result; the export is recorded"</p>
                {item(ExportFormat::Csv, false, "CSV, all columns")}
                {item(ExportFormat::Csv, true, "CSV, shown columns")}
                {item(ExportFormat::Ndjson, false, "NDJSON")}
                {item(ExportFormat::Json, false, "JSON")}
                <hr class="menu__rule"/>
                <a class="menu__item" href=move || bundle(&state.get()) download rel="external">
                    "Bundle that proves itself"
                </a>
                <hr class="menu__rule"/>
                <a class="menu__item" href=move || background(&state.get())>"Prepare in the background"</a>
                <a class="menu__item" href=paths::EXPORTS>"Prepared exports"</a>
            </div>
        </details>
    }
}
