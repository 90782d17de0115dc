//! Demo data: generated in the background, removed again on request.
//!
//! Its events say that they are the demo's (`source` and session), and use only actions whose
//! category may be deleted, so that whoever may delete events may load them. Refuses to load twice.

mod events;
mod task_log;

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use model::agent::RegisterAgent;
use model::deletion::DeletionRequest;
use model::demo::{DemoState, MOST_EVENTS, SESSION};
use model::event::NewEvent;
use model::log_page::Place;
use model::permission::Permission;
use model::task::{FinishTask, OpenTask};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use store::logs::Selection;

use crate::{Caller, Error, Result, Services, agents, deletions, logs, task_logs, tasks};

/// Events of one write.
const BATCH: usize = 1_000;

/// What this process does about the demo at present.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Option<DemoState>>);

impl Progress {
    fn get(&self) -> Option<DemoState> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, state: Option<DemoState>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Begins to load, unless that is under way.
    fn begin(&self, of: u32) -> Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, Some(DemoState::Loading { .. })) {
            return Err(still_loading());
        }
        *state = Some(DemoState::Loading { sent: 0, of });
        Ok(())
    }
}

fn still_loading() -> Error {
    Error::Conflict("The demo data is still being loaded.".to_owned())
}

/// How far the demo data is.
pub async fn state(services: &Services, caller: &Caller) -> Result<DemoState> {
    services.authorize(caller, Permission::LogsDelete).await?;
    look(services).await
}

pub(crate) async fn look(services: &Services) -> Result<DemoState> {
    match services.demo.get() {
        Some(DemoState::Loading { sent, of }) => Ok(DemoState::Loading { sent, of }),
        other => {
            let query = logs::parse(&query())?;
            let selection = Selection::new(query, true, services.now());
            let page = services.store.page(&selection, Place::First, 1).await?;
            Ok(match (page.events.is_empty(), other) {
                (_, Some(DemoState::Failed)) => DemoState::Failed,
                (true, _) => DemoState::Absent,
                (false, _) => DemoState::Present,
            })
        }
    }
}

fn query() -> String {
    format!("session:{SESSION}")
}

/// Begins to load `count` events over the last 30 days, and two agents with tasks; returns at
/// once. The same seed gives the same data.
///
/// # Errors
///
/// [`Error::Conflict`] while demo data is there or on its way.
pub async fn load(services: &Services, caller: &Caller, count: u32, seed: u64) -> Result<()> {
    services.authorize(caller, Permission::LogsDelete).await?;
    if !(1..=MOST_EVENTS).contains(&count) {
        let reason = format!("must be between 1 and {MOST_EVENTS}");
        return Err(Error::invalid("events", reason));
    }
    match look(services).await? {
        DemoState::Absent => {}
        DemoState::Loading { .. } => return Err(still_loading()),
        DemoState::Present | DemoState::Failed => {
            return Err(Error::Conflict(
                "Demo data is there already. Remove it first.".to_owned(),
            ));
        }
    }
    services.demo.begin(count)?;
    let event = NewEvent::new("demo.loaded").with_details(json!({ "events": count, "seed": seed }));
    if let Err(error) = services.record_own(caller, event).await {
        services.demo.set(None);
        return Err(error);
    }
    let services = services.clone();
    tokio::spawn(async move {
        let done = fill(&services, count, seed).await;
        if let Err(error) = &done {
            tracing::error!(%error, "loading the demo data broke off");
        }
        services.demo.set(done.err().map(|_| DemoState::Failed));
    });
    Ok(())
}

async fn fill(services: &Services, count: u32, seed: u64) -> Result<()> {
    let now = services.now();
    let mut sent = 0;
    let mut batch: Vec<Value> = Vec::with_capacity(BATCH);
    for event in events::generate(count, now, seed) {
        batch.push(event);
        sent += 1;
        if batch.len() == BATCH || sent == count {
            crate::events::record_demo(services, std::mem::take(&mut batch)).await?;
            services
                .demo
                .set(Some(DemoState::Loading { sent, of: count }));
        }
    }
    add_tasks(services, now, seed).await
}

/// Two agents with a week of tasks each.
async fn add_tasks(services: &Services, now: DateTime<Utc>, seed: u64) -> Result<()> {
    let mut random = StdRng::seed_from_u64(seed ^ 0x7a5c);
    let caller = Caller::system("demo");
    for (name, team, pack, source) in [
        ("etl-1", "payments", "load-orders", "postgres://orders"),
        ("masker-2", "research", "mask-customers", "s3://customers"),
    ] {
        let register = RegisterAgent {
            name: name.to_owned(),
            version: Some("2.3.1".to_owned()),
            team: Some(team.to_owned()),
        };
        let agent = agents::register(services, &caller, &register).await?;
        for day in (0..7).rev() {
            let failed = random.random_ratio(1, 6);
            let opened_at =
                now - TimeDelta::days(day) - TimeDelta::minutes(random.random_range(30..300));
            let task = tasks::open(
                services,
                &caller,
                OpenTask {
                    agent: agent.id,
                    id: None,
                    name: format!("{pack} --day {}", opened_at.format("%Y-%m-%d")),
                    pack: Some(pack.to_owned()),
                    pack_version: Some("1.8.0".to_owned()),
                    data_source: Some(source.to_owned()),
                    trigger: Some("schedule".to_owned()),
                    opened_at: Some(opened_at),
                },
            )
            .await?;
            let log = task_log::generate(&mut random, pack, failed);
            task_logs::append(services, &caller, task.id, 0, log.as_bytes()).await?;
            let finish = FinishTask {
                id: task.id,
                exit_code: i32::from(failed),
                log_length: Some(log.len() as u64),
                finished_at: Some(opened_at + TimeDelta::seconds(random.random_range(30..1500))),
            };
            tasks::finish(services, &caller, &finish).await?;
        }
    }
    Ok(())
}

/// Removes the demo's events; agents and their finished tasks stay. Answers with how many went.
pub async fn remove(services: &Services, caller: &Caller) -> Result<i64> {
    services.authorize(caller, Permission::LogsDelete).await?;
    if matches!(services.demo.get(), Some(DemoState::Loading { .. })) {
        return Err(still_loading());
    }
    let preview = deletions::preview(services, caller, &query(), &[]).await?;
    services.demo.set(None);
    if preview.count == 0 {
        return Ok(0);
    }
    let request = DeletionRequest {
        query: query(),
        ids: Vec::new(),
        up_to_seq: preview.up_to_seq,
        reason: "The demo data is no longer needed".to_owned(),
        confirmation: preview.confirmation,
    };
    Ok(deletions::delete(services, caller, &request).await?.deleted)
}
