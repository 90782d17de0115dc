//! Sends a spool to the server, for as long as it takes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::agent::calls::{self, Failure, Sent};
use crate::agent::spool::Reader;
use crate::client::Client;

/// Output that is sent at once; less waits for more, [`LINGER`] at most.
const CHUNK: u64 = 256 * 1024;
const LINGER: Duration = Duration::from_millis(200);

/// A sign of life is given when nothing was sent for this long.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The pauses between attempts while the server is away.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Refusals after which the server means it.
const REFUSALS: u32 = 3;

/// Finds the server again; a restart may have changed its address and token.
pub type Finder = Arc<dyn Fn() -> Result<Client> + Send + Sync>;

/// A task as the server knows it.
#[derive(Clone, Debug)]
struct Open {
    client: Client,
    agent: Uuid,
    task: Uuid,
}

/// The sending of one spool.
pub(super) struct Delivery {
    spool: Reader,
    find: Finder,
    open: Option<Open>,
    /// Bytes that the server has acknowledged.
    acknowledged: u64,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("spool", &self.spool)
            .finish_non_exhaustive()
    }
}

impl Delivery {
    pub(super) fn new(spool: Reader, find: Finder) -> Self {
        Self {
            spool,
            find,
            open: None,
            acknowledged: 0,
        }
    }

    /// Registers the agent and opens the task, where that is not done yet.
    pub(super) async fn open(&mut self) -> Result<(), Failure> {
        self.opened().await.map(drop)
    }

    async fn opened(&mut self) -> Result<Open, Failure> {
        if let Some(open) = &self.open {
            return Ok(open.clone());
        }
        let away = |error: anyhow::Error| Failure::Away(format!("{error:#}"));
        let client = (self.find)().map_err(away)?;
        let mut sheet = self.spool.sheet().map_err(away)?;
        sheet.task.agent = calls::register(&client, &sheet.agent).await?.id;
        let task = calls::open(&client, &sheet.task).await?;
        // What an earlier run had sent is not sent again; its segments may be gone.
        self.acknowledged = self.acknowledged.max(task.log_length);
        let open = Open {
            client,
            agent: task.agent_id,
            task: task.id,
        };
        self.open = Some(open.clone());
        Ok(open)
    }

    /// Sends until the spool has ended and the server has all of it. Answers why not, when the
    /// server refuses; while it is away, tries again.
    pub(super) async fn run(&mut self, mut ended: watch::Receiver<bool>) -> Result<(), String> {
        let mut pause = FIRST_PAUSE;
        let mut refusals = 0;
        loop {
            match self.turn(&mut ended).await {
                Ok(true) => return Ok(()),
                Ok(false) => (pause, refusals) = (FIRST_PAUSE, 0),
                Err(Failure::Refused(reason)) if self.open.is_none() || refusals == REFUSALS => {
                    return Err(reason);
                }
                Err(failure) => {
                    // The token may have changed with the server: find both again before a
                    // refusal counts.
                    refusals += u32::from(matches!(failure, Failure::Refused(_)));
                    self.open = None;
                    tracing::debug!(?failure, "the server is away");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Sends the next chunk; true when the task is finished.
    async fn turn(&mut self, ended: &mut watch::Receiver<bool>) -> Result<bool, Failure> {
        let is_over = self.wait_for_output(ended).await;
        let open = self.opened().await?;
        let written = *self.spool.lengths.borrow();
        if written > self.acknowledged {
            let kept = |error: anyhow::Error| Failure::Away(format!("{error:#}"));
            let bytes = self.spool.read(self.acknowledged, CHUNK).map_err(kept)?;
            match calls::append(&open.client, open.task, self.acknowledged, bytes).await? {
                Sent::Stored(length) => self.acknowledged = self.acknowledged.max(length),
                Sent::From(length) => self.acknowledged = length,
            }
            self.spool.forget(self.acknowledged).map_err(kept)?;
            return Ok(false);
        }
        if is_over {
            self.finish(&open).await?;
            return Ok(true);
        }
        calls::heartbeat(&open.client, open.agent, open.task).await?;
        Ok(false)
    }

    /// Waits until a chunk is full, or some output has waited, or a sign of life is due; true
    /// when the spool has ended.
    async fn wait_for_output(&mut self, ended: &mut watch::Receiver<bool>) -> bool {
        let quiet = Instant::now() + HEARTBEAT;
        let mut due = quiet;
        loop {
            if *ended.borrow() {
                return true;
            }
            let waiting = self
                .spool
                .lengths
                .borrow_and_update()
                .saturating_sub(self.acknowledged);
            if waiting >= CHUNK {
                return false;
            }
            if waiting > 0 && due == quiet {
                due = Instant::now() + LINGER;
            }
            tokio::select! {
                () = tokio::time::sleep_until(due) => return false,
                changed = self.spool.lengths.changed() => if changed.is_err() { return true },
                changed = ended.changed() => if changed.is_err() { return true },
            }
        }
    }

    async fn finish(&self, open: &Open) -> Result<(), Failure> {
        let kept = |error: anyhow::Error| Failure::Away(format!("{error:#}"));
        let Some(outcome) = self.spool.sheet().map_err(kept)?.outcome else {
            return Err(Failure::Away(
                "the spool does not say how the command ended".to_owned(),
            ));
        };
        let length = self.acknowledged;
        calls::finish(
            &open.client,
            open.task,
            outcome.exit_code,
            length,
            outcome.finished_at,
        )
        .await?;
        self.spool.remove().map_err(kept)
    }
}
