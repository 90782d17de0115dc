//! Removing what has ended long ago: sessions, links, tokens, deliveries, counters.
//!
//! What audits need of them, names and ids, stands in the events; `logs` is never touched here.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Result, Transaction};

/// Rows of one table that one transaction removes, so that locks are short.
pub const AT_ONCE: u64 = 5_000;

/// What ended before these times is removed.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    pub sessions: DateTime<Utc>,
    pub links: DateTime<Utc>,
    pub tokens: DateTime<Utc>,
    pub deliveries: DateTime<Utc>,
    /// Counters of failed sign-ins and of opened task logs.
    pub counters: DateTime<Utc>,
}

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    pub sessions: u64,
    pub links: u64,
    pub tokens: u64,
    pub deliveries: u64,
    pub counters: u64,
}

impl Purged {
    /// Whether nothing went.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Whether more may be there.
    #[must_use]
    pub fn is_full(self) -> bool {
        let Self {
            sessions,
            links,
            tokens,
            deliveries,
            counters,
        } = self;
        [sessions, links, tokens, deliveries, counters]
            .iter()
            .any(|count| *count >= AT_ONCE)
    }
}

impl Transaction {
    /// Removes up to [`AT_ONCE`] rows of each kind. What another transaction holds waits for the
    /// next time.
    pub async fn purge(&mut self, ends: &Ends) -> Result<Purged> {
        Ok(Purged {
            sessions: self
                .remove(
                    "delete from sessions where id in (
                         select id from sessions where coalesce(ended_at, expires_at) < $1
                         limit $2 for update skip locked)",
                    ends.sessions,
                )
                .await?,
            links: self
                .remove(
                    "delete from links where id in (
                         select id from links where coalesce(spent_at, expires_at) < $1
                         limit $2 for update skip locked)",
                    ends.links,
                )
                .await?,
            tokens: self
                .remove(
                    "delete from tokens where id in (
                         select id from tokens where least(revoked_at, expires_at) < $1
                         limit $2 for update skip locked)",
                    ends.tokens,
                )
                .await?,
            // The newest stays: it says when the webhook last worked.
            deliveries: self
                .remove(
                    "delete from alert_deliveries where alert_id in (
                         select d.alert_id from alert_deliveries d join alerts a on a.id = d.alert_id
                         where d.next_at is null and coalesce(d.delivered_at, a.raised_at) < $1
                           and d.alert_id <> (select alert_id from alert_deliveries
                               order by delivered_at desc nulls last, alert_id desc limit 1)
                         limit $2 for update of d skip locked)",
                    ends.deliveries,
                )
                .await?,
            counters: self.purge_counters(ends.counters).await?,
        })
    }

    async fn purge_counters(&mut self, before: DateTime<Utc>) -> Result<u64> {
        let attempts = self
            .remove(
                "delete from sign_in_attempts where (account, ip) in (
                     select account, ip from sign_in_attempts
                     where last_at < $1 and coalesce(blocked_until, last_at) < $1
                     limit $2 for update skip locked)",
                before,
            )
            .await?;
        let views = self
            .remove(
                "delete from task_log_views where (actor_id, task_id) in (
                     select actor_id, task_id from task_log_views where viewed_at < $1
                     limit $2 for update skip locked)",
                before,
            )
            .await?;
        Ok(attempts + views)
    }

    async fn remove(&mut self, statement: &'static str, before: DateTime<Utc>) -> Result<u64> {
        let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        let removed = sqlx::query(statement)
            .bind(before)
            .bind(limit)
            .execute(self.connection())
            .await?;
        Ok(removed.rows_affected())
    }
}
