//! The most frequent values of a field in a selection, counted over its newest events.
//!
//! Blocks are read nearest first, in groups, until enough events matched or patience ends; the
//! answer says how many events it rests on. Within a group of blocks events are not ordered, so
//! where events arrive late the newest are taken by block, not to the event.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use model::query::Field;
use model::values::{TopValues, ValueCount};

use super::blocks::Candidate;
use super::filter::push_conditions;
use super::reading::Reading;
use super::selection::Selection;
use super::source::source;
use super::sql::Sql;
use super::values::{expression, push_columns};
use crate::{Result, Store};

/// Matching events after which counting stops.
const ENOUGH: i64 = 100_000;
/// After this long the answer rests on what was counted so far.
const PATIENCE: Duration = Duration::from_millis(1_200);
const TIMEOUT: Duration = Duration::from_secs(10);
/// Candidate blocks that are listed at once.
const LISTED: i64 = 512;
/// Blocks of the first group; each further group is twice as large.
const FIRST_GROUP: usize = 32;
const LARGEST_GROUP: usize = 256;

/// A value, absent where the event has none, what stands beside it, and how many there are.
type Row = (Option<String>, Option<String>, i64);

/// What was counted so far.
#[derive(Default)]
struct Tally {
    values: HashMap<String, (Option<String>, i64)>,
    without: i64,
    counted: i64,
}

impl Store {
    /// The most frequent values of `field`, at most `limit`. None for fields that are not
    /// counted.
    pub async fn top_values(
        &self,
        selection: &Selection,
        field: Field,
        limit: usize,
    ) -> Result<Option<TopValues>> {
        let Some(columns) = expression(field, false) else {
            return Ok(None);
        };
        let since = Instant::now();
        let mut reading = Reading::begin(&self.pool, selection, TIMEOUT).await?;
        let mut tally = Tally::default();
        let is_all = if selection.chosen().is_some() {
            let from = source(reading.connection(), selection).await?;
            tally.add(chosen(&mut reading, columns, from).await?);
            true
        } else {
            tally.add(tail(&mut reading, selection, columns).await?);
            count(&mut reading, selection, columns, &mut tally, since).await?
        };
        Ok(Some(tally.top(field, limit, is_all)))
    }
}

impl Tally {
    fn add(&mut self, rows: Vec<Row>) {
        for (value, label, count) in rows {
            self.counted += count;
            match value.filter(|value| !value.is_empty()) {
                None => self.without += count,
                Some(value) => {
                    let entry = self.values.entry(value).or_default();
                    entry.0 = entry.0.take().or(label);
                    entry.1 += count;
                }
            }
        }
    }

    fn top(self, field: Field, limit: usize, is_all: bool) -> TopValues {
        let distinct = i64::try_from(self.values.len()).unwrap_or(i64::MAX);
        let mut values: Vec<ValueCount> = self
            .values
            .into_iter()
            .map(|(value, (label, count))| ValueCount {
                label: label.filter(|label| *label != value),
                value,
                count,
            })
            .collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        values.truncate(limit);
        TopValues {
            field,
            values,
            distinct,
            without: self.without,
            counted: self.counted,
            is_all,
        }
    }
}

async fn fetch(sql: Sql, reading: &mut Reading) -> Result<Vec<Row>> {
    Ok(sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?)
}

async fn chosen(
    reading: &mut Reading,
    (value, label): (&'static str, &'static str),
    from: Sql,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new("select value, max(label), count(*) from (select ");
    push_columns(&mut sql, value, label);
    sql.append(from).push(") l group by 1");
    fetch(sql, reading).await
}

/// Events that are in no block yet.
async fn tail(
    reading: &mut Reading,
    selection: &Selection,
    (value, label): (&'static str, &'static str),
) -> Result<Vec<Row>> {
    let mut sql = Sql::new("select value, max(label), count(*) from (select ");
    push_columns(&mut sql, value, label);
    sql.push(" from logs where seq >= ").int(reading.indexed);
    push_conditions(&mut sql, selection);
    sql.push(" order by seq desc limit ").int(ENOUGH);
    sql.push(") l group by 1");
    fetch(sql, reading).await
}

/// Counts the candidate blocks, newest first; whether all of them were.
async fn count(
    reading: &mut Reading,
    selection: &Selection,
    columns: (&'static str, &'static str),
    tally: &mut Tally,
    since: Instant,
) -> Result<bool> {
    let is_tail_whole = tally.counted < ENOUGH;
    let mut group = FIRST_GROUP;
    let mut listed = next(reading, selection, None).await?;
    while let Some(last) = listed.last().copied() {
        let mut rest = listed.as_slice();
        while !rest.is_empty() {
            if tally.counted >= ENOUGH || since.elapsed() > PATIENCE {
                return Ok(false);
            }
            let (now, later) = rest.split_at(group.min(rest.len()));
            let blocks = now.iter().map(|candidate| candidate.block).collect();
            tally.add(in_blocks(reading, selection, columns, blocks).await?);
            rest = later;
            group = (group * 2).min(LARGEST_GROUP);
        }
        listed = next(reading, selection, Some(last)).await?;
    }
    Ok(is_tail_whole)
}

/// The next blocks that can hold a match. Few at a time: a frequent term is found by walking back
/// in time, and the planner knows from its statistics which terms are.
async fn next(
    reading: &mut Reading,
    selection: &Selection,
    after: Option<Candidate>,
) -> Result<Vec<Candidate>> {
    let mut sql = Sql::new(
        "select block, max_occurred_at as edge from log_blocks where max_occurred_at is not null",
    );
    let (from, to) = selection.span();
    if let Some(from) = from {
        sql.push(" and max_occurred_at >= ").time(from);
    }
    if let Some(to) = to {
        sql.push(" and min_occurred_at < ").time(to);
    }
    if let Some(after) = after {
        sql.push(" and (max_occurred_at, block) < (")
            .time(after.edge);
        sql.push(", ").int(after.block).push(")");
    }
    reading.push_clauses(&mut sql);
    sql.push(" order by max_occurred_at desc, block desc limit ")
        .int(LISTED);
    Ok(sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?)
}

async fn in_blocks(
    reading: &mut Reading,
    selection: &Selection,
    (value, label): (&'static str, &'static str),
    blocks: Vec<i64>,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new("select value, max(label), count(*) from unnest(");
    sql.ints(blocks)
        .push(") b (block) cross join lateral (select ");
    push_columns(&mut sql, value, label);
    sql.push(" from logs where seq >= b.block << 8 and seq < (b.block + 1) << 8");
    push_conditions(&mut sql, selection);
    // With an offset, so that each block is read by position.
    sql.push(" offset 0) l group by 1");
    fetch(sql, reading).await
}
