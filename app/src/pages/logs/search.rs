//! The search box. A plain form; with JavaScript it completes fields and values.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::query::{ParseError, Query};

use crate::components::icon::Icon;
use crate::components::listbox::ListOption;
use crate::components::ticks::Ticks;
use crate::pages::logs::completing::Completing;
use crate::pages::logs::state::LogsState;

/// The box over the full width. Submitting opens the first page of the result.
#[component]
pub fn SearchBox(state: Memo<LogsState>) -> impl IntoView {
    let completing = Completing::new();
    // Without JavaScript it stays what it is, a box to write in.
    let completes = RwSignal::new(false);
    Effect::new(move |_| completes.set(true));
    let navigate = use_navigate();
    let submit = move |event: web_sys::SubmitEvent| {
        let Some(input) = completing.input.get_untracked() else {
            return;
        };
        event.prevent_default();
        completing.close();
        let query = input.value().trim().to_owned();
        let href = state.get_untracked().with_query(query).href();
        navigate(&href, NavigateOptions::default());
    };
    let wrong = Memo::new(move |_| {
        let query = state.get().query;
        Query::parse(&query).err().map(|error| (query, error))
    });
    let is_wrong = move || wrong.with(Option::is_some);
    view! {
        <form class="search" role="search" method="get" action="/logs" on:submit=submit>
            <div class="search__box">
                <Icon name="search"/>
                <input
                    node_ref=completing.input
                    id="q"
                    class="search__input"
                    name="q"
                    type="search"
                    role=move || completes.get().then_some("combobox")
                    aria-label="Search events"
                    aria-autocomplete=move || completes.get().then_some("list")
                    aria-controls=move || completes.get().then_some(completing.list.id())
                    aria-expanded=move || completes.get().then(|| completing.expanded())
                    aria-activedescendant=move || completing.list.active_id()
                    aria-invalid=move || is_wrong().then_some("true")
                    aria-describedby=move || is_wrong().then_some("q-wrong")
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder="Search, or actor:etl-1 status:denied last:7d"
                    value=state.get_untracked().query
                    prop:value=move || state.get().query
                    on:focus=move |_| completing.look()
                    on:click=move |_| completing.look()
                    on:input=move |_| completing.look()
                    on:blur=move |_| completing.close()
                    on:keydown=move |event| completing.key(&event)
                />
                <kbd class="kbd">"/"</kbd>
                <button class="button button--quiet button--small" type="submit">"Search"</button>
            </div>
            <Completions completing/>
            {move || wrong.get().map(|(query, error)| view! { <Wrong query error state/> })}
            <Kept state/>
        </form>
    }
}

/// What the address holds besides the query and outlives another one.
#[component]
fn Kept(state: Memo<LogsState>) -> impl IntoView {
    let columns = move || {
        let columns = state.get().columns;
        let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
        Some(names.join(",")).filter(|names| !names.is_empty())
    };
    let top = move || state.get().top.map(|field| field.to_string());
    let saved = move || state.get().view.map(|view| view.to_string());
    view! {
        {move || columns().map(|names| view! { <input type="hidden" name="columns" value=names/> })}
        {move || top().map(|field| view! { <input type="hidden" name="top" value=field/> })}
        {move || saved().map(|id| view! { <input type="hidden" name="view" value=id/> })}
    }
}

/// The list under the box. It is there, empty and hidden, while nothing is offered, because the
/// box refers to it.
#[component]
fn Completions(completing: Completing) -> impl IntoView {
    let options = move || {
        let offers = completing.offers();
        offers
            .into_iter()
            .enumerate()
            .map(|(place, offer)| {
                view! {
                    <ListOption list=completing.list place class="completion__option" choose=move |place| completing.accept(place)>
                        <span class="completion__term">{offer.term}</span>
                        <span class="completion__about"><Ticks text=offer.about/></span>
                    </ListOption>
                }
            })
            .collect_view()
    };
    view! {
        <div class="completion" id=completing.list.id() role="listbox" aria-label="Completions" hidden=move || !completing.is_open()>
            {options}
        </div>
        <p class="visually-hidden" role="status">{move || completing.announcement()}</p>
    }
}

/// Where the query is wrong, why, and what was most likely meant.
#[component]
fn Wrong(query: String, error: ParseError, state: Memo<LogsState>) -> impl IntoView {
    let part = |range: std::ops::Range<usize>| query.get(range).unwrap_or_default().to_owned();
    let before = part(0..error.at.start);
    let place = part(error.at.clone());
    let after = part(error.at.end..query.len());
    let mend = error.mended(&query).map(|mended| {
        let href = state.get_untracked().with_query(mended.clone()).href();
        view! { <p>"Search for "<a class="search__mend" href=href>{mended}</a>" instead"</p> }
    });
    view! {
        <div class="search__wrong" id="q-wrong" role="alert">
            <p class="search__text">{before}<mark>{place}</mark>{after}</p>
            <p class="search__error"><Ticks text=error.message.clone()/>"."</p>
            {error.hint.clone().map(|hint| view! { <p><Ticks text=hint/></p> })}
            {mend}
        </div>
    }
}
