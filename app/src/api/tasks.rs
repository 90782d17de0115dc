//! Tasks and their logs: what agents call, and what the pages show. Bytes of a log are
//! appended, downloaded and followed through plain routes under `/api/v1/tasks/{id}`.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use model::task::{Task, TaskFilter, TaskPage};
use model::task_log::{LogOpening, LogPlace, LogWindow};
use uuid::Uuid;

use crate::error::AppError;

/// Opens a task. The same id again answers with the task that it opened.
#[server(prefix = "/api/v1", endpoint = "tasks/open", input = server_fn::codec::Json)]
pub async fn open_task(#[server(flatten)] task: model::task::OpenTask) -> Result<Task, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::tasks::open(&services, &caller, task).await)
}

/// Finishes a task with its command's exit code.
#[server(prefix = "/api/v1", endpoint = "tasks/finish", input = server_fn::codec::Json)]
pub async fn finish_task(
    id: Uuid,
    exit_code: i32,
    log_length: Option<u64>,
    finished_at: Option<DateTime<Utc>>,
) -> Result<Task, AppError> {
    let (services, caller) = crate::ssr::context()?;
    let finish = model::task::FinishTask {
        id,
        exit_code,
        log_length,
        finished_at,
    };
    crate::ssr::report(service::tasks::finish(&services, &caller, &finish).await)
}

/// Tasks that match, newest first.
#[server(prefix = "/api/ui", endpoint = "tasks/list", input = server_fn::codec::Json)]
pub async fn list_tasks(filter: TaskFilter) -> Result<TaskPage, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::tasks::list(&services, &caller, &filter).await)
}

/// A task.
#[server(prefix = "/api/ui", endpoint = "tasks/view", input = server_fn::codec::Json)]
pub async fn read_task(id: Uuid) -> Result<Task, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::tasks::view(&services, &caller, id).await)
}

/// A window of a task's log. Opening the log is recorded.
#[server(prefix = "/api/ui", endpoint = "tasks/log", input = server_fn::codec::Json)]
pub async fn read_task_log(task: Uuid, place: LogPlace, lines: u32) -> Result<LogWindow, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::task_logs::window(&services, &caller, task, place, lines).await)
}

/// A log as it is opened: a window, and what a search of the whole log found.
#[server(prefix = "/api/ui", endpoint = "tasks/opening", input = server_fn::codec::Json)]
pub async fn open_task_log(
    task: Uuid,
    place: LogPlace,
    find: String,
) -> Result<LogOpening, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::task_logs::opening(&services, &caller, task, place, &find).await)
}
