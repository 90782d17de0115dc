//! Values that a field has in the trail, for completion: quick, and not complete.
//!
//! No index holds values, only their hashes, so rows are looked at: the newest ones, and a few
//! blocks spread over the whole trail, which finds what is frequent now or ever was.

use std::time::Duration;

use model::query::Field;
use model::values::KnownValue;

use super::filter::push_conditions;
use super::reading::Reading;
use super::selection::Selection;
use super::sql::Sql;
use crate::{Result, Store};

const TIMEOUT: Duration = Duration::from_secs(2);
/// Newest blocks that are looked at, and blocks spread over the others: 256 rows each.
const NEWEST: i64 = 64;
const SPREAD: i64 = 96;
/// Rows that are in no block yet.
const TAIL: i64 = 10_000;

impl Store {
    /// Values of `field` that begin with `prefix`, whatever the case, in events of the
    /// selection; the most frequent first. Fields that are not counted give none.
    pub async fn known_values(
        &self,
        selection: &Selection,
        field: Field,
        prefix: &str,
        limit: i64,
    ) -> Result<Vec<KnownValue>> {
        let Some((value, label)) = expression(field, prefix.contains('/')) else {
            return Ok(Vec::new());
        };
        let mut reading = Reading::begin(&self.pool, selection, TIMEOUT).await?;
        let mut sql = Sql::new("with blocks as materialized (");
        push_blocks(&mut sql, &reading);
        sql.push("), seen as (select value, label from blocks cross join lateral (select ");
        push_columns(&mut sql, value, label);
        sql.push(" from logs where seq >= block << 8 and seq < (block + 1) << 8");
        push_conditions(&mut sql, selection);
        // With an offset, so that each block is read by position.
        sql.push(" offset 0) in_block union all (select ");
        push_columns(&mut sql, value, label);
        sql.push(" from logs where seq >= ").int(reading.indexed);
        push_conditions(&mut sql, selection);
        sql.push(" order by seq desc limit ").int(TAIL);
        sql.push(
            ")) select value, max(label) from seen where value <> '' and \
                  (starts_with(lower(value), lower(",
        );
        sql.string(prefix)
            .push(")) or starts_with(lower(label), lower(");
        sql.string(prefix)
            .push("))) group by 1 order by count(*) desc, 1 limit ")
            .int(limit);
        let rows: Vec<(String, Option<String>)> = sql
            .bound()
            .build_query_as()
            .fetch_all(reading.connection())
            .await?;
        let known = rows.into_iter().map(|(value, label)| KnownValue {
            label: label.filter(|label| *label != value),
            value,
        });
        Ok(known.collect())
    }
}

/// The newest blocks that can hold a match, and some at equal distances among all.
fn push_blocks(sql: &mut Sql, reading: &Reading) {
    sql.push("(select block from log_blocks where max_occurred_at is not null");
    reading.push_clauses(sql);
    sql.push(" order by max_occurred_at desc, block desc limit ")
        .int(NEWEST);
    let stride = (reading.indexed >> 8).div_euclid(SPREAD).max(1);
    sql.push(
        ") union (select block from log_blocks where block = any (array(select generate_series(0, ",
    )
    .int(reading.indexed >> 8)
    .push(", ")
    .int(stride)
    .push(")))");
    reading.push_clauses(sql);
    sql.push(")");
}

pub(super) fn push_columns(sql: &mut Sql, value: &'static str, label: &'static str) {
    sql.push(value)
        .push(" as value, ")
        .push(label)
        .push(" as label");
}

/// A field's value as a query writes it, and what to show beside it. With `ids`, resources are
/// single ones and not types.
pub(super) const fn expression(field: Field, ids: bool) -> Option<(&'static str, &'static str)> {
    Some(match field {
        Field::Actor => ("actor_id", "coalesce(actor_name, actor_email)"),
        Field::ActorType => ("actor_type", "null::text"),
        Field::Action => ("action", "null::text"),
        Field::Resource if ids => ("resource_type || '/' || resource_id", "resource_name"),
        Field::Resource => ("resource_type", "null::text"),
        Field::Status => ("status", "null::text"),
        Field::Category => ("category", "null::text"),
        Field::Classification => ("data_classification", "null::text"),
        Field::Team => ("team", "null::text"),
        Field::Source => ("source", "null::text"),
        Field::Ip => ("host(actor_ip)", "null::text"),
        Field::Tag | Field::Created | Field::Last | Field::Request | Field::Session | Field::Id => {
            return None;
        }
    })
}
