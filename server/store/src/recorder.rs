//! The group-committing writer: requests of many clients become one transaction.
//!
//! While one group commits, the next collects. A request is answered only after the commit
//! that holds it. When a group fails, each of its requests is tried alone, so that one bad
//! batch cannot take others with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use model::event::{Event, Receipt};
use sqlx::postgres::PgPool;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::append::Sealed;
use crate::{Error, Result, append};

/// Events that one transaction takes at most.
const GROUP_EVENTS: usize = 5_000;

/// Requests that may wait; more wait at the sender, which is the back-pressure.
const WAITING: usize = 1_024;

#[derive(Debug)]
struct Request {
    events: Vec<Sealed>,
    now: DateTime<Utc>,
    answer: oneshot::Sender<Result<Vec<Receipt>>>,
}

/// A handle to the writer task.
#[derive(Debug)]
pub struct Recorder {
    requests: mpsc::Sender<Request>,
    committed: broadcast::Sender<i64>,
    changes: AtomicU64,
}

impl Recorder {
    pub(crate) fn start(pool: PgPool) -> Self {
        let (requests, queue) = mpsc::channel(WAITING);
        let (committed, _) = broadcast::channel(64);
        tokio::spawn(write_groups(pool, queue, committed.clone()));
        Self {
            requests,
            committed,
            changes: AtomicU64::new(0),
        }
    }

    /// Records events in one transaction, possibly together with those of other callers, and
    /// answers when they are committed.
    pub async fn record(&self, events: Vec<Event>, now: DateTime<Utc>) -> Result<Vec<Receipt>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, receipts) = oneshot::channel();
        // Here and not in the writer, so that the commitments of many callers are made side by side.
        let events = events.into_iter().map(Sealed::new).collect::<Result<_>>()?;
        let request = Request {
            events,
            now,
            answer,
        };
        self.requests
            .send(request)
            .await
            .map_err(|_| Error::Stopped)?;
        receipts.await.map_err(|_| Error::Stopped)?
    }

    /// How many transactions with events of their own this process has committed: what was read
    /// from the database under the same number has not been changed by this process since.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Called after such a commit, with the size of the trail.
    pub(crate) fn announce_change(&self, size: i64) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        // No receiver is no fault: nobody watches live rows.
        let _ = self.committed.send(size);
    }

    /// Tells of each commit of this process, with the size of the trail after it.
    #[must_use]
    pub fn committed(&self) -> broadcast::Receiver<i64> {
        self.committed.subscribe()
    }
}

async fn write_groups(
    pool: PgPool,
    mut queue: mpsc::Receiver<Request>,
    committed: broadcast::Sender<i64>,
) {
    while let Some(first) = queue.recv().await {
        let mut count = first.events.len();
        let mut group = vec![first];
        while count < GROUP_EVENTS
            && let Ok(request) = queue.try_recv()
        {
            count += request.events.len();
            group.push(request);
        }
        let size = if group.len() == 1 {
            write_alone(&pool, group).await
        } else {
            match write(&pool, &mut group).await {
                Ok(receipts) => answer(group, receipts),
                Err(error) => {
                    tracing::warn!(%error, requests = group.len(), "a group failed; each request is tried alone");
                    write_alone(&pool, group).await
                }
            }
        };
        if let Some(size) = size {
            // No receiver is no fault: nobody watches live rows.
            let _ = committed.send(size);
        }
    }
}

/// Hands each request of a committed group its receipts, in the order of its events.
fn answer(group: Vec<Request>, receipts: Vec<Receipt>) -> Option<i64> {
    let size = receipts.iter().map(|receipt| receipt.seq + 1).max();
    let mut receipts = receipts.into_iter();
    for request in group {
        let own: Vec<Receipt> = receipts.by_ref().take(request.events.len()).collect();
        // A client that went away keeps its events; the same ids acknowledge them again.
        let _ = request.answer.send(Ok(own));
    }
    size
}

async fn write_alone(pool: &PgPool, group: Vec<Request>) -> Option<i64> {
    let mut size = None;
    for request in group {
        let mut alone = [request];
        let written = write(pool, &mut alone).await;
        let [request] = alone;
        match written {
            Ok(receipts) => size = answer(vec![request], receipts).max(size),
            Err(error) => {
                let _ = request.answer.send(Err(Error::Recording(Arc::new(error))));
            }
        }
    }
    size
}

async fn write(pool: &PgPool, group: &mut [Request]) -> Result<Vec<Receipt>> {
    let Some(now) = group.iter().map(|request| request.now).max() else {
        return Ok(Vec::new());
    };
    let mut counts = Vec::with_capacity(group.len());
    let mut events = Vec::new();
    for request in &mut *group {
        counts.push(request.events.len());
        events.append(&mut request.events);
    }
    let written = write_events(pool, &mut events, now).await;
    // Back to their requests: who failed in company is tried alone.
    for (request, count) in group.iter_mut().zip(counts).rev() {
        request.events = events.split_off(events.len() - count);
    }
    written
}

async fn write_events(
    pool: &PgPool,
    events: &mut [Sealed],
    now: DateTime<Utc>,
) -> Result<Vec<Receipt>> {
    let mut transaction = pool.begin().await?;
    let receipts = append::append(&mut transaction, events, now).await?;
    transaction.commit().await?;
    Ok(receipts)
}
