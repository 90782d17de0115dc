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
        <search>
            <leptos_router::components::Form method="get" action="/logs" attr:class="search" attr:role="search">
                <Icon name="search"/>
                <label class="visually-hidden" for="q">"Search the logs"</label>
                <input
                    id="q"
                    class="search__input"
                    name="q"
                    type="search"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="actor:etl-1 action:user.* status:denied last:7d \"free text\""
                    prop:value=move || state.get().query
                    value=state.get_untracked().query
                />
                {move || Some(columns()).filter(|names| !names.is_empty()).map(|names| view! {
                    <input type="hidden" name="columns" value=names/>
                })}
                <button class="button button--primary" type="submit">"Search"</button>
            </leptos_router::components::Form>
        </search>
    }
}
