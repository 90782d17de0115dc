//! What a search of the log found: how much, where, and the way from one match to the next.

use leptos::prelude::*;
use model::task_log::LogMatches;

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

/// The matches along the height of the log.
#[component]
pub fn Map(matches: LogMatches, total_lines: u64) -> impl IntoView {
    let total = total_lines.max(1);
    let marks = matches
        .matches
        .iter()
        .map(|found| view! { <rect width="12" height="4" y=found.line.saturating_sub(1) * 1000 / total></rect> })
        .collect_view();
    view! { <svg class="log__map" viewBox="0 0 12 1000" preserveAspectRatio="none" aria-hidden="true">{marks}</svg> }
}
