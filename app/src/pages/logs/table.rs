//! The table of events, and what can be done with the selected ones.

use leptos::prelude::*;
use model::event::Event;
use model::export::Column;
use model::log_page::{Count, LogPage, Place};
use model::permission::Permission;
use model::person::Person;

use crate::components::icon::Icon;
use crate::components::time::ZoneName;
use crate::pages::logs::columns::{class, heading};
use crate::pages::logs::row::Row;
use crate::pages::logs::state::LogsState;
use crate::pages::logs::tail::Tail;
use crate::pages::logs::{histogram, live};

/// The form that the check boxes belong to; its buttons say where it goes, so it works without
/// JavaScript.
pub const SELECTION: &str = "selection";

/// The rows.
#[component]
pub fn Table(page: LogPage, state: LogsState, tail: Tail) -> impl IntoView {
    let headings = state
        .shown_columns()
        .iter()
        .map(|column| view! { <th class=class(*column) scope="col">{heading(*column)}</th> })
        .collect_view();
    let head = page.head;
    let scrolled = state.clone();
    let is_first = state.place == Place::First;
    let rows = move || {
        if is_first {
            tail.rows(&page)
        } else {
            page.events.clone()
        }
    };
    // Keyed: what slides in at the top leaves focus, choices and scrolling where they are.
    let row = move |event: Event| view! { <Row event head state=state.clone()/> };
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Events" on:scroll=move |_| live::resume(&scrolled, tail)>
            <table class="table">
                <thead>
                    <tr>
                        <th class="table__select" scope="col"><span class="visually-hidden">"Select"</span></th>
                        {headings}
                    </tr>
                </thead>
                <tbody class="table__body"><For each=rows key=|event| event.id children=row/></tbody>
            </table>
        </div>
    }
}

/// How many there are, and the reader's zone; while rows are selected, what can be done with them.
#[component]
pub fn Totals(
    total: impl Fn() -> Option<Count> + Send + 'static,
    person: Option<Person>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="totals">
            <span>
                {move || total().map(|total| view! { <strong>{histogram::count(total)}</strong>", newest first" })}
            </span>
            <span class="meta">"Times in "<ZoneName/></span>
            {children()}
        </div>
        <SelectionActions person/>
    }
}

#[component]
fn SelectionActions(person: Option<Person>) -> impl IntoView {
    let may = |permission| person.as_ref().is_some_and(|person| person.may(permission));
    view! {
        <form class="selection" id=SELECTION method="get" action="/api/v1/events/export" aria-label="Selected events">
            <input type="hidden" name="format" value="csv"/>
            <strong>"Selected events"</strong>
            <span class="selection__end">
                {may(Permission::LogsExport).then(|| view! {
                    <button class="button button--quiet button--small" type="submit">
                        <Icon name="export"/>"Export as CSV"
                    </button>
                })}
                {may(Permission::LogsDelete).then(|| view! {
                    <button class="button button--danger button--quiet button--small" type="submit" formaction="/logs/delete">
                        <Icon name="delete"/>"Delete"
                    </button>
                })}
            </span>
        </form>
    }
}

/// Whether a column shows a time, and so depends on the zone.
#[must_use]
pub const fn is_time(column: Column) -> bool {
    matches!(column, Column::OccurredAt | Column::ReceivedAt)
}
