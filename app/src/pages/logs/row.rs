//! One event as a row.

use leptos::prelude::*;
use model::event::{Event, Status};

use crate::pages::logs::columns::{cell, class, heading};
use crate::pages::logs::state::LogsState;
use crate::pages::logs::table::{SELECTION, is_time};
use crate::paths;

/// A row; its first cell selects, the next opens the drawer.
#[component]
pub fn Row(event: Event, state: LogsState) -> impl IntoView {
    let row_class = match event.status {
        Status::Success => "table__row",
        Status::Failure => "table__row table__row--failed",
        Status::Denied => "table__row table__row--denied",
    };
    let open = format!("{}{}", paths::event(event.id), state.search());
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
        <tr class=row_class data-event=event.id.to_string()>
            <td class="table__select">
                <input type="checkbox" name="id" form=SELECTION value=event.id.to_string() aria-label=format!("Select {what}")/>
            </td>
            {cells}
        </tr>
    }
}
