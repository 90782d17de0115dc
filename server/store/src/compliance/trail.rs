//! Facts about the trail: who could change it, what is missing from it.

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::Probes;
use crate::Result;

/// Positions that [`Probes::gaps`] looks back over, so that its cost does not grow.
const LOOKED_BACK: i64 = 100_000;

/// SQLSTATE of a refused statement.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// What the role can do to one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    /// The parent or a partition.
    pub table: String,
    /// `UPDATE`, `DELETE` or `TRUNCATE`.
    pub verb: &'static str,
    /// How it was found: by asking for the privilege, or by trying.
    pub found: &'static str,
}

/// A tried alteration of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alterations {
    /// Tables that were tried.
    pub tables: usize,
    /// Statements that the database refused.
    pub refused: usize,
    pub possible: Vec<Alteration>,
}

/// What is missing among the newest positions.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Gaps {
    /// Positions looked at.
    pub looked_at: i64,
    /// Of these, those never given to an event.
    pub without_position: i64,
    /// Of these, those without content and without a deletion that emptied them.
    pub without_event: i64,
    /// TRUNCATEs recorded since the first position that was looked at.
    pub truncations: i64,
}

/// Deletions and what is written about them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Deletions {
    pub deletions: i64,
    /// Those whose `logs.deleted` does not stand in the trail.
    pub without_event: i64,
    /// Whether the database itself refuses a deletion without its event.
    pub is_demanded: bool,
}

impl Probes {
    async fn log_tables(&mut self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar(
            "select 'logs' union all
             select inhrelid::regclass::text from pg_inherits where inhparent = 'logs'::regclass order by 1",
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Asks for and tries every way to alter events, on `logs` and each partition. What is not
    /// refused is undone at once.
    pub async fn alterations(&mut self) -> Result<Alterations> {
        let tables = self.log_tables().await?;
        let mut found = Alterations {
            tables: tables.len(),
            refused: 0,
            possible: Vec::new(),
        };
        for table in tables {
            for verb in ["UPDATE", "DELETE", "TRUNCATE"] {
                let by = if self.is_granted(&table, verb).await? {
                    "granted"
                } else if self.is_possible(&table, verb).await? {
                    "tried"
                } else {
                    found.refused += 1;
                    continue;
                };
                found.possible.push(Alteration {
                    table: table.clone(),
                    verb,
                    found: by,
                });
            }
        }
        Ok(found)
    }

    async fn is_granted(&mut self, table: &str, verb: &str) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "select has_table_privilege($1, $2) or ($2 = 'UPDATE' and has_any_column_privilege($1, $2))",
        )
        .bind(table)
        .bind(verb)
        .fetch_one(self.connection())
        .await?)
    }

    /// Tries the statement in a savepoint. `table` is a name that the catalogue quoted.
    async fn is_possible(&mut self, table: &str, verb: &str) -> Result<bool> {
        let statement = match verb {
            "UPDATE" => format!("update {table} set action = action where false"),
            "DELETE" => format!("delete from {table} where false"),
            _ => format!("truncate {table}"),
        };
        sqlx::query("savepoint trial")
            .execute(self.connection())
            .await?;
        let tried = sqlx::query(AssertSqlSafe(statement))
            .execute(self.connection())
            .await;
        sqlx::query("rollback to savepoint trial")
            .execute(self.connection())
            .await?;
        match tried {
            Ok(_) => Ok(true),
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(INSUFFICIENT_PRIVILEGE) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tables of the trail whose TRUNCATE would not be recorded.
    pub async fn without_truncation_trigger(&mut self) -> Result<Vec<String>> {
        let mut missing = Vec::new();
        for table in self.log_tables().await? {
            let guarded: bool = sqlx::query_scalar(
                "select exists (
                     select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
                     where g.tgrelid = $1::regclass and p.proname = 'logs_record_truncation'
                       and g.tgenabled in ('O', 'A') and g.tgtype & 32 = 32)",
            )
            .bind(&table)
            .fetch_one(self.connection())
            .await?;
            if !guarded {
                missing.push(table);
            }
        }
        Ok(missing)
    }

    /// What is missing among the newest positions.
    pub async fn gaps(&mut self) -> Result<Gaps> {
        Ok(sqlx::query_as(
            "with span as (select greatest(size - $1, 0) as first, size as after from trail_head),
                  wiped as (
                      select coalesce(range_agg(r), '{}') as positions
                      from log_deleted_positions d, span, unnest(d.positions) r
                      where d.last_seq >= span.first)
             select span.after - span.first as looked_at,
                    span.after - span.first - (select count(*) from log_positions p where p.seq >= span.first and p.seq < span.after)
                        as without_position,
                    span.after - span.first - (select count(*) from logs l where l.seq >= span.first and l.seq < span.after)
                        - coalesce((select sum(upper(s) - lower(s))::bigint
                                    from unnest(wiped.positions * int8multirange(int8range(span.first, span.after))) s), 0)
                        as without_event,
                    (select count(*) from log_truncations t where t.seq >= span.first) as truncations
             from span, wiped",
        )
        .bind(LOOKED_BACK)
        .fetch_one(self.connection())
        .await?)
    }

    /// Deletions and whether each has its event.
    pub async fn deletions(&mut self) -> Result<Deletions> {
        Ok(sqlx::query_as(
            "select count(*) as deletions,
                    count(*) filter (where not exists (
                        select from log_positions p join logs l on l.seq = p.seq and l.id = p.id
                        where p.id = d.id and l.action = 'logs.deleted' and l.source = 'auditorium')) as without_event,
                    exists (select from pg_trigger g where g.tgrelid = 'log_deletions'::regclass
                            and g.tgname = 'log_deletions_event' and g.tgenabled in ('O', 'A')) as is_demanded
             from log_deletions d",
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Tries to delete the newest event of a category that keeps its term: `Some(true)` when it
    /// went (which is undone), none when there is no such event.
    pub async fn deletes_protected(&mut self, now: DateTime<Utc>) -> Result<Option<bool>> {
        let seq: Option<i64> = sqlx::query_scalar(
            "select seq from logs where seq >= (select greatest(size - $1, 0) from trail_head)
                and category not in ('activity', 'data_access') order by seq desc limit 1",
        )
        .bind(LOOKED_BACK)
        .fetch_optional(self.connection())
        .await?;
        let Some(seq) = seq else { return Ok(None) };
        sqlx::query("savepoint trial")
            .execute(self.connection())
            .await?;
        let gone: std::result::Result<i64, sqlx::Error> = sqlx::query_scalar(
            "select deleted from logs_delete($1, $2, 'compliance', 'a trial that is undone', '', array[$3])",
        )
        .bind(Uuid::now_v7())
        .bind(now)
        .bind(seq)
        .fetch_one(self.connection())
        .await;
        sqlx::query("rollback to savepoint trial")
            .execute(self.connection())
            .await?;
        Ok(Some(gone? > 0))
    }

    /// Reads the newest events as JSON; answers with how many, or why it is refused.
    pub async fn read_back(&mut self) -> Result<std::result::Result<i64, String>> {
        sqlx::query("savepoint trial")
            .execute(self.connection())
            .await?;
        let read: std::result::Result<i64, sqlx::Error> = sqlx::query_scalar(
            "select count(to_jsonb(l)->>'id') from
                (select * from logs where seq >= (select greatest(size - 100, 0) from trail_head)) l",
        )
        .fetch_one(self.connection())
        .await;
        sqlx::query("rollback to savepoint trial")
            .execute(self.connection())
            .await?;
        match read {
            Ok(count) => Ok(Ok(count)),
            Err(sqlx::Error::Database(error)) => Ok(Err(error.message().to_owned())),
            Err(error) => Err(error.into()),
        }
    }
}
