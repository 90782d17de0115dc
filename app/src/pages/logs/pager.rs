//! The links to newer and older events. No page has a number: no page costs more than the first.

use leptos::prelude::*;
use model::log_page::{LogPage, Place};

use crate::components::icon::Icon;
use crate::components::time::Time;
use crate::pages::logs::state::LogsState;

/// Newer, older, and how far a free-text search has come.
#[component]
pub fn Pager(page: LogPage, state: LogsState) -> impl IntoView {
    let newer = page
        .newer
        .map(|cursor| state.at(Place::Before(cursor)).href());
    let older = page
        .older
        .map(|cursor| state.at(Place::After(cursor)).href());
    let searched = page.searched_back_to;
    let first = (state.place != Place::First).then(|| state.at(Place::First).href());
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="meta">
                {searched.map(|at| view! { "Searched back to "<Time at/> })}
            </span>
            <span class="actions">
                {first.map(|href| view! { <a class="button button--quiet" href=href>"Newest"</a> })}
                {newer.map(|href| view! { <a class="button" rel="prev" href=href><Icon name="chevron-left"/>"Newer"</a> })}
                {older.map(|href| view! {
                    <a class="button" rel="next" href=href>
                        {if searched.is_some() { "Search further back" } else { "Older" }}
                        <Icon name="chevron-right"/>
                    </a>
                })}
            </span>
        </nav>
    }
}
