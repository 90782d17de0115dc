//! Work that nobody waits for: indexing, moving task logs, checks. Each job is a loop that
//! ends when the process stops; a failure is logged and tried again at the next turn.

mod alerts;
mod exports;
mod lost_tasks;
mod purge;
mod trail;
mod witnesses;

use std::time::Duration;

use service::Services;
use service::purge::Terms;
use service::trail::{Sealer, Witnesses};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Background exports that one process makes at once; each holds a connection.
const BACKGROUND_EXPORTS: usize = 2;

/// Starts every job; they end after `stop` is cancelled.
pub fn start(
    services: &Services,
    sealer: Option<Sealer>,
    witnesses: Option<Witnesses>,
    terms: Terms,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    if let Some(sealer) = sealer {
        jobs.spawn(trail::seal(services.clone(), sealer, stop.clone()));
    }
    jobs.spawn(witnesses::ask(services.clone(), witnesses, stop.clone()));
    jobs.spawn(every(
        Duration::from_secs(1),
        stop.clone(),
        services.clone(),
        "comparison of rows",
        service::trail::check_next,
    ));
    jobs.spawn(every(
        Duration::from_secs(5),
        stop.clone(),
        services.clone(),
        "comparison of task logs",
        service::trail::check_next_logs,
    ));
    jobs.spawn(every(
        Duration::from_secs(1),
        stop.clone(),
        services.clone(),
        "block index",
        async |services: &Services| Ok(services.store.index_blocks().await.map(drop)?),
    ));
    jobs.spawn(every(
        Duration::from_secs(2),
        stop.clone(),
        services.clone(),
        "task logs",
        service::task_logs::move_parts,
    ));
    jobs.spawn(lost_tasks::watch(services.clone(), stop.clone()));
    jobs.spawn(every(
        Duration::from_mins(1),
        stop.clone(),
        services.clone(),
        "compliance checks",
        async |services: &Services| service::compliance::run_if_due(services).await.map(drop),
    ));
    jobs.spawn(alerts::watch(services.clone(), stop.clone()));
    for _ in 0..BACKGROUND_EXPORTS {
        jobs.spawn(exports::work(services.clone(), stop.clone()));
    }
    jobs.spawn(every(
        Duration::from_mins(1),
        stop.clone(),
        services.clone(),
        "old exports",
        async |services: &Services| service::exports::worker::sweep(services, services.now()).await,
    ));
    jobs.spawn(every(
        Duration::from_secs(2),
        stop.clone(),
        services.clone(),
        "webhook",
        service::alerts::deliver,
    ));
    jobs.spawn(purge::sweep(services.clone(), terms, stop.clone()));
    jobs
}

/// Runs a job at once and then again after each pause.
async fn every<F>(
    pause: Duration,
    stop: CancellationToken,
    services: Services,
    name: &'static str,
    job: F,
) where
    F: AsyncFn(&Services) -> service::Result<()>,
{
    loop {
        if let Err(error) = job(&services).await {
            tracing::error!(job = name, %error, "a job failed and will be tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
