//! Agents: what they call, and what the Agents page shows.

use leptos::prelude::*;
use model::agent::{Agent, AgentSummary};
use model::task::{AgentView, TaskFilter};
use uuid::Uuid;

use crate::error::AppError;

/// Registers an agent under its name, or renews what it says of itself.
#[server(prefix = "/api/v1", endpoint = "agents/register", input = server_fn::codec::Json)]
pub async fn register_agent(
    name: String,
    version: Option<String>,
    team: Option<String>,
) -> Result<Agent, AppError> {
    let (services, caller) = crate::ssr::context()?;
    let agent = model::agent::RegisterAgent {
        name,
        version,
        team,
    };
    crate::ssr::report(service::agents::register(&services, &caller, &agent).await)
}

/// A sign of life, for an agent and the tasks that it runs.
#[server(prefix = "/api/v1", endpoint = "agents/heartbeat", input = server_fn::codec::Json)]
pub async fn agent_heartbeat(
    agent: Uuid,
    #[server(default)] tasks: Vec<Uuid>,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let heartbeat = model::agent::Heartbeat { agent, tasks };
    crate::ssr::report(service::agents::heartbeat(&services, &caller, &heartbeat).await)
}

/// Every agent with its latest tasks.
#[server(prefix = "/api/ui", endpoint = "agents/list", input = server_fn::codec::Json)]
pub async fn list_agents() -> Result<Vec<AgentSummary>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::agents::list(&services, &caller).await)
}

/// An agent and a page of its tasks.
#[server(prefix = "/api/ui", endpoint = "agents/view", input = server_fn::codec::Json)]
pub async fn read_agent(id: Uuid, filter: TaskFilter) -> Result<AgentView, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::agents::view(&services, &caller, id, &filter).await)
}
