//! One event as a row.

use leptos::prelude::*;
use model::event::{Event, Status};
use model::export::Column;

use crate::pages::logs::columns::{cell, heading};
use crate::pages::logs::state::LogsState;
use crate::paths;

/// A row; its first cell selects, its time opens the drawer.
#[component]
pub fn Row(event: Event, state: LogsState) -> impl IntoView {
    let class = match event.status {
        Status::Success => "table__row",
        Status::Failure => "table__row table__row--failed",
        Status::Denied => "table__row table__row--denied",
    };
    let open = format!("{}{}", paths::event(event.id), state.search());
    let label = format!("Select {} by {}", event.action, event.actor.label());
    let cells = state
        .shown_columns()
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let content = cell(*column, &event, &state);
            let content = if index == 0 {
                open_link(*column, content, &open, &event)
            } else {
                content
            };
            view! { <td data-label=heading(*column)>{content}</td> }
        })
        .collect_view();
    view! {
        <tr class=class data-event=event.id.to_string()>
            <td class="table__select"><input type="checkbox" name="id" value=event.id.to_string() aria-label=label/></td>
            {cells}
        </tr>
    }
}

/// The first column opens the drawer, whatever it shows.
fn open_link(column: Column, content: AnyView, open: &str, event: &Event) -> AnyView {
    let label = format!("Open {} by {}", event.action, event.actor.label());
    if matches!(column, Column::OccurredAt | Column::ReceivedAt) {
        view! { <a class="row-link" href=open.to_owned() aria-label=label>{content}</a> }.into_any()
    } else {
        view! { {content}" "<a class="row-link row-link--small" href=open.to_owned() aria-label=label>"Open"</a> }.into_any()
    }
}
