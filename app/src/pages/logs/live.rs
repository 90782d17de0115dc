//! New events as they come: a pill that counts them, or, live, the table itself.

use leptos::prelude::*;
use model::log_page::Place;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

use crate::components::icon::Icon;
use crate::pages::logs::state::LogsState;
use crate::paths::encode;

/// Watches for events after `head`. The link works without JavaScript: it opens the first page.
#[component]
pub fn Live(state: LogsState, head: i64, refetch: WriteSignal<u32>) -> impl IntoView {
    let fresh = RwSignal::new(0_u32);
    let live = state.live;
    let is_first = state.place == Place::First;
    watch(&state.query, head, fresh, move || {
        if live && is_first {
            refetch.update(|turn| *turn += 1);
        }
    });
    let toggle = LogsState {
        live: !live,
        ..state.clone()
    }
    .href();
    let first = state.at(Place::First).href();
    let show = move |_| refetch.update(|turn| *turn += 1);
    view! {
        <span class="actions">
            <a class=if live { "chip chip--set" } else { "chip" } href=toggle>
                <Icon name=if live { "pause" } else { "play" }/>
                {if live { "Live" } else { "Follow new events" }}
            </a>
            <span role="status">
                {move || (fresh.get() > 0 && !live).then(|| view! {
                    <a class="chip chip--set" href=first.clone() on:click=show>
                        {fresh.get()}{if fresh.get() == 1 { " new event" } else { " new events" }}
                    </a>
                })}
            </span>
        </span>
    }
}

/// Opens the stream of server-sent events once the browser has taken over; closes it with the
/// table that it belongs to.
fn watch(query: &str, head: i64, fresh: RwSignal<u32>, arrived: impl Fn() + Clone + 'static) {
    let address = format!("/api/v1/events/live?q={}&after={head}", encode(query));
    Effect::new(move |_| {
        let Ok(source) = web_sys::EventSource::new(&address) else {
            return;
        };
        let arrived = arrived.clone();
        let on_event =
            Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |message: web_sys::MessageEvent| {
                // Each message's data is the number of new events that match.
                let count = message
                    .data()
                    .as_string()
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(1);
                fresh.update(|total| *total = total.saturating_add(count));
                arrived();
            });
        source.set_onmessage(Some(on_event.as_ref().unchecked_ref()));
        let kept = StoredValue::new_local(Some((source, on_event)));
        on_cleanup(move || {
            if let Some((source, _)) = kept.try_update_value(Option::take).flatten() {
                source.close();
            }
        });
    });
}
