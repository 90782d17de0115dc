//! What each witness knows of the trail, and the signatures that came from them.

use chrono::{DateTime, Utc};
use trail::Hash;
use trail::note::{Note, Signature};

use crate::{Error, Result, Store};

/// What is known of a witness, under the origin that it was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessRecord {
    pub origin: String,
    /// Its public key, as C2SP writes it.
    pub key: String,
    pub name: String,
    /// What it cosigned last, as far as it told; 0 for nothing.
    pub size: i64,
    /// The root of that, where it cosigned for us.
    pub root: Option<Hash>,
    pub cosigned_at: Option<DateTime<Utc>>,
    pub tried_at: DateTime<Utc>,
    /// Why it did not cosign the last time.
    pub error: Option<String>,
    /// It refused a proof from what it knows.
    pub contradicts: bool,
}

#[derive(sqlx::FromRow)]
struct WitnessRow {
    origin: String,
    key: String,
    name: String,
    size: i64,
    root: Option<Vec<u8>>,
    cosigned_at: Option<DateTime<Utc>>,
    tried_at: DateTime<Utc>,
    error: Option<String>,
    contradicts: bool,
}

impl Store {
    /// What is known of all witnesses of an origin, by name.
    pub async fn witnesses(&self, origin: &str) -> Result<Vec<WitnessRecord>> {
        let rows: Vec<WitnessRow> = sqlx::query_as(
            "select origin, key, name, size, root, cosigned_at, tried_at, error, contradicts \
             from trail_witnesses where origin = $1 order by name, key",
        )
        .bind(origin)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(WitnessRecord::from).collect())
    }

    /// Keeps what is known of a witness now.
    pub async fn keep_witness(&self, witness: &WitnessRecord) -> Result<()> {
        sqlx::query(
            "insert into trail_witnesses as w \
                 (origin, key, name, size, root, cosigned_at, tried_at, error, contradicts) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             on conflict (origin, key) do update set name = excluded.name, size = excluded.size, \
                 root = excluded.root, cosigned_at = excluded.cosigned_at, \
                 tried_at = excluded.tried_at, error = excluded.error, \
                 contradicts = excluded.contradicts",
        )
        .bind(&witness.origin)
        .bind(&witness.key)
        .bind(&witness.name)
        .bind(witness.size)
        .bind(
            witness
                .root
                .as_ref()
                .map(Hash::as_bytes)
                .map(<[u8; 32]>::as_slice),
        )
        .bind(witness.cosigned_at)
        .bind(witness.tried_at)
        .bind(&witness.error)
        .bind(witness.contradicts)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets witnesses that are configured no longer.
    pub async fn keep_only_witnesses(&self, keys: &[String]) -> Result<()> {
        sqlx::query("delete from trail_witnesses where key <> all ($1)")
            .bind(keys)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Adds signatures to a published note, in the place of earlier ones of the same keys. Those
    /// that another process added meanwhile stay. `renewed` becomes the note's time of signing.
    pub async fn add_signatures(
        &self,
        number: i64,
        signatures: Vec<Signature>,
        renewed: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let note: Option<String> =
            sqlx::query_scalar("select note from checkpoints where number = $1 for update")
                .bind(number)
                .fetch_optional(&mut *transaction)
                .await?;
        let Some(note) = note else {
            return Ok(());
        };
        let mut note = Note::parse(&note)
            .map_err(|error| Error::Trail(format!("checkpoint {number}: {error}")))?;
        for signature in signatures {
            note.attach(signature);
        }
        sqlx::query(
            "update checkpoints set note = $2, signed_at = coalesce($3, signed_at) where number = $1",
        )
        .bind(number)
        .bind(note.to_string())
        .bind(renewed)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

impl From<WitnessRow> for WitnessRecord {
    fn from(row: WitnessRow) -> Self {
        Self {
            origin: row.origin,
            key: row.key,
            name: row.name,
            size: row.size,
            root: row.root.as_deref().and_then(Hash::from_slice),
            cosigned_at: row.cosigned_at,
            tried_at: row.tried_at,
            error: row.error,
            contradicts: row.contradicts,
        }
    }
}
