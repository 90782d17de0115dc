//! The table of events, with the selection's actions.

use leptos::prelude::*;
use model::export::Column;
use model::log_page::LogPage;
use model::permission::Permission;

use crate::components::time::ZoneName;
use crate::layout::frame::CurrentPerson;
use crate::pages::logs::columns::heading;
use crate::pages::logs::row::Row;
use crate::pages::logs::state::LogsState;

/// The rows, inside the form that exports or deletes the selected ones. A plain form: the
/// buttons say where it goes, so it works without JavaScript.
#[component]
pub fn Table(page: LogPage, state: LogsState) -> impl IntoView {
    let headings = state
        .shown_columns()
        .iter()
        .map(|column| {
            let zone = matches!(column, Column::OccurredAt | Column::ReceivedAt)
                .then(|| view! { " "<ZoneName/> });
            view! { <th scope="col">{heading(*column)}{zone}</th> }
        })
        .collect_view();
    let rows = page
        .events
        .into_iter()
        .map(|event| view! { <Row event state=state.clone()/> })
        .collect_view();
    view! {
        <form class="selection" method="get" action="/api/v1/events/export">
            <input type="hidden" name="format" value="csv"/>
            <div class="table-scroll">
                <table class="table" aria-label="Events">
                    <thead>
                        <tr>
                            <th scope="col" class="table__select"><span class="visually-hidden">"Select"</span></th>
                            {headings}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <SelectionActions/>
        </form>
    }
}

/// What can be done with the selected rows.
#[component]
fn SelectionActions() -> impl IntoView {
    let person = expect_context::<CurrentPerson>();
    let may = move |permission| person.get().is_some_and(|person| person.may(permission));
    view! {
        <div class="selection__actions" role="group" aria-label="Selected events">
            <span class="selection__label">"Selected:"</span>
            {may(Permission::LogsExport).then(|| view! {
                <button class="button button--quiet" type="submit" data-action="export">"Export as CSV"</button>
            })}
            {may(Permission::LogsDelete).then(|| view! {
                <button class="button button--quiet" type="submit" formaction="/logs/delete">"Delete…"</button>
            })}
        </div>
    }
}
