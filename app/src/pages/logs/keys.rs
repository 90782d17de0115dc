//! The keyboard: `j` `k` move, `Enter` opens, `x` selects, `/` searches, `e` exports, Alt with
//! a click excludes. Listens once for the page, on the document.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

use crate::components::keyboard::is_command;

/// Starts listening; ends with the page.
pub fn listen() {
    let navigate = use_navigate();
    let keys = window_event_listener(ev::keydown, |event: KeyboardEvent| {
        if is_command(&event) && act(&event.key()) {
            event.prevent_default();
        }
    });
    let clicks = window_event_listener(ev::click, move |event: MouseEvent| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target else { return };
        close_menus(&target);
        let exclude = target.closest("[data-exclude]").ok().flatten();
        if event.alt_key()
            && let Some(href) = exclude.and_then(|value| value.get_attribute("data-exclude"))
        {
            event.prevent_default();
            navigate(&href, leptos_router::NavigateOptions::default());
        }
    });
    on_cleanup(move || {
        keys.remove();
        clicks.remove();
    });
}

/// Does what a key stands for; says whether it stands for anything.
fn act(key: &str) -> bool {
    match key {
        "j" => step(1),
        "k" => step(-1),
        "/" => focus("#q"),
        "x" => click_in_row("input[type=checkbox]"),
        "e" => click("#export-menu > summary"),
        "Escape" => click(".drawer__close"),
        _ => false,
    }
}

fn find(selector: &str) -> Option<HtmlElement> {
    document()
        .query_selector(selector)
        .ok()
        .flatten()?
        .dyn_into()
        .ok()
}

fn focus(selector: &str) -> bool {
    find(selector).is_some_and(|element| element.focus().is_ok())
}

fn click(selector: &str) -> bool {
    find(selector).map(|element| element.click()).is_some()
}

fn current_row() -> Option<Element> {
    document()
        .active_element()?
        .closest("tr[data-event]")
        .ok()
        .flatten()
}

fn click_in_row(selector: &str) -> bool {
    let found = current_row().and_then(|row| row.query_selector(selector).ok().flatten());
    found
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
        .map(|element| element.click())
        .is_some()
}

/// Moves the focus to the link of the next or previous row.
fn step(by: i32) -> bool {
    let next = match current_row() {
        Some(row) if by > 0 => row.next_element_sibling(),
        Some(row) => row.previous_element_sibling(),
        None => document().query_selector("tr[data-event]").ok().flatten(),
    };
    next.and_then(|row| row.query_selector(".row-link").ok().flatten())
        .and_then(|link| link.dyn_into::<HtmlElement>().ok())
        .is_some_and(|link| link.focus().is_ok())
}

/// Closes every open menu except the one that was clicked in.
fn close_menus(target: &Element) {
    let Ok(open) = document().query_selector_all("details.menu[open]") else {
        return;
    };
    for index in 0..open.length() {
        let Some(menu) = open
            .item(index)
            .and_then(|node| node.dyn_into::<Element>().ok())
        else {
            continue;
        };
        let link = target.closest("a").ok().flatten().is_some();
        if link || !menu.contains(Some(target)) {
            // A menu that stays open is no harm.
            let _ = menu.remove_attribute("open");
        }
    }
}
