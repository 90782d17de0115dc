//! Demo data in the console: how far it is, and how to get rid of it.

use std::time::Duration;

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::demo::DemoState;

use crate::api::demo::read_demo;
use crate::components::icon::Icon;
use crate::pages::logs::first_steps::Beginning;
use crate::pages::logs::histogram::grouped;
use crate::pages::logs::tail::Tails;

/// How often the browser asks while the data is being loaded.
const PAUSE: Duration = Duration::from_secs(1);

/// Says that there is demo data; nothing where there is none.
#[component]
pub fn DemoNotice(state: DemoState, beginning: Beginning, tails: Tails) -> impl IntoView {
    let words = match state {
        DemoState::Absent => return ().into_any(),
        DemoState::Loading { .. } => view! { <Loading state tails/> }.into_any(),
        DemoState::Present => {
            view! { <p>"Demo data is among these events."</p><Remove beginning/> }.into_any()
        }
        DemoState::Failed => view! {
            <p>"Loading the demo data broke off; the server's log says why."</p><Remove beginning/>
        }
        .into_any(),
    };
    view! {
        <div class="notice">
            <Icon name="info"/>
            <div class="notice__words notice__words--row">{words}</div>
        </div>
    }
    .into_any()
}

#[component]
fn Remove(beginning: Beginning) -> impl IntoView {
    let pending = beginning.remove.pending();
    view! {
        <ActionForm action=beginning.remove>
            <button class="button button--small" type="submit" disabled=move || pending.get()>
                {move || if pending.get() { "Removing demo data…" } else { "Remove demo data" }}
            </button>
        </ActionForm>
    }
}

/// How many events are there by now. Reads the page again at the end; without JavaScript the
/// reader does.
#[component]
pub fn Loading(state: DemoState, tails: Tails) -> impl IntoView {
    let now = RwSignal::new(state);
    Effect::new(move |_| {
        let asking = set_interval_with_handle(
            move || {
                spawn_local(async move {
                    match read_demo().await {
                        Ok(state @ DemoState::Loading { .. }) => drop(now.try_set(state)),
                        // Gone together with the page.
                        _ if now.is_disposed() => {}
                        _ => tails.ask_again(),
                    }
                });
            },
            PAUSE,
        );
        if let Ok(asking) = asking {
            on_cleanup(move || asking.clear());
        }
    });
    let numbers = move || match now.get() {
        DemoState::Loading { sent, of } => (sent, of),
        _ => (0, 1),
    };
    let words = move || {
        let (sent, of) = numbers();
        format!(
            "Loading demo data: {} of {} events",
            grouped(sent.into()),
            grouped(of.into())
        )
    };
    view! {
        <p>
            <label class="loading">
                <span>{words}</span>
                <progress class="loading__bar" max=move || numbers().1 value=move || numbers().0></progress>
            </label>
        </p>
        <a class="button button--small" href="/logs" rel="external">"Reload"</a>
    }
}
