//! The filters of the task table: a plain form that works without JavaScript.

use leptos::prelude::*;
use model::agent::AgentSummary;
use model::task::{TaskPage, TaskState};

use crate::pages::agents::outcome::words;
use crate::pages::agents::state::TasksState;
use crate::paths;

/// Agent, pack, data source and outcome.
#[component]
pub fn Filters(agents: Vec<AgentSummary>, page: TaskPage, state: TasksState) -> impl IntoView {
    let filter = state.0.clone();
    let agents = agents
        .into_iter()
        .map(|summary| (summary.agent.id.to_string(), summary.agent.name))
        .collect();
    let same = |values: Vec<String>| {
        values
            .into_iter()
            .map(|value| (value.clone(), value))
            .collect()
    };
    let states = TaskState::ALL
        .iter()
        .map(|state| (state.to_string(), words(*state).to_owned()))
        .collect();
    let agent = filter.agent.map(|id| id.to_string());
    let outcome = filter.state.map(|state| state.to_string());
    view! {
        <leptos_router::components::Form method="get" action=paths::AGENTS attr:class="filters">
            <Choice name="agent" label="Agent" values=agents chosen=agent/>
            <Choice name="pack" label="Pack" values=same(page.packs) chosen=filter.pack/>
            <Choice name="source" label="Source" values=same(page.data_sources) chosen=filter.data_source/>
            <Choice name="state" label="Outcome" values=states chosen=outcome/>
            <button class="button button--quiet button--small" type="submit">"Filter"</button>
            {state.is_filtered().then(|| view! {
                <a class="button button--quiet button--small" href=paths::AGENTS>"Show all"</a>
            })}
        </leptos_router::components::Form>
    }
}

#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    /// What is sent and what is shown.
    values: Vec<(String, String)>,
    chosen: Option<String>,
) -> impl IntoView {
    let options = values
        .into_iter()
        .map(|(value, words)| {
            let selected = chosen.as_ref() == Some(&value);
            view! { <option value=value selected=selected>{words}</option> }
        })
        .collect_view();
    view! {
        <label class="chip">{label}<select name=name><option value="">"any"</option>{options}</select></label>
    }
}
