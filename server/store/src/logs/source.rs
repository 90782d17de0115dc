//! All rows of a selection, for whoever takes the whole of it: exports and deletions.

use sqlx::PgConnection;

use super::filter::push_conditions;
use super::selection::Selection;
use super::sql::Sql;
use super::terms::{self, Clause};
use crate::Result;

/// Where more than one block in this many is worth reading, reading all of them in order costs
/// less than sorting afterwards.
const BROAD: i64 = 4;

/// ` from … where …` with the selection's rows, their columns bare.
pub(crate) async fn source(connection: &mut PgConnection, selection: &Selection) -> Result<Sql> {
    if let Some(ids) = selection.chosen() {
        let mut sql = Sql::new(
            " from logs where seq = any (array(select p.seq from log_positions p where p.id = any (",
        );
        sql.ids(ids).push(")))");
        push_conditions(&mut sql, selection);
        return Ok(sql);
    }
    let clauses = terms::clauses(selection);
    if clauses.is_empty() || is_broad(connection, &clauses).await? {
        let mut sql = Sql::new(" from logs where true");
        push_conditions(&mut sql, selection);
        return Ok(sql);
    }
    let mut sql = Sql::new(
        " from (select block << 8 as low, (block + 1) << 8 as high from log_blocks where true",
    );
    push_clauses(&mut sql, &clauses);
    let (from, to) = selection.span();
    if let Some(from) = from {
        sql.push(" and max_occurred_at >= ").time(from);
    }
    if let Some(to) = to {
        sql.push(" and min_occurred_at < ").time(to);
    }
    sql.push(
        " union all select coalesce(max(block) + 1, 0) << 8, 9223372036854775807 from log_blocks) r \
         cross join lateral (select * from logs where seq >= r.low and seq < r.high",
    );
    push_conditions(&mut sql, selection);
    // With an offset, so that each range is read by position and not all events by range.
    sql.push(" offset 0) l");
    Ok(sql)
}

async fn is_broad(connection: &mut PgConnection, clauses: &[Clause]) -> Result<bool> {
    let mut sql = Sql::new("select (select count(*) from log_blocks where true");
    push_clauses(&mut sql, clauses);
    sql.push(") > (select count(*) from log_blocks) / ")
        .int(BROAD);
    Ok(sql
        .bound()
        .build_query_scalar()
        .fetch_one(connection)
        .await?)
}

fn push_clauses(sql: &mut Sql, clauses: &[Clause]) {
    for clause in clauses {
        sql.push(if clause.len() == 1 {
            " and terms @> "
        } else {
            " and terms && "
        });
        sql.hashes(clause.clone());
    }
}
