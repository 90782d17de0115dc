//! An empty result: which filter to loosen.

use leptos::prelude::*;
use model::query::Query;

use crate::pages::logs::state::LogsState;

/// Nothing matches.
#[component]
pub fn Empty(state: LogsState) -> impl IntoView {
    let terms = Query::parse(&state.query)
        .map(|query| query.terms)
        .unwrap_or_default();
    let looser = terms
        .iter()
        .enumerate()
        .map(|(index, term)| {
            let mut rest = terms.clone();
            rest.remove(index);
            let href = state.with_query(Query { terms: rest }.to_string()).href();
            view! { <a class="button" href=href>{format!("Leave out {term}")}</a> }
        })
        .collect_view();
    view! {
        <section class="empty">
            <h2 class="empty__title">"No event matches"</h2>
            <p class="empty__why">"Leave one of the terms out, or open all events. What matches later appears here by itself."</p>
            <div class="actions">{looser}<a class="button button--quiet" href="/logs">"Show all events"</a></div>
        </section>
    }
}
