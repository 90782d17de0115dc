//! Agents: registering, signs of life, and the list of them.

use model::agent::{Agent, AgentState, AgentSummary, Heartbeat, RegisterAgent};
use model::event::{Actor, ActorType, NewEvent, Resource};
use model::permission::Permission;
use model::problem::FieldError;
use model::task::{AgentView, TaskFilter};
use serde_json::json;
use uuid::Uuid;

use crate::{Caller, Error, Result, Services, own_event, tasks};

/// Registers an agent under its name, or renews what it says of itself.
pub async fn register(
    services: &Services,
    caller: &Caller,
    agent: &RegisterAgent,
) -> Result<Agent> {
    services.authorize(caller, Permission::TasksWrite).await?;
    let mut errors = Vec::new();
    required(&mut errors, "name", &agent.name, 120);
    optional(&mut errors, "version", agent.version.as_deref(), 120);
    optional(&mut errors, "team", agent.team.as_deref(), 120);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let registered = transaction
        .register_agent(agent, &caller.actor.id, now)
        .await?;
    let state = |agent: &Agent| json!({ "version": agent.version, "team": agent.team });
    let before = registered.before.as_ref().map(state);
    let after = state(&registered.agent);
    if before.as_ref() != Some(&after) {
        let event = event(caller, &registered.agent, "agent.registered")
            .on(Resource::new("agent", registered.agent.id.to_string())
                .named(&registered.agent.name))
            .changing(before, Some(after));
        transaction.record(own_event::prepare(caller, event, now));
    }
    transaction.commit(now).await?;
    Ok(registered.agent)
}

/// Notes that an agent and its tasks live. No event, since it happens every few seconds, but
/// where a lost task comes back.
pub async fn heartbeat(services: &Services, caller: &Caller, heartbeat: &Heartbeat) -> Result<()> {
    services.authorize(caller, Permission::TasksWrite).await?;
    let lost = services
        .store
        .note_heartbeat(
            heartbeat.agent,
            &heartbeat.tasks,
            &caller.actor.id,
            services.now(),
        )
        .await?
        .ok_or(Error::NotFound { what: "agent" })?;
    for task in lost {
        tasks::resume(services, caller, task).await?;
    }
    Ok(())
}

/// Every agent with its latest tasks.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<AgentSummary>> {
    services.authorize(caller, Permission::AgentsRead).await?;
    Ok(services.store.agents(services.now()).await?)
}

/// An agent and a page of its tasks.
pub async fn view(
    services: &Services,
    caller: &Caller,
    id: Uuid,
    filter: &TaskFilter,
) -> Result<AgentView> {
    services.authorize(caller, Permission::AgentsRead).await?;
    let agent = services
        .store
        .agent(id)
        .await?
        .ok_or(Error::NotFound { what: "agent" })?;
    let filter = TaskFilter {
        agent: Some(id),
        ..filter.clone()
    };
    let tasks = tasks::list(services, caller, &filter).await?;
    Ok(AgentView {
        online: agent.state(services.now()) == AgentState::Online,
        agent,
        tasks,
    })
}

/// An event of which the agent is the actor, for whoever holds the token.
pub(crate) fn event(caller: &Caller, agent: &Agent, action: &str) -> NewEvent {
    let actor = Actor {
        name: Some(agent.name.clone()),
        ip: caller.origin.ip,
        user_agent: caller.origin.user_agent.clone(),
        on_behalf_of: Some(caller.actor.id.clone()),
        ..Actor::new(ActorType::Agent, &agent.name)
    };
    NewEvent {
        actor: Some(actor),
        team: agent.team.clone(),
        ..NewEvent::new(action)
    }
}

/// Checks a text that must be there.
pub(crate) fn required(errors: &mut Vec<FieldError>, path: &str, text: &str, most: usize) {
    if text.trim().is_empty() {
        errors.push(FieldError::new(path, "must not be empty"));
    }
    optional(errors, path, Some(text), most);
}

/// Checks a text that may be there.
pub(crate) fn optional(errors: &mut Vec<FieldError>, path: &str, text: Option<&str>, most: usize) {
    let Some(text) = text else { return };
    if text.chars().count() > most {
        errors.push(FieldError::new(
            path,
            format!("must have at most {most} characters"),
        ));
    }
    if text.chars().any(char::is_control) {
        errors.push(FieldError::new(path, "must not hold control characters"));
    }
}
