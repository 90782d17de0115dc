//! The Logs page: search, histogram, table, and an event's drawer beside it.

mod brush;
mod chips;
mod columns;
mod completing;
mod delete;
mod demo;
mod drawer;
mod empty;
mod export_menu;
mod filters;
mod first_steps;
mod histogram;
mod keys;
mod live;
mod neighbours;
mod pager;
mod proof;
mod row;
mod search;
mod state;
mod table;
mod tail;
mod terms;
mod top_values;
mod views;

pub use delete::DeletePage;
pub use drawer::EventDrawer;
pub use histogram::grouped;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_query_map;
use model::log_page::{Histogram, LogPage};
use model::permission::Permission;
use model::person::Person;
pub use state::LogsState;

use crate::api::first_steps::read_first_steps;
use crate::api::logs::{list_logs, log_histogram};
use crate::api::tokens::take_shown;
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::error::AppError;
use crate::layout::frame::CurrentPerson;

/// The page. An open drawer is a route inside it, so that opening one keeps the table's place.
#[component]
pub fn LogsPage() -> impl IntoView {
    let params = use_query_map();
    let state = Memo::new(move |_| LogsState::from_params(&params.get()));
    let (turn, refetch) = signal(0_u32);
    let beginning = first_steps::Beginning::new();
    let turn = move || (turn.get(), beginning.turn());
    let page = Resource::new_blocking(
        move || (state.get().request(), turn()),
        |(request, _)| list_logs(request),
    );
    let histogram = Resource::new_blocking(
        move || (state.get().query, turn()),
        |(query, _)| log_histogram(query),
    );
    let steps = Resource::new_blocking(
        move || (state.with(LogsState::is_plain), turn()),
        |(is_plain, _)| async move {
            if is_plain {
                read_first_steps().await.ok()
            } else {
                None
            }
        },
    );
    let token = Resource::new_blocking(
        move || params.with(|params| params.get("made").is_some()),
        |made| async move {
            if made {
                take_shown().await.ok().flatten()
            } else {
                None
            }
        },
    );
    let person = expect_context::<CurrentPerson>();
    let saving = views::Saving::new();
    let tails = tail::Tails::new(refetch);
    keys::listen();
    view! {
        <Title text="Logs"/>
        <main class="page page--console" id="main" tabindex="-1">
            <Head state saving/>
            <views::Refused saving/>
            <first_steps::Refused beginning/>
            <search::SearchBox state/>
            <filters::Filters state/>
            <chips::Chips state/>
            <top_values::TopValuesPanel state/>
            <Transition>
                {move || { let shown = state.get(); Suspend::new(async move {
                    // Nothing in here may make a resource or a Suspense of its own: the server and
                    // the browser would number them in different orders.
                    let (person, page, histogram) = (person.ready().await, page.await, histogram.await);
                    let (steps, token) = (steps.await, token.await);
                    match (steps, page) {
                        (Some(steps), Ok(page)) if steps.is_new => view! {
                            <first_steps::FirstStepsView steps token head=page.head beginning tails/>
                        }.into_any(),
                        (steps, page) => {
                            let demo = steps.and_then(|steps| steps.demo);
                            view! {
                                {demo.map(|state| view! { <demo::DemoNotice state beginning tails/> })}
                                <ResultView person page histogram state=shown tails/>
                            }.into_any()
                        }
                    }
                })}}
            </Transition>
        </main>
        <Outlet/>
    }
}

/// The title and what can be done with the whole result.
#[component]
fn Head(state: Memo<LogsState>, saving: views::Saving) -> impl IntoView {
    let person = expect_context::<CurrentPerson>();
    let may = move |permission| person.get().is_some_and(|person| person.may(permission));
    view! {
        <header class="page-head">
            <div class="page-head__title"><h1>"Logs"</h1></div>
            <div class="actions">
                <views::ViewsMenu state saving/>
                <Suspense>
                    {move || may(Permission::LogsExport).then(|| view! { <export_menu::ExportMenu state/> })}
                    {move || may(Permission::LogsDelete).then(|| view! {
                        <a class="button button--danger button--quiet" href=move || delete::href(&state.get().query, &[])>
                            <Icon name="delete"/>"Delete"
                        </a>
                    })}
                </Suspense>
            </div>
        </header>
    }
}

/// Histogram, table and pager, or why there are none.
#[component]
fn ResultView(
    person: Option<Person>,
    page: Result<LogPage, AppError>,
    histogram: Result<Histogram, AppError>,
    state: LogsState,
    tails: tail::Tails,
) -> impl IntoView {
    let page = match page {
        Ok(page) => page,
        // The search box says where the query is wrong.
        Err(error) if error.reason_for("query").is_some() => return ().into_any(),
        Err(error) => return view! { <Failure error/> }.into_any(),
    };
    let tail = tails.follow(&state.query, page.head);
    let is_empty = page.events.is_empty();
    let counts = histogram
        .ok()
        .map(|read| Signal::derive(move || tail.counts(&read)));
    let live = view! { <live::Live page=page.clone() state=state.clone() tail/> };
    let total = move || counts.and_then(|counts| counts.try_with(|counts| counts.total));
    view! {
        {counts.filter(|_| !is_empty).map(|counts| view! { <histogram::HistogramView counts state=state.clone()/> })}
        <table::Totals total person>{live}</table::Totals>
        {if is_empty {
            view! { <empty::Empty state/> }.into_any()
        } else {
            view! {
                <table::Table page=page.clone() state=state.clone() tail/>
                <pager::Pager page state/>
            }.into_any()
        }}
    }
    .into_any()
}

/// No drawer is open.
#[component]
pub fn NoEvent() -> impl IntoView {}
