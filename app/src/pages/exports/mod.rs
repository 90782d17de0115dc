//! Exports in the background: how far each is, its file, its end.
//!
//! Without JavaScript the list is as new as the page; with it the list asks again while work goes
//! on.

mod new;
mod row;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::export::ExportPage;
use uuid::Uuid;

use crate::api::exports::{CancelExport, list_exports};
use crate::components::form_failure::FormFailure;
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::paths;
pub use new::NewExportPage;
use row::Row;

/// How often the list is asked again while an export is under way.
const PAUSE: Duration = Duration::from_secs(2);

/// The page of the route `/exports`; `?before=` goes back in time.
#[component]
pub fn ExportsPage() -> impl IntoView {
    let query = use_query_map();
    let before = Memo::new(move |_| query.with(|query| query.get("before")?.parse::<Uuid>().ok()));
    let (turn, set_turn) = signal(0_u32);
    let (working, set_working) = signal(false);
    let cancel = ServerAction::<CancelExport>::new();
    let page = Resource::new_blocking(
        move || (before.get(), cancel.version().get(), turn.get()),
        |(before, ..)| list_exports(before),
    );
    ask_again(working, set_turn);
    view! {
        <Title text="Exports"/>
        <main class="page page--narrow" id="main" tabindex="-1">
            <header class="page-head">
                <div class="page-head__title"><h1>"Exports"</h1></div>
                <div class="actions">
                    <a class="button" href=move || refreshed(before.get())><Icon name="refresh"/>"Refresh"</a>
                    <a class="button button--primary" href=paths::NEW_EXPORT><Icon name="plus"/>"New export"</a>
                </div>
            </header>
            {move || cancel.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <Transition>
                {move || Suspend::new(async move {
                    match page.await {
                        Ok(page) if page.exports.is_empty() => view! { <Empty/> }.into_any(),
                        Ok(page) => {
                            set_working.set(page.exports.iter().any(|export| export.state.is_open()));
                            view! { <List page cancel/> }.into_any()
                        }
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
        </main>
    }
}

fn refreshed(before: Option<Uuid>) -> String {
    before.map_or_else(
        || paths::EXPORTS.to_owned(),
        |before| format!("{}?before={before}", paths::EXPORTS),
    )
}

/// Turns `turn` while `working`, in the browser only.
fn ask_again(working: ReadSignal<bool>, turn: WriteSignal<u32>) {
    Effect::new(move |_| {
        if !working.get() {
            return;
        }
        let asking = set_interval_with_handle(move || turn.update(|turn| *turn += 1), PAUSE);
        on_cleanup(move || {
            if let Ok(asking) = asking {
                asking.clear();
            }
        });
    });
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <section class="empty">
            <h2 class="empty__title">"No exports yet"</h2>
            <p class="empty__why">
                "A large result is prepared here while you go on working. Its file is kept for 7 days, and who asked for it and who took it stands in the logs."
            </p>
            <div class="actions"><a class="button button--primary" href=paths::NEW_EXPORT>"New export"</a></div>
        </section>
    }
}

#[component]
fn List(page: ExportPage, cancel: ServerAction<CancelExport>) -> impl IntoView {
    let ExportPage {
        exports,
        everybody,
        next,
    } = page;
    let about = if everybody {
        "Exports of everybody, since you manage them. A file is kept for 7 days."
    } else {
        "Your exports. A file is kept for 7 days."
    };
    view! {
        <section class="section">
            <p class="section__intro">{about}</p>
            <ul class="exports">
                {exports.into_iter().map(|export| view! { <Row export everybody cancel/> }).collect_view()}
            </ul>
            {next.map(|before| view! {
                <div class="actions"><a class="button" href=refreshed(Some(before))>"Earlier exports"</a></div>
            })}
        </section>
    }
}
