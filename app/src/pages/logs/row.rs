//! One event as a row.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::event::{Event, Status};

use crate::pages::logs::columns::{cell, class, heading};
use crate::pages::logs::state::LogsState;
use crate::pages::logs::table::{SELECTION, is_time};
use crate::paths;

/// A row; its first cell selects, the next opens the drawer. Rows from position `head` on came
/// after the page was read.
#[component]
pub fn Row(event: Event, head: i64, state: LogsState) -> impl IntoView {
    let outcome = match event.status {
        Status::Success => "table__row",
        Status::Failure => "table__row table__row--failed",
        Status::Denied => "table__row table__row--denied",
    };
    let is_new = event.seq >= head;
    let row_class = format!("{outcome}{}", if is_new { " table__row--new" } else { "" });
    let path = paths::event(event.id);
    let location = use_location();
    let opened = path.clone();
    let current = move || (location.pathname.get() == opened).then_some("true");
    let open = format!("{path}{}", state.search());
    let what = format!("{} by {}", event.action, event.actor.label());
    let cells = state
        .shown_columns()
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let content = cell(*column, &event, &state);
            let content = match (index, is_time(*column)) {
                (0, true) => {
                    view! {
                        <a class="row-link" href=open.clone()>
                            {content}<span class="visually-hidden">{format!(", open {what}")}</span>
                        </a>
                    }.into_any()
                }
                (0, false) => {
                    view! {
                        {content}" "
                        <a class="row-link" href=open.clone()>"Open"<span class="visually-hidden">{format!(" {what}")}</span></a>
                    }.into_any()
                }
                _ => content,
            };
            view! { <td class=class(*column) data-label=heading(*column)>{content}</td> }
        })
        .collect_view();
    view! {
        <tr class=row_class data-event=event.id.to_string() aria-current=current>
            <td class="table__select">
                <input type="checkbox" name="id" form=SELECTION value=event.id.to_string() aria-label=format!("Select {what}")/>
            </td>
            {cells}
        </tr>
    }
}
