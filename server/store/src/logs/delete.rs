//! Deleting a selection, and what it would delete.

use chrono::{DateTime, Utc};
use model::deletion::DeletionPreview;
use model::log_page::Place;
use uuid::Uuid;

use super::selection::Selection;
use super::source::source;
use super::sql::Sql;
use crate::{Result, Store, Transaction};

/// Positions given to `logs_delete` at once.
const CHUNK: usize = 10_000;
/// Events of a preview's sample.
const SAMPLE: usize = 5;

/// A deletion as it is kept beside the trail.
#[derive(Clone, Debug)]
pub struct DeletionRecord<'a> {
    /// Also the id of the event that records it.
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_id: &'a str,
    pub reason: &'a str,
    pub query: &'a str,
}

/// What a deletion did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    pub deleted: i64,
    pub skipped: i64,
    /// The positions that were asked for, as inclusive ranges.
    pub ranges: Vec<(i64, i64)>,
}

impl Store {
    /// What deleting the selection would do. `confirmation` is left empty: it is the service's.
    pub async fn deletion_preview(&self, selection: &Selection) -> Result<DeletionPreview> {
        let mut transaction = self
            .pool
            .begin_with("begin isolation level repeatable read read only")
            .await?;
        let head: i64 = sqlx::query_scalar("select size from trail_head")
            .fetch_one(&mut *transaction)
            .await?;
        let up_to_seq = selection.up_to_seq.unwrap_or(head - 1);
        let selection = Selection {
            up_to_seq: Some(up_to_seq),
            ..selection.clone()
        };
        let mut sql = Sql::new(
            "select count(*) filter (where deletable), count(*) filter (where not deletable), \
             min(occurred_at) filter (where deletable), max(occurred_at) filter (where deletable) \
             from (select occurred_at, category in ('activity', 'data_access') as deletable",
        );
        sql.append(source(&mut transaction, &selection).await?)
            .push(") s");
        let (count, skipped, first_occurred_at, last_occurred_at) = sql
            .bound()
            .build_query_as()
            .fetch_one(&mut *transaction)
            .await?;
        transaction.rollback().await?;
        let page = self
            .page(&selection.deletable(), Place::First, SAMPLE)
            .await?;
        Ok(DeletionPreview {
            count,
            skipped,
            first_occurred_at,
            last_occurred_at,
            up_to_seq,
            sample: page.events,
            confirmation: String::new(),
        })
    }
}

impl Transaction {
    /// Deletes what the selection finds and its categories allow. The caller records the event
    /// of [`DeletionRecord::id`], without which the transaction does not commit.
    pub async fn delete_events(
        &mut self,
        selection: &Selection,
        record: &DeletionRecord<'_>,
    ) -> Result<Deleted> {
        let mut sql = Sql::new("select seq");
        sql.append(source(self.connection(), selection).await?)
            .push(" order by seq");
        let seqs: Vec<i64> = sql
            .bound()
            .build_query_scalar()
            .fetch_all(self.connection())
            .await?;
        let mut done = Deleted {
            ranges: ranges(&seqs),
            ..Deleted::default()
        };
        for chunk in seqs.chunks(CHUNK) {
            let (deleted, skipped): (i64, i64) =
                sqlx::query_as("select * from logs_delete($1, $2, $3, $4, $5, $6)")
                    .bind(record.id)
                    .bind(record.at)
                    .bind(record.actor_id)
                    .bind(record.reason)
                    .bind(record.query)
                    .bind(chunk)
                    .fetch_one(self.connection())
                    .await?;
            done.deleted += deleted;
            done.skipped += skipped;
        }
        Ok(done)
    }
}

/// Ascending positions as inclusive ranges.
fn ranges(seqs: &[i64]) -> Vec<(i64, i64)> {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for seq in seqs {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *seq => *last = *seq,
            _ => ranges.push((*seq, *seq)),
        }
    }
    ranges
}
