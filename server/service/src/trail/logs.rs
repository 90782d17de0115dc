//! Compares task logs with what `task.finished` recorded, round and round.

use chrono::Duration;
use model::event::{NewEvent, Resource, Status};
use serde_json::json;

use crate::{Caller, Result, Services};

/// A round begins at most this often: it reads every log again.
const ROUND: Duration = Duration::hours(6);

/// Compares the logs of the next stretch; new damage becomes an event, from which an alert
/// follows.
///
/// # Errors
///
/// [`crate::Error`] where the database or the object store fails.
pub async fn check_next_logs(services: &Services) -> Result<()> {
    let logs = services.store.logs_to_check(services.now(), ROUND).await?;
    for log in logs {
        let kind = services.store.check_log(&log).await?;
        let now = services.now();
        let found = services.store.keep_log_check(&log, kind, now).await?;
        if let (true, Some(kind)) = (found, kind) {
            tracing::error!(task = %log.task, %kind, "a task log differs from its event");
            let message = format!("the log of the task {} is {kind}", log.name);
            let event = NewEvent::new("trail.damaged")
                .on(Resource::new("task", log.task.to_string()).named(&log.name))
                .with_details(json!({ "log": kind, "finished_seq": log.seq }))
                .ended(Status::Failure, message);
            services.record_own(&Caller::system("trail"), event).await?;
        }
    }
    Ok(())
}
