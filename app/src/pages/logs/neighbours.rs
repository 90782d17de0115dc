//! From the open event to the one above or below it in the table: two buttons, and `[` and `]`.
//! Where the table does not hold the event, there is no way to step.

use leptos::ev;
use leptos::prelude::*;
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::components::icon::Icon;
use crate::components::keyboard::is_command;

/// The buttons. They need the table, so they appear with JavaScript.
#[component]
pub fn Neighbours(id: Uuid) -> impl IntoView {
    let near = RwSignal::new((false, false));
    Effect::new(move |_| {
        near.set((row(id, false).is_some(), row(id, true).is_some()));
        let keys = window_event_listener(ev::keydown, move |event| {
            if !is_command(&event) {
                return;
            }
            let taken = match event.key().as_str() {
                "[" => open(id, false),
                "]" => open(id, true),
                _ => false,
            };
            if taken {
                event.prevent_default();
            }
        });
        on_cleanup(move || keys.remove());
    });
    let button = move |below: bool, label: &'static str, icon: &'static str| {
        let missing = move || {
            let (newer, older) = near.get();
            !(if below { older } else { newer })
        };
        view! {
            <button
                type="button" class="button button--quiet button--icon needs-script" aria-label=label title=label
                disabled=missing on:click=move |_| { open(id, below); }
            >
                <Icon name=icon/>
            </button>
        }
    };
    view! {
        {button(false, "Event above, key [", "chevron-up")}
        {button(true, "Event below, key ]", "chevron-down")}
    }
}

/// The link of the row above or below the event's.
fn row(id: Uuid, below: bool) -> Option<HtmlElement> {
    let own = document()
        .query_selector(&format!("tr[data-event=\"{id}\"]"))
        .ok()??;
    let near = if below {
        own.next_element_sibling()
    } else {
        own.previous_element_sibling()
    };
    near?.query_selector(".row-link").ok()??.dyn_into().ok()
}

fn open(id: Uuid, below: bool) -> bool {
    let Some(link) = row(id, below) else {
        return false;
    };
    link.click();
    // The reader goes on from there when the drawer closes; without focus nothing is lost.
    let _ = link.focus();
    true
}
