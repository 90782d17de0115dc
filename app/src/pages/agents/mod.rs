//! The Agents page: who reports, what runs and ran, and the LOGS drawer beside it.

mod agent;
mod agents_table;
mod drawer;
mod filters;
mod follow;
mod lines;
mod log_bar;
mod log_view;
mod matches;
mod outcome;
mod selection;
mod state;
mod tasks_table;

pub use agent::AgentDrawer;
pub use drawer::TaskDrawer;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_query_map;
pub use state::{LogState, TasksState};
pub use tasks_table::size;

use crate::api::agents::list_agents;
use crate::api::tasks::list_tasks;
use crate::components::notice::Failure;

/// The page. Drawers are routes inside it.
#[component]
pub fn AgentsPage() -> impl IntoView {
    let params = use_query_map();
    let state = Memo::new(move |_| TasksState::from_params(&params.get()));
    let agents = Resource::new_blocking(|| (), |()| list_agents());
    let tasks = Resource::new_blocking(move || state.get().0, list_tasks);
    view! {
        <Title text="Agents"/>
        <main class="page page--console" id="main" tabindex="-1">
            <header class="page-head">
                <div class="page-head__title"><h1>"Agents"</h1></div>
            </header>
            <Transition>
                {move || Suspend::new(async move {
                    match (agents.await, tasks.await) {
                        (Ok(agents), Ok(_)) if agents.is_empty() => view! { <Nobody/> }.into_any(),
                        (Ok(agents), Ok(page)) => {
                            let state = state.get_untracked();
                            view! {
                                <agents_table::AgentsTable agents=agents.clone()/>
                                <h2>"Tasks"</h2>
                                <filters::Filters agents page=page.clone() state=state.clone()/>
                                <tasks_table::TasksTable page state/>
                            }.into_any()
                        }
                        (Err(error), _) | (_, Err(error)) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
        </main>
        <Outlet/>
    }
}

/// No drawer is open.
#[component]
pub fn NoTask() -> impl IntoView {}

/// What to do when no agent has registered.
#[component]
fn Nobody() -> impl IntoView {
    view! {
        <div class="empty">
            <h2 class="empty__title">"No agent has registered yet"</h2>
            <p class="empty__why">"An agent reports tasks: what ran, with which log and outcome. Any command can be one."</p>
            <div class="empty__ways">
                <div class="empty__way">
                    <p>"Run a command as a task; its output becomes the task’s log"</p>
                    <div class="command command--shell"><code>"auditorium agent run --name etl-1 -- COMMAND"</code></div>
                </div>
                <div class="empty__way">
                    <p>"Or load generated agents and events, removable again"</p>
                    <div class="command command--shell"><code>"auditorium demo"</code></div>
                </div>
            </div>
        </div>
    }
}
