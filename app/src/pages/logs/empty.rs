//! Nothing to show: which filter to loosen, or how to bring data in.

use leptos::prelude::*;
use model::query::Query;

use crate::components::copy::Copy;
use crate::pages::logs::state::LogsState;

/// An empty result, or an installation that has recorded nothing but itself.
#[component]
pub fn Empty(state: LogsState, head: i64) -> impl IntoView {
    if state.query.is_empty() || head == 0 {
        view! { <FirstSteps/> }.into_any()
    } else {
        view! { <NoMatch state/> }.into_any()
    }
}

#[component]
fn NoMatch(state: LogsState) -> impl IntoView {
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
            <p class="empty__why">"Leave one of the terms out, or open all events."</p>
            <div class="actions">{looser}<a class="button button--quiet" href="/logs">"Show all events"</a></div>
        </section>
    }
}

/// The three ways to bring data in.
#[component]
pub fn FirstSteps() -> impl IntoView {
    let commands = [
        (
            "Load demo data: 50,000 events of the last 30 days, removable again",
            "auditorium demo",
        ),
        ("Import what you have", "auditorium import cloudtrail DIR"),
        (
            "Send one; make a token under Settings first",
            "curl -H \"Authorization: Bearer $TOKEN\" --json '{\"action\":\"hello.said\"}' http://127.0.0.1:3000/api/v1/events",
        ),
    ];
    let rows = commands
        .into_iter()
        .map(|(what, command)| view! {
            <div class="empty__way">
                <p>{what}</p>
                <div class="command command--shell"><code>{command}</code><Copy text=command label="Copy"/></div>
            </div>
        })
        .collect_view();
    view! {
        <section class="empty">
            <h2 class="empty__title">"Nothing is recorded yet"</h2>
            <p class="empty__why">"Bring events in; this page turns when the first arrives."</p>
            <div class="empty__ways">{rows}</div>
        </section>
    }
}
