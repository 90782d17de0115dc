//! The drawer of one agent.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::agent::AgentState;
use model::task::{AgentView, TaskFilter};
use uuid::Uuid;

use crate::api::agents::read_agent;
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::components::time::Time;
use crate::error::AppError;
use crate::pages::agents::outcome::{AgentBadge, TaskOutcome};
use crate::pages::agents::state::TasksState;
use crate::paths;

/// The drawer of the route `/agents/:agent`.
#[component]
pub fn AgentDrawer() -> impl IntoView {
    let params = use_params_map();
    let id = move || {
        params
            .get()
            .get("agent")
            .and_then(|id| id.parse::<Uuid>().ok())
    };
    let view = Resource::new_blocking(id, |id| async move {
        match id {
            Some(id) => read_agent(id, TaskFilter::default()).await,
            None => Err(no_such("agent")),
        }
    });
    view! {
        <aside class="drawer" aria-label="Agent">
            <Transition>
                {move || Suspend::new(async move {
                    match view.await {
                        Ok(view) => view! { <Opened view/> }.into_any(),
                        Err(error) => view! {
                            <header class="drawer__head">
                                <div class="drawer__title"><h2>"Agent"</h2></div>
                                <div class="drawer__actions"><Close/></div>
                            </header>
                            <div class="drawer__body"><Failure error/></div>
                        }.into_any(),
                    }
                })}
            </Transition>
        </aside>
    }
}

/// An address that names nothing.
pub(super) fn no_such(what: &str) -> AppError {
    AppError {
        code: "not-found".to_owned(),
        status: 404,
        message: format!("There is no such {what}."),
        request_id: None,
        errors: Vec::new(),
    }
}

#[component]
fn Close() -> impl IntoView {
    view! {
        <a class="button button--quiet button--icon drawer__close" href=paths::AGENTS aria-label="Close the agent"><Icon name="close"/></a>
    }
}

#[component]
fn Opened(view: AgentView) -> impl IntoView {
    let AgentView {
        agent,
        online,
        tasks,
    } = view;
    let state = if online {
        AgentState::Online
    } else {
        AgentState::Away
    };
    let list = TasksState::of_agent(agent.id);
    let events = paths::logs(&format!("actor:{}", agent.name));
    let rows = tasks
        .tasks
        .into_iter()
        .take(12)
        .map(|task| view! {
            <li class="list__item">
                <span class="list__words"><a href=list.task_href(&task)>{task.name.clone()}</a>" "<TaskOutcome state=task.state exit_code=task.exit_code/></span>
                <span class="list__end"><Time at=task.opened_at/></span>
            </li>
        })
        .collect_view();
    view! {
        <Title text=agent.name.clone()/>
        <header class="drawer__head">
            <div class="drawer__title"><h2>{agent.name.clone()}</h2></div>
            <div class="drawer__actions"><AgentBadge state/><Close/></div>
        </header>
        <div class="drawer__body">
            <section class="drawer__section">
                <dl class="facts">
                    <dt>"Version"</dt><dd>{agent.version.unwrap_or_else(|| "not given".to_owned())}</dd>
                    <dt>"Team"</dt><dd>{agent.team.unwrap_or_else(|| "none".to_owned())}</dd>
                    <dt>"Last seen"</dt><dd><Time at=agent.last_seen_at/></dd>
                    <dt>"Registered"</dt><dd><Time at=agent.registered_at/></dd>
                    <dt>"Agent id"</dt><dd>{agent.id.to_string()}</dd>
                </dl>
                <p><a href=events>"Events of this agent"</a></p>
            </section>
            <section class="drawer__section">
                <h3>"Latest tasks"</h3>
                <ul class="list">{rows}</ul>
                <p><a href=list.href()>"Show all"</a></p>
            </section>
        </div>
    }
}
