//! The LOGS drawer: the log of one task, whole or as it grows, at its own address.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::log_buffer::LogBuffer;
use model::task::TaskState;
use model::task_log::{LogOpening, LogPlace};
use uuid::Uuid;

use crate::api::tasks::open_task_log;
use crate::components::icon::Icon;
use crate::components::notice::{Failure, Notice};
use crate::components::time::Time;
use crate::error::AppError;
use crate::pages::agents::agent::no_such;
use crate::pages::agents::follow::follow;
use crate::pages::agents::lines::Line;
use crate::pages::agents::log_bar::{Bar, Foot};
use crate::pages::agents::log_view::{LogHandle, lines_of_hash, listen_to_keys};
use crate::pages::agents::matches::Map;
use crate::pages::agents::outcome::TaskOutcome;
use crate::pages::agents::selection::{Lines, Selection};
use crate::pages::agents::state::{LogState, TasksState};
use crate::pages::agents::tasks_table::duration;
use crate::paths;

async fn open(task: Option<Uuid>, log: LogState) -> Result<LogOpening, AppError> {
    match task {
        Some(task) => open_task_log(task, log.place(), log.find).await,
        None => Err(no_such("task")),
    }
}

/// The drawer of the route `/agents/:agent/tasks/:task`.
#[component]
pub fn TaskDrawer() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let task = move || {
        params
            .get()
            .get("task")
            .and_then(|id| id.parse::<Uuid>().ok())
    };
    let log = Memo::new(move |_| LogState::from_params(&query.get()));
    let list = Memo::new(move |_| TasksState::from_params(&query.get()));
    let opening =
        Resource::new_blocking(move || (task(), log.get()), |(task, log)| open(task, log));
    view! {
        <aside class="drawer drawer--wide" aria-label="Task log">
            <Transition>
                {move || Suspend::new(async move {
                    match opening.await {
                        Ok(opening) => view! { <Opened opening log=log.get_untracked() list=list.get_untracked()/> }.into_any(),
                        Err(error) => view! {
                            <header class="drawer__head">
                                <div class="drawer__title"><h2>"Task"</h2></div>
                                <div class="drawer__actions"><Close href=list.get_untracked().href()/></div>
                            </header>
                            <div class="drawer__body"><Failure error/></div>
                        }.into_any(),
                    }
                })}
            </Transition>
        </aside>
    }
}

#[component]
fn Close(href: String) -> impl IntoView {
    view! {
        <a class="button button--quiet button--icon drawer__close" href=href aria-label="Close the log"><Icon name="close"/></a>
    }
}

#[component]
fn Opened(opening: LogOpening, log: LogState, list: TasksState) -> impl IntoView {
    let LogOpening {
        task,
        window,
        matches,
    } = opening;
    let lines = matches
        .iter()
        .flat_map(|found| found.matches.iter().map(|found| found.line))
        .collect();
    let at_end = log.place() == LogPlace::End && matches.is_none();
    let handle = LogHandle::new(task.clone(), window, lines, &log, at_end);
    start(handle, log.line, at_end);
    let download = format!("/api/v1/tasks/{}/log", task.id);
    view! {
        <Title text=format!("{} · log", task.name)/>
        <header class="drawer__head">
            <div class="drawer__title"><h2>{task.name.clone()}</h2><Facts handle/></div>
            <div class="drawer__actions">
                {move || {
                    let (state, task) = (handle.buffer.with(|buffer| buffer.state), handle.task.get());
                    view! { <TaskOutcome state exit_code=task.exit_code/> }
                }}
                <a class="button button--quiet button--icon" rel="external" href=download aria-label="Download the log" title="Download the log"><Icon name="download"/></a>
                <Close href=list.href()/>
            </div>
        </header>
        <div class="drawer__body">
            <section class="log" class:log--wrap=move || handle.wrap.get() data-time=move || handle.stamps.get().as_str()>
                <Bar handle log=log.clone() list=list.clone() matches=matches.clone()/>
                <Lost handle/>
                <div class="log__view">
                    <Text handle log=log.clone() list=list.clone()/>
                    {matches.map(|matches| view! { <Map matches handle log list/> })}
                    <Pill handle/>
                </div>
                <Selection handle/>
                <Foot handle/>
            </section>
        </div>
    }
}

/// What only a browser does: place the view, follow the task, listen to keys.
fn start(handle: LogHandle, line: Option<u64>, at_end: bool) {
    Effect::new(move |_| {
        match lines_of_hash().or(line.map(Lines::one)) {
            Some(lines) => handle.point_at(lines),
            None if at_end => handle.scroll_to_end(),
            None => handle.go_to_match(0),
        }
        listen_to_keys(handle);
        let (state, from) = handle
            .buffer
            .with_untracked(|buffer| (buffer.state, buffer.follow_from()));
        if !state.is_finished() {
            follow(handle.task.get_untracked().id, from, move |window| {
                handle.arrived(window);
            });
        }
    });
}

/// Agent, pack, source, times, and the task's events.
#[component]
fn Facts(handle: LogHandle) -> impl IntoView {
    let task = handle.task.get_untracked();
    let words = [
        task.pack.map(|pack| {
            format!("{pack} {}", task.pack_version.unwrap_or_default())
                .trim()
                .to_owned()
        }),
        task.data_source,
        task.trigger,
    ];
    let words: String = words
        .into_iter()
        .flatten()
        .flat_map(|word| [" · ".to_owned(), word])
        .collect();
    let events = paths::logs(&format!("resource:task/{}", task.id));
    let took = move || {
        let task = handle.task.get();
        task.finished_at.map(|end| {
            format!(
                ", took {}",
                duration((end - task.opened_at).num_milliseconds())
            )
        })
    };
    view! {
        <p class="meta">
            <a href=paths::agent(task.agent_id)>{task.agent_name}</a>{words}" · started "<Time at=task.opened_at/>{took}
            " · "<a href=events>"events"</a>
        </p>
    }
}

/// Says what a lost task's log is.
#[component]
fn Lost(handle: LogHandle) -> impl IntoView {
    move || {
        (handle.buffer.with(|buffer| buffer.state) == TaskState::Lost).then(|| view! {
            <div class="log__notice"><Notice kind="warning">"Nothing was heard of this task for 15 minutes. This is what was received until then; it goes on when the agent comes back."</Notice></div>
        })
    }
}

/// The lines, with plain links to those before and after.
#[component]
fn Text(handle: LogHandle, log: LogState, list: TasksState) -> impl IntoView {
    let LogHandle { buffer, scroll, .. } = handle;
    let find = log.find.clone();
    let (log, list) = (StoredValue::new(log), StoredValue::new(list));
    let href = move |line, before| {
        log.with_value(|log| list.with_value(|list| log.at(line, before).search(list)))
    };
    let older = move || match buffer.with(LogBuffer::older) {
        Some(LogPlace::Before(line)) => Some(href(None, Some(line))),
        _ => None,
    };
    let newer = move || match buffer.with(LogBuffer::newer) {
        Some(LogPlace::From(line)) => Some(href(Some(line), None)),
        _ => None,
    };
    let load = move |is_older: bool| {
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            handle.load(is_older);
        }
    };
    view! {
        <div class="log__scroll" node_ref=scroll tabindex="0" role="log" aria-label="Log" aria-live="off" on:scroll=move |_| handle.scrolled() on:wheel=move |event| handle.wheeled(&event)>
            {move || older().map(|href| view! { <p class="log__gap"><a href=href on:click=load(true)>"Older lines"</a></p> })}
            <ol class="log__lines">
                <For each=move || buffer.with(|buffer| buffer.lines().to_vec()) key=|line| (line.number, line.text.len()) let:line>
                    <Line line find=find.clone() handle/>
                </For>
            </ol>
            {move || newer().map(|href| view! { <p class="log__gap"><a href=href on:click=load(false)>"Newer lines"</a></p> })}
            {move || (buffer.with(|buffer| buffer.total_lines) == 0).then(|| view! {
                <p class="log__gap">{if buffer.with(|buffer| buffer.state.is_finished()) { "This task wrote nothing" } else { "Nothing written yet" }}</p>
            })}
        </div>
    }
}

/// How many lines arrived while the reader looked elsewhere.
#[component]
fn Pill(handle: LogHandle) -> impl IntoView {
    view! {
        <span role="status">
            {move || Some(handle.unseen.get()).filter(|unseen| *unseen > 0).map(|unseen| view! {
                <button class="log__pill" type="button" on:click=move |_| handle.go_to_end()>
                    <Icon name="chevron-down"/>{unseen}{if unseen == 1 { " new line" } else { " new lines" }}
                </button>
            })}
        </span>
    }
}
