//! One reader's view of the trail: a snapshot, what is indexed in it, and the hashes to ask with.

use std::time::Duration;

use sqlx::{PgConnection, PgPool, Postgres};

use super::selection::Selection;
use super::sql::Sql;
use super::terms::{self, Clause};
use crate::Result;

/// A read-only transaction in which every statement sees the same trail.
pub(crate) struct Reading {
    transaction: sqlx::Transaction<'static, Postgres>,
    /// Positions given out.
    pub(crate) head: i64,
    /// Positions from here on are in no block yet.
    pub(crate) indexed: i64,
    /// Hashed alternatives; all lists hold together. Empty: no block can be left out.
    pub(crate) clauses: Vec<Clause>,
}

impl Reading {
    pub(crate) async fn begin(
        pool: &PgPool,
        selection: &Selection,
        timeout: Duration,
    ) -> Result<Self> {
        let mut transaction = pool
            .begin_with("begin isolation level repeatable read read only")
            .await?;
        let mut sql = Sql::new("select set_config('statement_timeout', ");
        // Compiling a statement costs more here than any statement may take.
        sql.string(timeout.as_millis().to_string()).push(
            ", true), set_config('jit', 'off', true), size, \
             (select coalesce(max(block) + 1, 0) << 8 from log_blocks) from trail_head",
        );
        let (_, _, head, indexed): (String, String, i64, i64) = sql
            .bound()
            .build_query_as()
            .fetch_one(&mut *transaction)
            .await?;
        Ok(Self {
            transaction,
            head,
            indexed,
            clauses: terms::clauses(selection),
        })
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Appends ` and …` for the clauses, on the columns of `log_blocks`.
    pub(crate) fn push_clauses(&self, sql: &mut Sql) {
        for clause in &self.clauses {
            // One alternative and several ask the index alike; `@>` is the cheaper of the two.
            sql.push(if clause.len() == 1 {
                " and terms @> "
            } else {
                " and terms && "
            });
            sql.hashes(clause.clone());
        }
    }
}
