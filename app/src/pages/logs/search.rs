//! The search box. A plain form; with JavaScript it completes fields and values.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::pages::logs::state::LogsState;

/// The box over the full width. Submitting opens the first page of the result.
#[component]
pub fn SearchBox(state: Memo<LogsState>) -> impl IntoView {
    let columns = move || {
        let columns = state.get().columns;
        let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
        names.join(",")
    };
    view! {
        <leptos_router::components::Form method="get" action="/logs" attr:class="search" attr:role="search">
            <div class="search__box">
                <Icon name="search"/>
                <input
                    id="q"
                    class="search__input"
                    name="q"
                    type="search"
                    aria-label="Search events"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="Search, or actor:etl-1 status:denied last:7d"
                    value=state.get_untracked().query
                    prop:value=move || state.get().query
                />
                <kbd class="kbd">"/"</kbd>
                <button class="button button--quiet button--small" type="submit">"Search"</button>
            </div>
            {move || Some(columns()).filter(|names| !names.is_empty()).map(|names| view! {
                <input type="hidden" name="columns" value=names/>
            })}
        </leptos_router::components::Form>
    }
}
