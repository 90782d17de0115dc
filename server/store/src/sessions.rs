//! Browser sessions. Their cookies' secrets are known here as SHA-256 only.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use model::permission::Role;
use model::person::{Person, Session};
use uuid::Uuid;

use crate::users::role;
use crate::{Result, Store, Transaction};

/// How old `last_seen_at` may grow before a request renews it, in seconds.
const SEEN_EVERY_SECS: i64 = 60;

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Uuid,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    ip: Option<IpAddr>,
    user_agent: Option<String>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_seen_at: row.last_seen_at,
            ip: row.ip,
            user_agent: row.user_agent,
        }
    }
}

#[derive(sqlx::FromRow)]
struct LiveRow {
    id: Uuid,
    last_seen_at: DateTime<Utc>,
    user_id: Uuid,
    name: String,
    email: String,
    role: String,
}

impl Store {
    /// The live session of a cookie's secret and its person; notes at most once a minute that
    /// it was seen.
    pub async fn session_by_secret(
        &self,
        secret_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<(Uuid, Person)>> {
        let row: Option<LiveRow> = sqlx::query_as(
            "select s.id, s.last_seen_at, u.id as user_id, u.name, u.email, u.role
             from sessions s join users u on u.id = s.user_id
             where s.secret_hash = $1 and s.ended_at is null and s.expires_at > $2 and u.state = 'active'",
        )
        .bind(secret_hash.as_slice())
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.last_seen_at + Duration::seconds(SEEN_EVERY_SECS) < now {
            sqlx::query(
                "with s as (update sessions set last_seen_at = $2 where id = $1)
                 update users set last_seen_at = $2 where id = $3",
            )
            .bind(row.id)
            .bind(now)
            .bind(row.user_id)
            .execute(&self.pool)
            .await?;
        }
        let person = Person {
            id: row.user_id,
            name: row.name,
            email: row.email,
            role: role(&row.role)?,
        };
        Ok(Some((row.id, person)))
    }

    /// The role of whose session this is, while it lives.
    pub async fn session_role(&self, id: Uuid, now: DateTime<Utc>) -> Result<Option<Role>> {
        let found: Option<String> = sqlx::query_scalar(
            "select u.role from sessions s join users u on u.id = s.user_id
             where s.id = $1 and s.ended_at is null and s.expires_at > $2 and u.state = 'active'",
        )
        .bind(id)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        found.map(|text| role(&text)).transpose()
    }

    /// A person's live sessions, the newest first.
    pub async fn sessions(&self, user: Uuid, now: DateTime<Utc>) -> Result<Vec<Session>> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "select id, created_at, expires_at, last_seen_at, ip, user_agent from sessions
             where user_id = $1 and ended_at is null and expires_at > $2 order by created_at desc",
        )
        .bind(user)
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }
}

impl Transaction {
    /// Opens a session.
    pub async fn insert_session(
        &mut self,
        user: Uuid,
        session: &Session,
        secret_hash: &[u8; 32],
    ) -> Result<()> {
        sqlx::query(
            "insert into sessions (id, secret_hash, user_id, created_at, expires_at, last_seen_at, ip, user_agent)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(session.id)
        .bind(secret_hash.as_slice())
        .bind(user)
        .bind(session.created_at)
        .bind(session.expires_at)
        .bind(session.last_seen_at)
        .bind(session.ip)
        .bind(&session.user_agent)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends one live session of a person. False when there is none with this id.
    pub async fn end_session(&mut self, user: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        let result = sqlx::query(
            "update sessions set ended_at = $3
             where id = $1 and user_id = $2 and ended_at is null and expires_at > $3",
        )
        .bind(id)
        .bind(user)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Ends a person's live sessions, all but one if one is named; answers with how many.
    pub async fn end_sessions(
        &mut self,
        user: Uuid,
        except: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let result = sqlx::query(
            "update sessions set ended_at = $3
             where user_id = $1 and id is distinct from $2 and ended_at is null and expires_at > $3",
        )
        .bind(user)
        .bind(except)
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected())
    }
}
