//! Links that open once. Their secrets are known here as SHA-256 only.

use chrono::{DateTime, Utc};
use model::person::{LinkKind, LinkPreview, Person};
use uuid::Uuid;

use crate::users::role;
use crate::{Error, Result, Store, Transaction};

/// A link that was just spent, and whose it was.
#[derive(Clone, Debug)]
pub struct Spent {
    pub id: Uuid,
    pub kind: LinkKind,
    pub person: Person,
}

/// A link to add.
#[derive(Debug)]
pub struct NewLink<'a> {
    pub id: Uuid,
    pub kind: LinkKind,
    pub user: Uuid,
    pub secret_hash: &'a [u8; 32],
    pub expires_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    id: Uuid,
    kind: String,
    expires_at: DateTime<Utc>,
    user_id: Uuid,
    name: String,
    email: String,
    role: String,
}

fn kind(text: &str) -> Result<LinkKind> {
    text.parse().map_err(|_| Error::Inconsistent {
        table: "links",
        column: "kind",
        value: text.to_owned(),
    })
}

impl Store {
    /// What a link would do, without spending it. Nothing when it is spent, expired or its
    /// person disabled.
    pub async fn link_preview(
        &self,
        secret_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<LinkPreview>> {
        let row: Option<LinkRow> = sqlx::query_as(
            "select l.id, l.kind, l.expires_at, u.id as user_id, u.name, u.email, u.role
             from links l join users u on u.id = l.user_id
             where l.secret_hash = $1 and l.spent_at is null and l.expires_at > $2 and u.state = 'active'",
        )
        .bind(secret_hash.as_slice())
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(LinkPreview {
                kind: kind(&row.kind)?,
                name: row.name,
                email: row.email,
                expires_at: row.expires_at,
            })
        })
        .transpose()
    }
}

impl Transaction {
    /// Adds a link and voids the person's earlier ones, so that only the latest opens.
    pub async fn insert_link(&mut self, link: &NewLink<'_>, now: DateTime<Utc>) -> Result<()> {
        self.void_links(link.user, now).await?;
        sqlx::query(
            "insert into links (id, kind, user_id, secret_hash, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(link.id)
        .bind(link.kind.as_str())
        .bind(link.user)
        .bind(link.secret_hash.as_slice())
        .bind(now)
        .bind(link.expires_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes a person's open links worthless.
    pub async fn void_links(&mut self, user: Uuid, now: DateTime<Utc>) -> Result<()> {
        sqlx::query("update links set expires_at = $2 where user_id = $1 and spent_at is null and expires_at > $2")
            .bind(user)
            .bind(now)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Spends a link; of several callers at the same time one gets it.
    pub async fn spend_link(
        &mut self,
        secret_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Spent>> {
        let row: Option<LinkRow> = sqlx::query_as(
            "update links l set spent_at = $2 from users u
             where u.id = l.user_id and l.secret_hash = $1 and l.spent_at is null
                 and l.expires_at > $2 and u.state = 'active'
             returning l.id, l.kind, l.expires_at, u.id as user_id, u.name, u.email, u.role",
        )
        .bind(secret_hash.as_slice())
        .bind(now)
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            let role = role(&row.role)?;
            let person = Person {
                id: row.user_id,
                name: row.name,
                email: row.email,
                role,
            };
            Ok(Spent {
                id: row.id,
                kind: kind(&row.kind)?,
                person,
            })
        })
        .transpose()
    }
}
