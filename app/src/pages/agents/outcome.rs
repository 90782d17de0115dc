//! How a task or an agent stands, as a mark with a word.

use leptos::prelude::*;
use model::agent::{AgentState, TaskMark};
use model::task::TaskState;

/// The words for a task's state.
#[must_use]
pub const fn words(state: TaskState) -> &'static str {
    match state {
        TaskState::Running => "Running",
        TaskState::Succeeded => "Succeeded",
        TaskState::Failed => "Failed",
        TaskState::Lost => "Lost",
    }
}

const fn kind(state: TaskState) -> &'static str {
    match state {
        TaskState::Running => "info",
        TaskState::Succeeded => "good",
        TaskState::Failed => "bad",
        TaskState::Lost => "warning",
    }
}

/// A task's state, and the exit code where it says more.
#[component]
pub fn TaskOutcome(state: TaskState, exit_code: Option<i32>) -> impl IntoView {
    let code = exit_code
        .filter(|code| *code != 0)
        .map(|code| format!(" · exit {code}"));
    view! { <span class=format!("badge badge--{}", kind(state))>{words(state)}{code}</span> }
}

/// Whether an agent can be expected to answer.
#[component]
pub fn AgentBadge(state: AgentState) -> impl IntoView {
    let (kind, words) = match state {
        AgentState::Online => ("good", "Online"),
        AgentState::Away => ("plain", "Away"),
    };
    view! { <span class=format!("badge badge--{kind}")>{words}</span> }
}

/// The latest outcomes, oldest first. Too small to be links: the table of tasks has those.
#[component]
pub fn Marks(recent: Vec<TaskMark>) -> impl IntoView {
    let marks = recent
        .into_iter()
        .rev()
        .map(|mark| {
            let label = format!("{}: {}", words(mark.state), mark.name);
            let class = format!("marks__mark marks__mark--{}", kind(mark.state));
            view! { <li class=class title=label><span class="visually-hidden">{words(mark.state)}</span></li> }
        })
        .collect_view();
    view! { <ul class="marks">{marks}</ul> }
}
