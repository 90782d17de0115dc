//! Facts about people, sessions and tokens.

use chrono::{DateTime, Duration, Utc};

use super::Probes;
use crate::Result;

/// Days after which an account counts as unused and a token as old.
pub const DAYS: i64 = 90;

/// Counts over the people who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct People {
    pub active: i64,
    /// Admins and owners.
    pub administrators: i64,
    /// Owners with a password.
    pub owners: i64,
    /// Addresses unseen for [`DAYS`] days.
    pub unused: Vec<String>,
    /// Addresses that are a default or belong to nobody in particular.
    pub shared: Vec<String>,
    /// Addresses whose password is not kept as an argon2id hash.
    pub weak_hashes: Vec<String>,
}

/// Counts over sessions and tokens that are open.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Access {
    pub sessions: i64,
    /// Those that last longer than 8 hours.
    pub long_sessions: i64,
    pub tokens: i64,
    /// Names of tokens older than [`DAYS`] days.
    pub old: Vec<String>,
    /// Names of tokens without an end.
    pub endless: Vec<String>,
}

impl Probes {
    /// The people who may sign in.
    pub async fn people(&mut self, now: DateTime<Utc>) -> Result<People> {
        Ok(sqlx::query_as(
            "select count(*) as active,
                    count(*) filter (where role in ('admin', 'owner')) as administrators,
                    count(*) filter (where role = 'owner' and password_hash is not null) as owners,
                    coalesce(array_agg(email order by email)
                        filter (where coalesce(last_seen_at, created_at) < $1), '{}') as unused,
                    coalesce(array_agg(email order by email)
                        filter (where email like '%@localhost'
                                or split_part(email, '@', 1) in ('admin', 'administrator', 'root', 'info', 'office',
                                    'shared', 'team', 'test', 'user', 'guest', 'demo', 'default')), '{}') as shared,
                    coalesce(array_agg(email order by email)
                        filter (where password_hash not like '$argon2id$%'), '{}') as weak_hashes
             from users where state = 'active'",
        )
        .bind(now - Duration::days(DAYS))
        .fetch_one(self.connection())
        .await?)
    }

    /// Sessions and tokens that are open.
    pub async fn access(&mut self, now: DateTime<Utc>) -> Result<Access> {
        Ok(sqlx::query_as(
            "select s.sessions, s.long_sessions, t.tokens, t.old, t.endless from
                (select count(*) as sessions,
                        count(*) filter (where expires_at > created_at + interval '8 hours') as long_sessions
                 from sessions where ended_at is null and expires_at > $1) s,
                (select count(*) as tokens,
                        coalesce(array_agg(name order by name) filter (where created_at < $2), '{}') as old,
                        coalesce(array_agg(name order by name) filter (where expires_at is null), '{}') as endless
                 from tokens where revoked_at is null and (expires_at is null or expires_at > $1)) t",
        )
        .bind(now)
        .bind(now - Duration::days(DAYS))
        .fetch_one(self.connection())
        .await?)
    }
}
