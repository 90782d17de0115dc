//! A transaction that writes its own events: a change without its event does not happen.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use model::event::{Event, Receipt};
use sqlx::{PgConnection, Postgres};

use crate::append::Sealed;
use crate::{Recorder, Result, append};

/// A database transaction and the events that it records when it commits.
///
/// The head of the trail is locked last, in [`Transaction::commit`], so that it is held for
/// the shortest time. Dropping without commit undoes everything, events included.
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Postgres>,
    events: Vec<Event>,
    recorder: Arc<Recorder>,
}

impl Transaction {
    pub(crate) fn new(
        inner: sqlx::Transaction<'static, Postgres>,
        recorder: Arc<Recorder>,
    ) -> Self {
        Self {
            inner,
            events: Vec::new(),
            recorder,
        }
    }

    /// The connection, for the verbs of the store's nouns.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Adds an event to what the commit records.
    pub fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Records the events and commits; `now` becomes their time of receipt.
    pub async fn commit(mut self, now: DateTime<Utc>) -> Result<Vec<Receipt>> {
        let mut events = self
            .events
            .drain(..)
            .map(Sealed::new)
            .collect::<Result<Vec<_>>>()?;
        let receipts = append::append(&mut self.inner, &mut events, now).await?;
        self.inner.commit().await?;
        self.recorder
            .gathered
            .add(append::entries(events, &receipts));
        if let Some(last) = receipts.last() {
            self.recorder.announce_change(last.seq + 1);
        }
        Ok(receipts)
    }
}
