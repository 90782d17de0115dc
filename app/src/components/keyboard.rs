//! When a single key is a command and when it is a letter that somebody types.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

/// Where keys are letters.
const TYPED_IN: &str =
    "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

/// Whether the key may be a command by itself: no modifier is held, nobody types, and no dialog
/// has the page.
#[must_use]
pub fn is_command(event: &KeyboardEvent) -> bool {
    !event.ctrl_key()
        && !event.meta_key()
        && !event.alt_key()
        && !event.default_prevented()
        && !is_typing(event)
        && !has_dialog()
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest(TYPED_IN).is_ok_and(|found| found.is_some()))
}

fn has_dialog() -> bool {
    document()
        .query_selector("dialog[open]")
        .is_ok_and(|found| found.is_some())
}
