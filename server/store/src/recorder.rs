//! The group-committing writer: requests of many clients become one transaction.
//!
//! While one group commits, the next collects. A request is answered only after the commit
//! that holds it. When a group fails, each of its requests is tried alone, so that one bad
//! batch cannot take others with it.
//!
//! Where several senders are at it, a group waits a moment for the greater part of them: those
//! that were just answered send again, and a commit for a few costs as much. The others are read
//! and checked while it commits, so that neither side waits for the other.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use model::event::{Event, Receipt};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{Connection as _, Postgres};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Duration, Instant, timeout, timeout_at};

use crate::append::{self, Ids, Sealed};
use crate::logs::gathered::Gathered;
use crate::{Error, Result};

/// Events that one transaction takes at most.
const GROUP_EVENTS: usize = 5_000;

/// A group of this many events waits for no more: a commit for them is worth its cost.
const WORTH_A_COMMIT: usize = 256;

/// How long a group waits for the greater part of the senders: as long as the last commit took,
/// which says how quick the machine is now, within these bounds.
const GATHER: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_millis(10);

/// How long the writer keeps its connection without work.
const IDLE: Duration = Duration::from_millis(100);

/// Requests that may wait; more wait at the sender, which is the back-pressure.
const WAITING: usize = 1_024;

#[derive(Debug)]
struct Request {
    /// Taken while they are written, and given back when that fails.
    events: Vec<Sealed>,
    count: usize,
    now: DateTime<Utc>,
    answer: oneshot::Sender<Result<Vec<Receipt>>>,
}

/// A handle to the writer task.
#[derive(Debug)]
pub struct Recorder {
    requests: mpsc::Sender<Request>,
    committed: broadcast::Sender<i64>,
    changes: AtomicU64,
    pressed: Arc<AtomicBool>,
    pub(crate) gathered: Arc<Gathered>,
}

impl Recorder {
    pub(crate) fn start(pool: PgPool) -> Self {
        let (requests, queue) = mpsc::channel(WAITING);
        let (committed, _) = broadcast::channel(64);
        let pressed = Arc::default();
        let gathered = Arc::default();
        let writer = Writer {
            pool,
            connection: None,
            pressed: Arc::clone(&pressed),
            gathered: Arc::clone(&gathered),
        };
        tokio::spawn(writer.run(queue, committed.clone()));
        Self {
            requests,
            committed,
            changes: AtomicU64::new(0),
            pressed,
            gathered,
        }
    }

    /// Whether requests come faster than they are written: a bad time for what can wait.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.pressed.load(Ordering::Relaxed)
    }

    /// Records events in one transaction, possibly together with those of other callers, and
    /// answers when they are committed.
    pub async fn record(&self, events: Vec<Event>, now: DateTime<Utc>) -> Result<Vec<Receipt>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, receipts) = oneshot::channel();
        // Here and not in the writer, so that commitments of many callers are made side by side.
        let events = events
            .into_iter()
            .map(Sealed::new)
            .collect::<Result<Vec<_>>>()?;
        let request = Request {
            count: events.len(),
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

/// What a group waits for.
#[derive(Clone, Copy, Debug)]
struct Wish {
    requests: usize,
    patience: Duration,
}

/// Collects requests from the queue, as many as wished if they come soon.
async fn gather(first: Request, queue: &mut mpsc::Receiver<Request>, wish: Wish) -> Vec<Request> {
    let mut count = first.count;
    let mut group = vec![first];
    let until = Instant::now() + wish.patience;
    while count < GROUP_EVENTS {
        let request = match queue.try_recv() {
            Ok(request) => request,
            Err(_) if group.len() >= wish.requests || count >= WORTH_A_COMMIT => break,
            Err(_) => match timeout_at(until, queue.recv()).await {
                Ok(Some(request)) => request,
                Ok(None) | Err(_) => break,
            },
        };
        count += request.count;
        group.push(request);
    }
    group
}

/// Hands each request of a committed group its receipts, in the order of its events.
fn answer(group: Vec<Request>, receipts: Vec<Receipt>) -> Option<i64> {
    let size = receipts.iter().map(|receipt| receipt.seq + 1).max();
    let mut receipts = receipts.into_iter();
    for request in group {
        let own: Vec<Receipt> = receipts.by_ref().take(request.count).collect();
        // A client that went away keeps its events; the same ids acknowledge them again.
        let _ = request.answer.send(Ok(own));
    }
    size
}

/// Tells each request of a group that nothing of it was written.
fn refuse(group: Vec<Request>, error: Error) -> Option<i64> {
    let error = Arc::new(error);
    for request in group {
        let error = Error::Recording(Arc::clone(&error));
        let _ = request.answer.send(Err(error));
    }
    None
}

/// The task that writes.
struct Writer {
    pool: PgPool,
    /// Kept while there is work, so that a group does not ask first whether it still stands.
    connection: Option<PoolConnection<Postgres>>,
    /// Whether requests waited when the last group was written.
    pressed: Arc<AtomicBool>,
    gathered: Arc<Gathered>,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<Request>, committed: broadcast::Sender<i64>) {
        // How many send at once, as far as it can be seen.
        let mut senders = 1;
        let mut patience = *GATHER.start();
        while let Some(first) = self.next(&mut queue).await {
            let wish = Wish {
                requests: senders * 5 / 8,
                patience,
            };
            let group = gather(first, &mut queue, wish).await;
            let answered = group.len();
            let since = Instant::now();
            let size = self.write_group(group).await;
            patience = since.elapsed().clamp(*GATHER.start(), *GATHER.end());
            // Whoever waits now was not in the group, for each waits for its answer. Those whose
            // requests are under way show in the next groups.
            senders = (answered + queue.len()).max(senders * 7 / 8);
            self.pressed.store(!queue.is_empty(), Ordering::Relaxed);
            if let Some(size) = size {
                // No receiver is no fault: nobody watches live rows.
                let _ = committed.send(size);
            }
        }
    }

    async fn next(&mut self, queue: &mut mpsc::Receiver<Request>) -> Option<Request> {
        if self.connection.is_some()
            && let Ok(request) = timeout(IDLE, queue.recv()).await
        {
            return request;
        }
        self.connection = None;
        queue.recv().await
    }

    async fn write_group(&mut self, mut group: Vec<Request>) -> Option<i64> {
        match self.write(&mut group).await {
            Ok(receipts) => answer(group, receipts),
            Err(error) if group.len() > 1 => {
                tracing::warn!(%error, requests = group.len(), "a group failed; each request is tried alone");
                self.write_alone(group).await
            }
            Err(error) => refuse(group, error),
        }
    }

    async fn write_alone(&mut self, group: Vec<Request>) -> Option<i64> {
        let mut size = None;
        for request in group {
            let mut alone = vec![request];
            match self.write(&mut alone).await {
                Ok(receipts) => size = answer(alone, receipts).max(size),
                Err(error) => size = refuse(alone, error).max(size),
            }
        }
        size
    }

    /// Writes a group in one transaction. When that fails, the requests have their events again.
    async fn write(&mut self, group: &mut [Request]) -> Result<Vec<Receipt>> {
        let Some(now) = group.iter().map(|request| request.now).max() else {
            return Ok(Vec::new());
        };
        let mut events: Vec<Sealed> = group
            .iter_mut()
            .flat_map(|request| std::mem::take(&mut request.events))
            .collect();
        let mut written = self.try_write(&mut events, now, Ids::New).await;
        // Ids are hardly ever sent twice, and looking each up costs as much as a tenth of all.
        if written.as_ref().is_err_and(append::is_known_id) {
            written = self.try_write(&mut events, now, Ids::Any).await;
        }
        if let Ok(receipts) = &written {
            self.gathered.add(append::entries(events, receipts));
        } else {
            let mut events = events.into_iter();
            for request in group {
                request.events = events.by_ref().take(request.count).collect();
            }
        }
        written
    }

    async fn try_write(
        &mut self,
        events: &mut [Sealed],
        now: DateTime<Utc>,
        ids: Ids,
    ) -> Result<Vec<Receipt>> {
        // Taken out, so that a connection on which something failed is not used again from here.
        if let Some(kept) = self.connection.take() {
            match Self::write_on(kept, events, now, ids).await {
                // A restart of the database broke it while it lay here: nothing was written.
                Err(Unwritten::Unbegun(error)) => {
                    tracing::debug!(%error, "the kept connection is gone");
                }
                written => return self.keep(written),
            }
        }
        let fresh = self.pool.acquire().await?;
        let written = Self::write_on(fresh, events, now, ids).await;
        self.keep(written)
    }

    /// Writes on a connection, and gives it back where that went well.
    async fn write_on(
        mut connection: PoolConnection<Postgres>,
        events: &mut [Sealed],
        now: DateTime<Utc>,
        ids: Ids,
    ) -> Result<(PoolConnection<Postgres>, Vec<Receipt>), Unwritten> {
        let mut transaction = connection
            .begin_with(append::BEGIN)
            .await
            .map_err(|error| Unwritten::Unbegun(error.into()))?;
        let receipts = append::append_locked(&mut transaction, events, now, ids)
            .await
            .map_err(Unwritten::Begun)?;
        let committed = transaction.commit().await;
        committed.map_err(|error| Unwritten::Begun(error.into()))?;
        Ok((connection, receipts))
    }

    /// Keeps the connection for the next group.
    fn keep(
        &mut self,
        written: Result<(PoolConnection<Postgres>, Vec<Receipt>), Unwritten>,
    ) -> Result<Vec<Receipt>> {
        match written {
            Ok((connection, receipts)) => {
                self.connection = Some(connection);
                Ok(receipts)
            }
            Err(Unwritten::Unbegun(error) | Unwritten::Begun(error)) => Err(error),
        }
    }
}

/// Why a group was not written.
enum Unwritten {
    /// The transaction could not even begin.
    Unbegun(Error),
    /// It failed on the way, or the answer to its commit was lost.
    Begun(Error),
}
