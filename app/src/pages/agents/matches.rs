//! What a search of the log found: how much, where, and the way from one match to the next.

use leptos::prelude::*;
use model::task_log::LogMatches;
use wasm_bindgen::JsCast as _;

use crate::components::icon::Icon;
use crate::pages::agents::log_view::LogHandle;
use crate::pages::agents::state::{LogState, TasksState};

/// The list of matches and the buttons beside it. Each match is a plain link too.
#[component]
pub fn Matches(
    matches: LogMatches,
    handle: LogHandle,
    log: LogState,
    list: TasksState,
) -> impl IntoView {
    let total = matches.total;
    let listed = matches.matches.len();
    let more = matches.has_more();
    let items = matches
        .matches
        .into_iter()
        .enumerate()
        .map(|(index, found)| {
            let href = format!("{}#L{}", log.at(Some(found.line), None).search(&list), found.line);
            view! {
                <li><a class="menu__item log-matches__item" rel="external" href=href on:click=move |event| {
                    event.prevent_default();
                    handle.go_to_match(index);
                }><span class="log-matches__line">{found.line}</span><span class="log-matches__text">{found.excerpt}</span></a></li>
            }
        })
        .collect_view();
    let count = move || match handle.match_index.get() {
        Some(index) => format!("{} of {}", index + 1, matches_label(total)),
        None => matches_label(total),
    };
    view! {
        <details class="menu log-matches">
            <summary class="log__count" role="status">{count}</summary>
            <div class="menu__list log-matches__list">
                {more.then(|| view! { <p class="meta">{format!("The first {listed} of {total} matching lines")}</p> })}
                <ol>{items}</ol>
            </div>
        </details>
        <button class="button button--quiet button--icon" type="button" aria-label="Previous match" title="Previous match (N)" on:click=move |_| handle.step_match(-1)><Icon name="chevron-up"/></button>
        <button class="button button--quiet button--icon" type="button" aria-label="Next match" title="Next match (n)" on:click=move |_| handle.step_match(1)><Icon name="chevron-down"/></button>
    }
}

fn matches_label(total: u64) -> String {
    match total {
        0 => "No match".to_owned(),
        1 => "1 matching line".to_owned(),
        _ => format!("{total} matching lines"),
    }
}

/// Marks of the map at most: one for each of these steps along the log.
const STEP: u64 = 5;

/// The matches along the height of the log, and which part is in view. Each mark is a link; a
/// click between them goes to the nearest. The list of matches says the same to those who do not
/// see it.
#[component]
pub fn Map(
    matches: LogMatches,
    handle: LogHandle,
    log: LogState,
    list: TasksState,
) -> impl IntoView {
    let total = handle
        .buffer
        .with_untracked(|buffer| buffer.total_lines.max(1));
    let mut drawn = None;
    let marks = matches
        .matches
        .iter()
        .filter_map(|found| {
            let y = found.line.saturating_sub(1) * 1000 / total / STEP * STEP;
            if drawn.replace(y) == Some(y) {
                return None;
            }
            let href = format!("{}#L{}", log.at(Some(found.line), None).search(&list), found.line);
            Some(view! { <a tabindex="-1" rel="external" href=href><rect width="12" height=STEP y=y></rect></a> })
        })
        .collect_view();
    let jump = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let map = event
            .current_target()
            .and_then(|map| map.dyn_into::<web_sys::Element>().ok());
        if let Some(map) = map {
            let place = map.get_bounding_client_rect();
            let part = (f64::from(event.client_y()) - place.top()) / place.height().max(1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 1000"
            )]
            handle.go_near((part.clamp(0.0, 1.0) * 1000.0) as u64);
        }
    };
    let seen = move || handle.seen.get();
    view! {
        <svg class="log__map" viewBox="0 0 12 1000" preserveAspectRatio="none" aria-hidden="true" on:click=jump>
            <rect class="log__map-window" width="12" y=move || seen().0 height=move || seen().1.saturating_sub(seen().0)></rect>
            {marks}
        </svg>
    }
}
