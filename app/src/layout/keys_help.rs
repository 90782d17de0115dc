//! All keys of the page, in a dialog that `?` opens.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use web_sys::KeyboardEvent;

use crate::components::icon::Icon;
use crate::components::keyboard::is_command;
use crate::paths;

/// What a key does, and the key.
type Key = (&'static str, &'static str);

const EVERYWHERE: &[Key] = &[("Go to, or do", "Ctrl K"), ("Show all keys", "?")];

const LOGS: &[Key] = &[
    ("Search", "/"),
    ("Next row", "j"),
    ("Previous row", "k"),
    ("Open the row", "Enter"),
    ("Select the row", "x"),
    ("Export", "e"),
    ("Event above or below", "[ ]"),
    ("Close the event", "Esc"),
    ("Exclude a value", "Alt click"),
];

const SEARCH_BOX: &[Key] = &[
    ("Choose a completion", "↓ ↑"),
    ("Take it", "Tab"),
    ("Search", "Enter"),
    ("Put the list away", "Esc"),
];

const TASK_LOG: &[Key] = &[("Next match", "n"), ("Previous match", "N")];

/// Opens the one [`KeysDialog`] that it is given to.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeysHelp(NodeRef<Dialog>);

impl KeysHelp {
    /// Opens the dialog; where another has the page, it keeps it.
    pub fn open(self) {
        if let Some(dialog) = self.0.get_untracked()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    }

    fn close(self) {
        if let Some(dialog) = self.0.get_untracked() {
            dialog.close();
        }
    }
}

/// The dialog, and the key that opens it.
#[component]
pub fn KeysDialog(keys: KeysHelp) -> impl IntoView {
    let pressed = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if event.key() == "?" && is_command(&event) {
            event.prevent_default();
            keys.open();
        }
    });
    on_cleanup(move || pressed.remove());
    let location = use_location();
    let groups = move || {
        let path = location.pathname.get();
        let mut groups = vec![("Everywhere", EVERYWHERE)];
        if path.starts_with(paths::LOGS) {
            groups.extend([("Logs", LOGS), ("In the search box", SEARCH_BOX)]);
        }
        if path.starts_with(paths::AGENTS) {
            groups.push(("Log of a task", TASK_LOG));
        }
        groups
            .into_iter()
            .map(|(title, keys)| view! { <h3>{title}</h3><dl class="keys">{rows(keys)}</dl> })
            .collect_view()
    };
    view! {
        <dialog class="dialog" node_ref=keys.0 aria-labelledby="keys-title">
            <div class="panel">
                <header class="panel__head">
                    <h2 id="keys-title">"Keys"</h2>
                    <button type="button" class="button button--quiet button--icon" aria-label="Close the keys" on:click=move |_| keys.close()><Icon name="close"/></button>
                </header>
                <div class="panel__body">{groups}</div>
            </div>
        </dialog>
    }
}

/// Several keys, divided by a space, stand each in a box of its own.
fn rows(keys: &'static [Key]) -> impl IntoView {
    keys.iter()
        .map(|(what, keys)| {
            let keys = keys
                .split(' ')
                .map(|key| view! { <kbd class="kbd">{key}</kbd>" " })
                .collect_view();
            view! { <div><dt>{*what}</dt><dd>{keys}</dd></div> }
        })
        .collect_view()
}
