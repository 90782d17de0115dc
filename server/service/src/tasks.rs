//! Tasks: opened and finished by agents, listed for people.

use chrono::Duration;
use model::agent::Agent;
use model::event::{NewEvent, Resource, Status};
use model::permission::Permission;
use model::task::{FinishTask, OpenTask, Task, TaskFilter, TaskPage, TaskState};
use serde_json::json;
use store::Transaction;
use uuid::Uuid;

use crate::agents::{event, optional, required};
use crate::{Caller, Error, Result, Services, own_event};

/// Tasks of a page.
const PAGE: usize = 50;

/// A running task is lost when nothing was heard of it for this long.
const LOST_AFTER: Duration = Duration::minutes(15);

/// Opens a task. The same id again answers with the task that it opened.
pub async fn open(services: &Services, caller: &Caller, task: OpenTask) -> Result<Task> {
    services.authorize(caller, Permission::TasksWrite).await?;
    check(&task)?;
    let agent = agent(services, task.agent).await?;
    let now = services.now();
    let id = task.id.unwrap_or_else(Uuid::now_v7);
    let task = OpenTask {
        opened_at: task.opened_at.map(|at| at.min(now)),
        ..task
    };
    let mut transaction = services.store.begin().await?;
    let is_new = transaction
        .open_task(id, &task, &caller.actor.id, now)
        .await?;
    let opened = own_task(&mut transaction, caller, id).await?;
    if opened.agent_id != task.agent {
        return Err(Error::Conflict(format!(
            "The task {id} belongs to another agent."
        )));
    }
    if is_new {
        let details = json!({
            "pack": opened.pack, "pack_version": opened.pack_version,
            "data_source": opened.data_source, "trigger": opened.trigger,
        });
        let event = NewEvent {
            occurred_at: Some(opened.opened_at),
            ..event(caller, &agent, "task.opened")
        }
        .on(resource(&opened))
        .with_details(details);
        transaction.record(own_event::prepare(caller, event, now));
    }
    transaction.commit(now).await?;
    Ok(opened)
}

/// Finishes a task: its log takes no more, and its length and digest are recorded. The same
/// exit code again changes nothing.
pub async fn finish(services: &Services, caller: &Caller, finish: &FinishTask) -> Result<Task> {
    services.authorize(caller, Permission::TasksWrite).await?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let mut task = own_task(&mut transaction, caller, finish.id).await?;
    if task.state.is_finished() {
        if task.exit_code == Some(finish.exit_code) {
            return Ok(task);
        }
        return Err(Error::Conflict(format!(
            "The task has already {}.",
            task.state
        )));
    }
    if let Some(length) = finish.log_length
        && length != task.log_length
    {
        return Err(Error::Conflict(format!(
            "The log has {} of {length} bytes. Append the rest, then finish the task.",
            task.log_length
        )));
    }
    let agent = agent(services, task.agent_id).await?;
    let was_lost = task.state == TaskState::Lost;
    task.state = if finish.exit_code == 0 {
        TaskState::Succeeded
    } else {
        TaskState::Failed
    };
    task.exit_code = Some(finish.exit_code);
    let finished_at = finish
        .finished_at
        .unwrap_or(now)
        .min(now)
        .max(task.opened_at);
    task.finished_at = Some(finished_at);
    let digest = transaction
        .finish_task(task.id, task.state, finish.exit_code, finished_at, now)
        .await?;
    task.log_sha256 = Some(digest);
    let event = finished_event(caller, &agent, &task, was_lost);
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(task)
}

/// Tasks that match, newest first.
pub async fn list(services: &Services, caller: &Caller, filter: &TaskFilter) -> Result<TaskPage> {
    services.authorize(caller, Permission::AgentsRead).await?;
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let mut tasks = services.store.tasks(filter, limit + 1).await?;
    let has_older = tasks.len() > PAGE;
    tasks.truncate(PAGE);
    let older = tasks.last().filter(|_| has_older).map(|task| task.id);
    let (packs, data_sources) = services.store.task_facets(filter.agent).await?;
    Ok(TaskPage {
        tasks,
        older,
        packs,
        data_sources,
    })
}

/// A task.
pub async fn view(services: &Services, caller: &Caller, id: Uuid) -> Result<Task> {
    services.authorize(caller, Permission::AgentsRead).await?;
    services
        .store
        .task(id)
        .await?
        .ok_or(Error::NotFound { what: "task" })
}

/// Attempts to let a lost task run again while its log becomes an object.
const RESUMPTIONS: usize = 3;

/// Lets a lost task run again, because its agent is back: its log goes on where it was. A task
/// that is not lost is left as it is.
pub(crate) async fn resume(services: &Services, caller: &Caller, id: Uuid) -> Result<()> {
    let now = services.now();
    for _ in 0..RESUMPTIONS {
        let lost = services.store.lost_log(id).await?;
        let mut transaction = services.store.begin().await?;
        let task = own_task(&mut transaction, caller, id).await?;
        if task.state != TaskState::Lost {
            return Ok(());
        }
        if !transaction.resume_task(id, &lost, now).await? {
            continue;
        }
        let agent = agent(services, task.agent_id).await?;
        let event = event(caller, &agent, "task.resumed")
            .on(resource(&task))
            .with_details(json!({ "log_length": task.log_length, "log_sha256": task.log_sha256 }));
        transaction.record(own_event::prepare(caller, event, now));
        transaction.commit(now).await?;
        return Ok(());
    }
    Err(Error::Conflict(
        "The task is being closed as lost. Try again.".to_owned(),
    ))
}

/// Takes tasks for lost that nothing was heard of for long: their logs become objects of what
/// was received. A job calls it.
pub async fn mark_lost(services: &Services) -> Result<()> {
    let caller = Caller::system("tasks");
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    for task in transaction.lose_tasks(now - LOST_AFTER).await? {
        let event = NewEvent::new("task.lost")
            .on(resource(&task))
            .with_details(json!({
                "agent": task.agent_name, "log_length": task.log_length,
                "log_lines": task.log_lines, "log_sha256": task.log_sha256,
            }))
            .ended(Status::Failure, "nothing was heard of it for 15 minutes");
        transaction.record(own_event::prepare(&caller, event, now));
    }
    transaction.commit(now).await?;
    Ok(())
}

/// How a task stands in events.
pub(crate) fn resource(task: &Task) -> Resource {
    Resource::new("task", task.id.to_string()).named(&task.name)
}

fn finished_event(caller: &Caller, agent: &Agent, task: &Task, was_lost: bool) -> NewEvent {
    let duration = task
        .finished_at
        .map(|end| (end - task.opened_at).num_milliseconds());
    let mut details = json!({
        "exit_code": task.exit_code, "duration_ms": duration,
        "log_length": task.log_length, "log_lines": task.log_lines, "log_sha256": task.log_sha256,
        "pack": task.pack, "pack_version": task.pack_version, "data_source": task.data_source,
    });
    if let (true, Some(details)) = (was_lost, details.as_object_mut()) {
        // The agent came back with nothing but the outcome.
        details.insert("was_lost".to_owned(), true.into());
    }
    let event = NewEvent {
        occurred_at: task.finished_at,
        ..event(caller, agent, "task.finished")
    }
    .on(resource(task))
    .with_details(details);
    match task.exit_code {
        Some(0) => event,
        code => event.ended(
            Status::Failure,
            format!("exit code {}", code.unwrap_or_default()),
        ),
    }
}

async fn agent(services: &Services, id: Uuid) -> Result<Agent> {
    services
        .store
        .agent(id)
        .await?
        .ok_or(Error::NotFound { what: "agent" })
}

/// A task that the caller opened, locked; another's is not there.
async fn own_task(transaction: &mut Transaction, caller: &Caller, id: Uuid) -> Result<Task> {
    let locked = transaction
        .lock_task(id)
        .await?
        .ok_or(Error::NotFound { what: "task" })?;
    if locked.opened_by == caller.actor.id {
        Ok(locked.task)
    } else {
        Err(Error::NotFound { what: "task" })
    }
}

fn check(task: &OpenTask) -> Result<()> {
    let mut errors = Vec::new();
    required(&mut errors, "name", &task.name, 500);
    optional(&mut errors, "pack", task.pack.as_deref(), 120);
    optional(
        &mut errors,
        "pack_version",
        task.pack_version.as_deref(),
        120,
    );
    optional(&mut errors, "data_source", task.data_source.as_deref(), 200);
    optional(&mut errors, "trigger", task.trigger.as_deref(), 120);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}
