//! Under which name and keys the trail is signed.

use chrono::{DateTime, Utc};

use crate::{Result, Store, Transaction};

/// The name and the public keys of a trail, as C2SP writes them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Origin {
    pub origin: String,
    pub log_key: String,
    pub cosigner_key: String,
    /// Empty where the keys were brought from elsewhere without it.
    pub recovery_key: String,
    pub since: DateTime<Utc>,
}

impl Store {
    /// The present origin; none before the trail has begun.
    pub async fn trail_origin(&self) -> Result<Option<Origin>> {
        Ok(sqlx::query_as(
            "select origin, log_key, cosigner_key, recovery_key, since from trail_origins order by id desc limit 1",
        )
        .fetch_optional(&self.pool)
        .await?)
    }
}

impl Transaction {
    /// Begins the trail under this origin, unless somebody did: then answers `false`.
    pub async fn begin_trail(&mut self, origin: &Origin) -> Result<bool> {
        // Whoever begins at the same time waits here and then finds the row.
        sqlx::query("select pg_advisory_xact_lock(7170003)")
            .execute(self.connection())
            .await?;
        let added = sqlx::query(
            "insert into trail_origins (origin, log_key, cosigner_key, recovery_key, since) \
             select $1, $2, $3, $4, $5 where not exists (select from trail_origins)",
        )
        .bind(&origin.origin)
        .bind(&origin.log_key)
        .bind(&origin.cosigner_key)
        .bind(&origin.recovery_key)
        .bind(origin.since)
        .execute(self.connection())
        .await?;
        Ok(added.rows_affected() == 1)
    }

    /// Begins another origin after the present one, which has ended.
    pub async fn add_origin(&mut self, origin: &Origin) -> Result<()> {
        sqlx::query(
            "insert into trail_origins (origin, log_key, cosigner_key, recovery_key, since) \
             values ($1, $2, $3, $4, $5)",
        )
        .bind(&origin.origin)
        .bind(&origin.log_key)
        .bind(&origin.cosigner_key)
        .bind(&origin.recovery_key)
        .bind(origin.since)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
