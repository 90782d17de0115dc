//! Asking for an export in the background: a page of its own, so that it works without JavaScript.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use crate::api::exports::CreateExport;
use crate::components::form_failure::FormFailure;
use crate::paths;

/// What the address already says: `?q=&columns=a,b&id=…&id=…`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    query: String,
    columns: String,
    /// Chosen events, separated by commas, and how many they are.
    ids: String,
    chosen: usize,
}

impl Asked {
    fn read(params: &ParamsMap) -> Self {
        let ids = params.get_all("id").unwrap_or_default();
        Self {
            query: params.get("q").unwrap_or_default(),
            columns: params.get("columns").unwrap_or_default(),
            chosen: ids.len(),
            ids: ids.join(","),
        }
    }
}

/// The page of the route `/exports/new`.
#[component]
pub fn NewExportPage() -> impl IntoView {
    let params = use_query_map();
    let asked = Memo::new(move |_| params.with(Asked::read));
    let create = ServerAction::<CreateExport>::new();
    view! {
        <Title text="New export"/>
        <main class="page page--narrow" id="main" tabindex="-1">
            <header class="page-head"><div class="page-head__title"><h1>"New export"</h1></div></header>
            {move || view! { <Form asked=asked.get() create/> }}
        </main>
    }
}

#[component]
fn Form(asked: Asked, create: ServerAction<CreateExport>) -> impl IntoView {
    view! {
        <ActionForm action=create attr:class="panel">
            <div class="panel__body">
                <p>"The file is prepared while you go on working, and waits under Exports for 7 days."</p>
                <Events asked=asked.clone()/>
                <div class="form__row">
                    <label class="field">
                        <span class="field__label">"Format"</span>
                        <select class="input" name="format">
                            <option value="csv">"CSV, for spreadsheets"</option>
                            <option value="ndjson">"NDJSON, one event a line"</option>
                            <option value="json">"JSON, one array"</option>
                        </select>
                    </label>
                    <Columns columns=asked.columns/>
                </div>
                <div class="field field--check">
                    <input type="checkbox" id="gzip" name="gzip" value="true" checked/>
                    <label class="field__label" for="gzip">"Compress with gzip"</label>
                </div>
                <label class="field">
                    <span class="field__label">"Reason "<span class="field__optional">"optional"</span></span>
                    <textarea class="input" name="reason" maxlength="1000" rows="2"></textarea>
                    <span class="field__hint">"Recorded with the export and shown to auditors."</span>
                </label>
                {move || create.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            </div>
            <footer class="panel__foot">
                <a class="button" href=paths::logs(&asked.query)>"Back to the logs"</a>
                <button class="button button--primary" type="submit">"Prepare export"</button>
            </footer>
        </ActionForm>
    }
}

/// The search, or the chosen events.
#[component]
fn Events(asked: Asked) -> impl IntoView {
    let Asked {
        query, ids, chosen, ..
    } = asked;
    if chosen > 0 {
        let words = if chosen == 1 {
            "1 chosen event".to_owned()
        } else {
            format!("{chosen} chosen events")
        };
        return view! {
            <input type="hidden" name="ids" value=ids/>
            <dl class="facts"><dt>"Events"</dt><dd>{words}</dd></dl>
        }
        .into_any();
    }
    view! {
        <label class="field">
            <span class="field__label">"Search "<span class="field__optional">"empty for all events"</span></span>
            <input class="input input--mono" name="query" value=query spellcheck="false" autocomplete="off"/>
            <span class="field__hint">"Events that are recorded later are not in it."</span>
        </label>
    }
    .into_any()
}

/// All columns, or those that were shown.
#[component]
fn Columns(columns: String) -> impl IntoView {
    let shown = (!columns.is_empty()).then(|| {
        let count = columns.split(',').count();
        view! { <option value=columns>{format!("The {count} that were shown")}</option> }
    });
    view! {
        <label class="field">
            <span class="field__label">"Columns"</span>
            <select class="input" name="columns"><option value="">"All"</option>{shown}</select>
        </label>
    }
}
