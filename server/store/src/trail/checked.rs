//! What the rolling comparison of rows with leaves has found, and when it looked.

use chrono::{DateTime, Utc};
use model::integrity::{Damage, DamageKind, RowChecks};

use crate::{Error, Result, Store};

/// Positions that are compared together.
pub const STRETCH: i64 = 4_096;

#[derive(sqlx::FromRow)]
struct DamageRow {
    kind: String,
    first: i64,
    last: i64,
    intact_at: Option<DateTime<Utc>>,
    found_at: DateTime<Utc>,
}

impl Store {
    /// The stretch that has waited longest for a comparison: one never compared first.
    pub async fn stretch_to_check(&self) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar(
            "with head as (select (sealed + $1 - 1) / $1 as stretches from trail_head),
                  never as (select s from head, generate_series(
                      coalesce((select max(stretch) + 1 from trail_checks), 0), stretches - 1) s limit 1)
             select coalesce((select s from never),
                 (select stretch from trail_checks, head where stretch < stretches order by checked_at limit 1))",
        )
        .bind(STRETCH)
        .fetch_one(&self.pool)
        .await?)
    }

    /// Keeps what a comparison of a stretch found, in the place of what was found before.
    /// Answers with how many positions were found damaged now and not before.
    pub async fn keep_check(
        &self,
        stretch: i64,
        damage: &[(i64, DamageKind)],
        at: DateTime<Utc>,
    ) -> Result<u64> {
        let mut transaction = self.pool.begin().await?;
        let intact_at: Option<DateTime<Utc>> = sqlx::query_scalar(
            "insert into trail_checks as c (stretch, checked_at, intact_at) values ($1, $2, case when $3 then $2 end)
             on conflict (stretch) do update set checked_at = $2,
                 intact_at = case when $3 then $2 else c.intact_at end
             returning intact_at",
        )
        .bind(stretch)
        .bind(at)
        .bind(damage.is_empty())
        .fetch_one(&mut *transaction)
        .await?;
        let (seqs, kinds): (Vec<i64>, Vec<&str>) = damage
            .iter()
            .map(|(seq, kind)| (*seq, kind.as_str()))
            .unzip();
        sqlx::query("delete from trail_damage where seq >= $1 and seq < $2 and seq <> all ($3)")
            .bind(stretch * STRETCH)
            .bind((stretch + 1) * STRETCH)
            .bind(&seqs)
            .execute(&mut *transaction)
            .await?;
        let found = sqlx::query(
            "insert into trail_damage (seq, kind, intact_at, found_at)
             select seq, kind, $3, $4 from unnest($1::bigint[], $2::text[]) as f (seq, kind)
             on conflict (seq) do nothing",
        )
        .bind(&seqs)
        .bind(kinds)
        .bind(intact_at)
        .bind(at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(found.rows_affected())
    }

    /// Damage in order of position, neighbours of one kind together; at most `limit` of them.
    pub async fn damage(&self, limit: i64) -> Result<Vec<Damage>> {
        let rows: Vec<DamageRow> = sqlx::query_as(
            "select kind, min(seq) as first, max(seq) as last, max(intact_at) as intact_at, min(found_at) as found_at
             from (select *, seq - row_number() over (partition by kind, found_at order by seq) as run from trail_damage) d
             group by kind, found_at, run order by first limit $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Damage::try_from).collect()
    }

    /// How far the comparison has come.
    pub async fn row_checks(&self) -> Result<RowChecks> {
        let (stretches, oldest_at, newest_at, sealed): (i64, _, _, i64) = sqlx::query_as(
            "select count(*), min(checked_at), max(checked_at), (select sealed from trail_head) from trail_checks",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(RowChecks {
            compared: sealed.min(stretches * STRETCH),
            oldest_at,
            newest_at,
        })
    }
}

impl TryFrom<DamageRow> for Damage {
    type Error = Error;

    fn try_from(row: DamageRow) -> Result<Self> {
        Ok(Self {
            kind: row.kind.parse().map_err(|_| Error::Inconsistent {
                table: "trail_damage",
                column: "kind",
                value: row.kind.clone(),
            })?,
            first: row.first,
            last: row.last,
            intact_at: row.intact_at,
            found_at: row.found_at,
        })
    }
}
