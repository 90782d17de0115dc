//! New events as they come: rows that slide in at the top, or a pill that counts them while the
//! reader is busy with what they see.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::live::Arrival;
use model::log_page::{LogPage, Place};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::components::icon::Icon;
use crate::pages::logs::histogram::grouped;
use crate::pages::logs::state::LogsState;
use crate::pages::logs::tail::Tail;
use crate::paths::encode;

/// The switch between following and reading, and what has come since.
#[component]
pub fn Live(page: LogPage, state: LogsState, tail: Tail) -> impl IntoView {
    let is_first = state.place == Place::First;
    let live = state.live && is_first;
    watch(&state, &page, tail, live);
    let toggle = LogsState {
        live: !state.live,
        place: Place::First,
        ..state.clone()
    };
    let newest = state.at(Place::First).href();
    let query = state.query.clone();
    let show = move |event: web_sys::MouseEvent| {
        if is_first {
            event.prevent_default();
            tail.show();
            count_again(&query, tail);
            to_top();
        }
    };
    view! {
        <span class="actions">
            <a class=if live { "chip chip--set" } else { "chip" } href=toggle.href()>
                <Icon name=if live { "pause" } else { "play" }/>
                {if live { "Following new events" } else { "Follow new events" }}
            </a>
            <span role="status">
                {move || Some(tail.waiting()).filter(|count| *count > 0).map(|count| view! {
                    <a class="chip chip--set" href=newest.clone() on:click=show.clone()>{new_events(count)}</a>
                })}
                {move || tail.has_stopped().then(|| view! {
                    <span class="meta">"New events no longer arrive. Reload the page."</span>
                })}
            </span>
        </span>
    }
}

fn new_events(count: usize) -> String {
    if count == 1 {
        return "1 new event".to_owned();
    }
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    format!("{} new events", grouped(count))
}

/// Opens the stream once the browser has taken over; closes it with the table it belongs to.
fn watch(state: &LogsState, page: &LogPage, tail: Tail, live: bool) {
    let is_first = state.place == Place::First;
    let is_empty = page.events.is_empty();
    let query = state.query.clone();
    Effect::new(move |_| {
        let address = format!(
            "/api/v1/events/live?q={}&after={}&rows={is_first}",
            encode(&query),
            tail.seen()
        );
        let query = query.clone();
        let arrived = move |seen, arrival: Arrival| {
            tail.take(seen, arrival);
            if is_empty {
                tail.ask_again();
            } else if live && !is_busy() {
                tail.show();
                count_again(&query, tail);
            }
        };
        open(&address, arrived, move || tail.stop());
    });
}

/// Listens until the owner goes. The browser connects again by itself, from the last id; once it
/// is refused, it gives up and `stopped` is called.
pub fn open(address: &str, arrived: impl Fn(i64, Arrival) + 'static, stopped: impl Fn() + 'static) {
    let Ok(source) = EventSource::new(address) else {
        return;
    };
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
        let seen = message.last_event_id().parse().unwrap_or_default();
        let text = message.data().as_string().unwrap_or_default();
        // Where rows were not asked for, the data is their number.
        let arrival = serde_json::from_str(&text).ok().or_else(|| {
            let count = text.parse().ok()?;
            Some(Arrival {
                count,
                events: Vec::new(),
            })
        });
        if let Some(arrival) = arrival {
            arrived(seen, arrival);
        }
    });
    let refused = source.clone();
    let on_error = Closure::<dyn Fn()>::new(move || {
        if refused.ready_state() == EventSource::CLOSED {
            stopped();
        }
    });
    source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let kept = StoredValue::new_local(Some((source, on_message, on_error)));
    on_cleanup(move || {
        if let Some((source, ..)) = kept.try_update_value(Option::take).flatten() {
            source.set_onmessage(None);
            source.set_onerror(None);
            source.close();
        }
    });
}

/// Whether the reader looks at older rows or has chosen some: then nothing moves under them.
fn is_busy() -> bool {
    let found = |selector| document().query_selector(selector).ok().flatten();
    let scrolled = found(".table-frame").is_some_and(|frame| frame.scroll_top() > 8)
        || window().scroll_y().is_ok_and(|y| y > 160.0);
    scrolled || found("tr[data-event] input:checked").is_some()
}

fn to_top() {
    if let Ok(Some(frame)) = document().query_selector(".table-frame") {
        frame.set_scroll_top(0);
    }
}

/// Counts the result again, at most once in two seconds: bars need not move with each event.
fn count_again(query: &str, tail: Tail) {
    if !tail.begin_counting() {
        return;
    }
    let query = query.to_owned();
    set_timeout(
        move || {
            spawn_local(async move {
                let histogram = crate::api::logs::log_histogram(query.clone()).await;
                tail.end_counting(&query, histogram.ok());
            });
        },
        std::time::Duration::from_secs(2),
    );
}

/// Follows again when the reader is back at the top.
pub fn resume(state: &LogsState, tail: Tail) {
    if state.live && state.place == Place::First && untrack(|| tail.waiting()) > 0 && !is_busy() {
        tail.show();
        count_again(&state.query, tail);
    }
}
