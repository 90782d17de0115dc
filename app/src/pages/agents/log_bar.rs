//! What stands above and below a log: search, view, following; length and digest.

use leptos::prelude::*;
use model::task::TaskState;
use model::task_log::LogMatches;

use crate::components::icon::Icon;
use crate::pages::agents::log_view::LogHandle;
use crate::pages::agents::matches::Matches;
use crate::pages::agents::state::{LogState, Stamps, TasksState};
use crate::pages::agents::tasks_table::size;
use crate::paths;

/// Search, matches, view and follow.
#[component]
pub fn Bar(
    handle: LogHandle,
    log: LogState,
    list: TasksState,
    matches: Option<LogMatches>,
) -> impl IntoView {
    let filter = list.0.clone();
    let kept = [
        ("agent", filter.agent.map(|id| id.to_string())),
        ("pack", filter.pack),
        ("source", filter.data_source),
        ("state", filter.state.map(|state| state.to_string())),
        (
            "time",
            Some(log.stamps.as_str().to_owned()).filter(|_| log.stamps != Stamps::None),
        ),
        ("wrap", log.wrap.then(|| "1".to_owned())),
    ];
    let kept = kept
        .into_iter()
        .filter_map(|(name, value)| Some(view! { <input type="hidden" name=name value=value?/> }))
        .collect_view();
    let (find, view, of) = (log.find.clone(), log.clone(), list.clone());
    let here = handle
        .task
        .with_untracked(|task| paths::task(task.agent_id, task.id));
    view! {
        <div class="log__bar">
            <leptos_router::components::Form method="get" action=here attr:class="search" attr:role="search">
                <div class="search__box">
                    <Icon name="search"/>
                    <input class="search__input" type="search" name="find" value=find aria-label="Search the log" placeholder="Search the whole log" autocomplete="off" spellcheck="false"/>
                </div>
                {kept}
            </leptos_router::components::Form>
            {matches.map(|matches| view! { <Matches matches handle log list/> })}
            <View handle log=view list=of/>
            {move || (!handle.buffer.with(|buffer| buffer.state).is_finished()).then(|| view! {
                <button class="button button--quiet needs-script" type="button" aria-pressed=move || handle.following.get().to_string() on:click=move |_| {
                    if handle.following.get_untracked() { handle.following.set(false) } else { handle.go_to_end() }
                }><Icon name="play"/><span class="log__label">"Follow"</span></button>
            })}
        </div>
    }
}

/// Times in the gutter and the wrapping of long lines: plain links, which a script follows in
/// place.
#[component]
fn View(handle: LogHandle, log: LogState, list: TasksState) -> impl IntoView {
    let here = handle
        .task
        .with_untracked(|task| paths::task(task.agent_id, task.id));
    let href = move |stamps, wrap| format!("{here}{}", log.shown(stamps, wrap).search(&list));
    let wrap_href = {
        let href = href.clone();
        move || href(handle.stamps.get(), !handle.wrap.get())
    };
    let toggle = {
        let href = wrap_href.clone();
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            let (stamps, wrap) = (handle.stamps.get_untracked(), handle.wrap.get_untracked());
            handle.show(stamps, !wrap, &untrack(href.clone()));
        }
    };
    let menu = NodeRef::<leptos::html::Details>::new();
    let items = Stamps::ALL.map(|stamps| {
        let href = href.clone();
        let address = Signal::derive(move || href(stamps, handle.wrap.get()));
        let current = move || (handle.stamps.get() == stamps).then_some("true");
        view! {
            <a class="menu__item" aria-current=current href=address on:click=move |event| {
                event.prevent_default();
                handle.show(stamps, handle.wrap.get_untracked(), &address.get_untracked());
                if let Some(menu) = menu.get_untracked() {
                    menu.set_open(false);
                }
            }>{stamps.label()}</a>
        }
    });
    view! {
        <details class="menu menu--end" node_ref=menu>
            <summary class="button button--quiet"><Icon name="clock"/><span class="log__label">"Times"</span></summary>
            <div class="menu__list">
                <p class="menu__head">"When the server received each line"</p>
                {items.into_iter().collect_view()}
            </div>
        </details>
        <a class="button button--quiet" href=wrap_href on:click=toggle>
            <Icon name="wrap"/><span class="log__label">{move || if handle.wrap.get() { "Unwrap" } else { "Wrap" }}</span>
        </a>
    }
}

/// Length and digest.
#[component]
pub fn Foot(handle: LogHandle) -> impl IntoView {
    let (lines, length) = (
        move || handle.buffer.with(|buffer| buffer.total_lines),
        move || handle.buffer.with(|buffer| size(buffer.length)),
    );
    let digest = move || match (
        handle.task.get().log_sha256,
        handle.buffer.with(|buffer| buffer.state),
    ) {
        (Some(digest), TaskState::Lost) => format!("SHA-256 of what was received {digest}"),
        (Some(digest), _) => format!("SHA-256 {digest}"),
        (None, _) => "SHA-256 appears when the task ends".to_owned(),
    };
    view! {
        <footer class="log__foot"><span>{lines}" lines"</span><span>{length}</span><span class="log__digest">{digest}</span></footer>
    }
}
