//! Tokens. Their secrets are known here as SHA-256 only.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use model::permission::Permission;
use model::person::Person;
use model::token::Token;
use uuid::Uuid;

use crate::users::role;
use crate::{Error, Result, Store, Transaction};

/// How old `last_used_at` and `last_refused_at` may grow before a request renews them.
const NOTED_EVERY_SECS: i64 = 60;

/// A token that was presented, whether it holds or not.
#[derive(Clone, Debug)]
pub struct KnownToken {
    pub token: Token,
    /// The owner; absent for services.
    pub person: Option<Person>,
    /// False when the owner is disabled.
    pub owner_active: bool,
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: Uuid,
    name: String,
    kind: String,
    hint: String,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    last_used_ip: Option<IpAddr>,
    revoked_at: Option<DateTime<Utc>>,
    user_id: Option<Uuid>,
    user_name: Option<String>,
    user_email: Option<String>,
    user_role: Option<String>,
    user_state: Option<String>,
}

/// The columns of [`TokenRow`] from `tokens t` and `users u`.
macro_rules! select_token {
    ($rest:literal) => {
        concat!(
            "select t.id, t.name, t.kind, t.hint, t.scopes, t.created_at, t.expires_at, t.last_used_at,
                    t.last_used_ip, t.revoked_at, t.user_id, u.name as user_name, u.email as user_email,
                    u.role as user_role, u.state as user_state
             from tokens t left join users u on u.id = t.user_id ",
            $rest
        )
    };
}

impl TokenRow {
    fn known(self) -> Result<KnownToken> {
        let person = match (
            self.user_id,
            self.user_name,
            &self.user_email,
            &self.user_role,
        ) {
            (Some(id), Some(name), Some(email), Some(text)) => Some(Person {
                id,
                name,
                email: email.clone(),
                role: role(text)?,
            }),
            _ => None,
        };
        let token = Token {
            id: self.id,
            kind: self.kind.parse().map_err(|_| Error::Inconsistent {
                table: "tokens",
                column: "kind",
                value: self.kind.clone(),
            })?,
            name: self.name,
            owner: self.user_email,
            hint: self.hint,
            scopes: scopes(&self.scopes)?,
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            last_used_ip: self.last_used_ip,
            revoked_at: self.revoked_at,
        };
        let owner_active = self
            .user_state
            .as_deref()
            .is_none_or(|state| state == "active");
        Ok(KnownToken {
            token,
            person,
            owner_active,
        })
    }
}

fn scopes(texts: &[String]) -> Result<Vec<Permission>> {
    texts
        .iter()
        .map(|text| {
            text.parse().map_err(|_| Error::Inconsistent {
                table: "tokens",
                column: "scopes",
                value: text.clone(),
            })
        })
        .collect()
}

impl Store {
    /// The token of a secret.
    pub async fn token_by_secret(&self, secret_hash: &[u8; 32]) -> Result<Option<KnownToken>> {
        let row: Option<TokenRow> = sqlx::query_as(select_token!("where t.secret_hash = $1"))
            .bind(secret_hash.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        row.map(TokenRow::known).transpose()
    }

    /// The token of an id, whether it holds or not.
    pub async fn token_by_id(&self, id: Uuid) -> Result<Option<KnownToken>> {
        let row: Option<TokenRow> = sqlx::query_as(select_token!("where t.id = $1"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(TokenRow::known).transpose()
    }

    /// Notes that a token was used, at most once a minute.
    pub async fn note_token_use(
        &self,
        token: &Token,
        ip: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let recent = now - Duration::seconds(NOTED_EVERY_SECS);
        if token.last_used_at.is_some_and(|used| used > recent) {
            return Ok(());
        }
        sqlx::query("update tokens set last_used_at = $2, last_used_ip = $3 where id = $1")
            .bind(token.id)
            .bind(now)
            .bind(ip)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Tokens of one owner, or all of them; those that work first, the newest first. Without the
    /// local credentials of earlier starts.
    pub async fn tokens(&self, owner: Option<Uuid>, now: DateTime<Utc>) -> Result<Vec<Token>> {
        let rows: Vec<TokenRow> = sqlx::query_as(select_token!(
            "where ($1::uuid is null or t.user_id = $1) and not (t.kind = 'local' and t.revoked_at is not null)
             order by t.revoked_at is not null or coalesce(t.expires_at <= $2, false), t.created_at desc
             limit 1000"
        ))
        .bind(owner)
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| Ok(row.known()?.token)).collect()
    }
}

impl Transaction {
    /// Notes that a token was refused. True at most once a minute for each token: then the
    /// refusal is worth an event.
    pub async fn note_token_refusal(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        let result = sqlx::query(
            "update tokens set last_refused_at = $2
             where id = $1 and (last_refused_at is null or last_refused_at < $3)",
        )
        .bind(id)
        .bind(now)
        .bind(now - Duration::seconds(NOTED_EVERY_SECS))
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Adds a token.
    pub async fn insert_token(
        &mut self,
        token: &Token,
        owner: Option<Uuid>,
        created_by: &str,
        secret_hash: &[u8; 32],
    ) -> Result<()> {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        sqlx::query(
            "insert into tokens (id, name, kind, user_id, secret_hash, hint, scopes, created_at, created_by, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(token.id)
        .bind(&token.name)
        .bind(token.kind.as_str())
        .bind(owner)
        .bind(secret_hash.as_slice())
        .bind(&token.hint)
        .bind(scopes)
        .bind(token.created_at)
        .bind(created_by)
        .bind(token.expires_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A token and its owner, locked until the transaction ends.
    pub async fn token(&mut self, id: Uuid) -> Result<Option<KnownToken>> {
        let row: Option<TokenRow> =
            sqlx::query_as(select_token!("where t.id = $1 for update of t"))
                .bind(id)
                .fetch_optional(self.connection())
                .await?;
        row.map(TokenRow::known).transpose()
    }

    /// Revokes a token. False when it was revoked before.
    pub async fn revoke_token(&mut self, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        let result =
            sqlx::query("update tokens set revoked_at = $2 where id = $1 and revoked_at is null")
                .bind(id)
                .bind(now)
                .execute(self.connection())
                .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Revokes every earlier credential of the local command line; answers with their ids.
    pub async fn revoke_local_tokens(&mut self, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
        Ok(sqlx::query_scalar(
            "update tokens set revoked_at = $1 where kind = 'local' and revoked_at is null
             returning id",
        )
        .bind(now)
        .fetch_all(self.connection())
        .await?)
    }
}
