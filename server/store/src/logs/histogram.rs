//! Events over time and how many they are.
//!
//! Without a filter the block index alone answers. With one, the rows of the candidate blocks
//! are counted, all of them while they are few, else those of a sample spread evenly over time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use model::log_page::{Bar, Count, Histogram};

use super::filter::push_conditions;
use super::reading::Reading;
use super::selection::Selection;
use super::sql::Sql;
use crate::{Result, Store};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Candidate blocks that are counted in full: about 50,000 rows.
const COUNTED: i64 = 200;
/// Blocks of a sample.
const SAMPLE: i64 = 96;

/// One counted stretch: its number, and the events by outcome.
type Row = (i64, i64, i64, i64);

impl Store {
    /// The selection over time in `bars` equal stretches of its span.
    pub async fn histogram(&self, selection: &Selection, bars: u16) -> Result<Histogram> {
        let mut reading = Reading::begin(&self.pool, selection, TIMEOUT).await?;
        let (from, to) = span(&mut reading, selection).await?;
        let grid = Grid::new(from, to, i64::from(bars.max(1)));
        let (rows, sampled) = if let Some(ids) = selection.chosen() {
            (
                by_ids(&mut reading, selection, &grid, ids.len()).await?,
                false,
            )
        } else {
            count(&mut reading, selection, &grid).await?
        };
        Ok(grid.histogram(&rows, sampled))
    }

    /// How many events the selection holds, or about how many.
    pub async fn count(&self, selection: &Selection) -> Result<Count> {
        Ok(self.histogram(selection, 1).await?.total)
    }
}

/// Equal stretches of a span of time, in whole microseconds.
struct Grid {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    micros: i64,
    bars: i64,
}

impl Grid {
    fn new(from: DateTime<Utc>, to: DateTime<Utc>, bars: i64) -> Self {
        let length = (to - from)
            .num_microseconds()
            .unwrap_or(i64::MAX / 2)
            .max(1);
        let micros = length.div_euclid(bars).max(1) + i64::from(length % bars != 0);
        let to = from
            .checked_add_signed(TimeDelta::microseconds(micros.saturating_mul(bars)))
            .unwrap_or(to);
        Self {
            from,
            to,
            micros,
            bars,
        }
    }

    /// The number of the stretch in which the time `column` lies.
    fn push_bar(&self, sql: &mut Sql, column: &'static str) {
        sql.push("((extract(epoch from ")
            .push(column)
            .push(") * 1000000)::int8 - ");
        sql.int(self.from.timestamp_micros())
            .push(") / ")
            .int(self.micros);
    }

    fn histogram(&self, rows: &[Row], sampled: bool) -> Histogram {
        let mut bars = vec![Bar::default(); usize::try_from(self.bars).unwrap_or(1)];
        let last = bars.len().saturating_sub(1);
        for (number, success, failure, denied) in rows {
            let place = usize::try_from(*number).unwrap_or(0).min(last);
            if let Some(bar) = bars.get_mut(place) {
                bar.success += success;
                bar.failure += failure;
                bar.denied += denied;
            }
        }
        let total = bars.iter().map(Bar::total).sum();
        let total = if sampled {
            Count::About(total)
        } else {
            Count::Exact(total)
        };
        Histogram {
            from: self.from,
            to: self.to,
            bars,
            total,
        }
    }
}

/// The span that is asked for; where it is open, the trail's own.
async fn span(
    reading: &mut Reading,
    selection: &Selection,
) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let (from, to) = selection.span();
    let mut sql = Sql::new(
        "select least((select min(min_occurred_at) from log_blocks), \
         (select min(occurred_at) from logs where seq >= ",
    );
    sql.int(reading.indexed).push(
        ")), greatest((select max(max_occurred_at) from log_blocks), \
         (select max(occurred_at) from logs where seq >= ",
    );
    sql.int(reading.indexed).push("))");
    let (first, last): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = sql
        .bound()
        .build_query_as()
        .fetch_one(reading.connection())
        .await?;
    let end = last.map_or(selection.now, |last| last + TimeDelta::microseconds(1));
    let to = to.unwrap_or_else(|| end.max(from.map_or(end, |_| selection.now)));
    let from = from.or(first).unwrap_or(to - TimeDelta::hours(1)).min(to);
    Ok((from, to))
}

async fn by_ids(
    reading: &mut Reading,
    selection: &Selection,
    grid: &Grid,
    ids: usize,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new("select ");
    grid.push_bar(&mut sql, "occurred_at");
    sql.push(", 1::int8 * (status = 'success')::int, 1::int8 * (status = 'failure')::int, 1::int8 * (status = 'denied')::int");
    sql.push(" from (select l.* from log_positions p join logs l using (seq) where p.id = any (");
    sql.ids(selection.chosen().unwrap_or_default())
        .push(")) l where true");
    push_conditions(&mut sql, selection);
    sql.push(" limit ")
        .int(i64::try_from(ids).unwrap_or(i64::MAX));
    Ok(sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?)
}

/// Counts by stretch, and whether they are estimates.
async fn count(
    reading: &mut Reading,
    selection: &Selection,
    grid: &Grid,
) -> Result<(Vec<Row>, bool)> {
    let mut rows = tail(reading, selection, grid).await?;
    if selection.is_all_in_span() {
        let (counted, estimated) = unfiltered(reading, selection, grid).await?;
        rows.extend(counted);
        return Ok((rows, estimated));
    }
    let mut sql = Sql::new("select count(*) from log_blocks where max_occurred_at is not null");
    push_span(&mut sql, selection);
    reading.push_clauses(&mut sql);
    let candidates: i64 = sql
        .bound()
        .build_query_scalar()
        .fetch_one(reading.connection())
        .await?;
    let stride = if candidates > COUNTED {
        candidates.div_euclid(SAMPLE)
    } else {
        1
    };
    rows.extend(by_rows(reading, selection, grid, stride).await?);
    Ok((rows, stride > 1))
}

/// Blocks that touch the selection's span.
fn push_span(sql: &mut Sql, selection: &Selection) {
    let (from, to) = selection.span();
    if let Some(from) = from {
        sql.push(" and max_occurred_at >= ").time(from);
    }
    if let Some(to) = to {
        sql.push(" and min_occurred_at < ").time(to);
    }
}

const OUTCOMES: &str = ", count(*) filter (where status = 'success'), \
     count(*) filter (where status = 'failure'), count(*) filter (where status = 'denied')";

async fn tail(reading: &mut Reading, selection: &Selection, grid: &Grid) -> Result<Vec<Row>> {
    let mut sql = Sql::new("select ");
    grid.push_bar(&mut sql, "occurred_at");
    sql.push(OUTCOMES)
        .push(" from logs where seq >= ")
        .int(reading.indexed);
    push_conditions(&mut sql, selection);
    sql.push(" group by 1");
    Ok(sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?)
}

/// Rows of every `stride`th candidate block, weighted.
async fn by_rows(
    reading: &mut Reading,
    selection: &Selection,
    grid: &Grid,
    stride: i64,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new(
        "with held as materialized (select block, row_number() over (order by max_occurred_at, block) as place \
         from log_blocks where max_occurred_at is not null",
    );
    push_span(&mut sql, selection);
    reading.push_clauses(&mut sql);
    sql.push(") select bar, ")
        .int(stride)
        .push(" * sum(success)::int8, ");
    sql.int(stride).push(" * sum(failure)::int8, ");
    sql.int(stride)
        .push(" * sum(denied)::int8 from held cross join lateral (select ");
    grid.push_bar(&mut sql, "occurred_at");
    sql.push(" as bar").push(
        ", count(*) filter (where status = 'success') as success, \
         count(*) filter (where status = 'failure') as failure, \
         count(*) filter (where status = 'denied') as denied \
         from logs where seq >= held.block << 8 and seq < (held.block + 1) << 8",
    );
    push_conditions(&mut sql, selection);
    sql.push(" group by 1) l where held.place % ")
        .int(stride)
        .push(" = 0 group by 1");
    Ok(sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?)
}

/// Counts of whole blocks; of blocks that lie in two stretches or on the span's edge, the rows.
async fn unfiltered(
    reading: &mut Reading,
    selection: &Selection,
    grid: &Grid,
) -> Result<(Vec<Row>, bool)> {
    let mut sql = Sql::new("select block, ");
    grid.push_bar(&mut sql, "min_occurred_at");
    sql.push(", ");
    grid.push_bar(&mut sql, "max_occurred_at");
    let (from, to) = selection.span();
    sql.push(", min_occurred_at >= ")
        .time(from.unwrap_or(grid.from));
    sql.push(" and max_occurred_at < ")
        .time(to.unwrap_or(grid.to));
    sql.push(if selection.restricted {
        ", (events - failed - denied)::int8, failed::int8, denied::int8"
    } else {
        ", (events - restricted - (failed - restricted_failed) - (denied - restricted_denied))::int8, \
         (failed - restricted_failed)::int8, (denied - restricted_denied)::int8"
    });
    sql.push(" from log_blocks where max_occurred_at is not null");
    push_span(&mut sql, selection);
    let blocks: Vec<(i64, i64, i64, bool, i64, i64, i64)> = sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?;
    let mut rows = Vec::with_capacity(blocks.len());
    let mut torn = Vec::new();
    for (block, first, last, is_inside, success, failure, denied) in blocks {
        if first == last && is_inside {
            rows.push((first, success, failure, denied));
        } else {
            torn.push((block, first, last, success, failure, denied));
        }
    }
    if i64::try_from(torn.len()).is_ok_and(|torn| torn <= COUNTED) {
        let blocks = torn.into_iter().map(|(block, ..)| block).collect();
        rows.extend(in_blocks(reading, selection, grid, blocks).await?);
        return Ok((rows, false));
    }
    for (_, first, last, success, failure, denied) in torn {
        rows.extend(spread(first, last, grid.bars, [success, failure, denied]));
    }
    Ok((rows, true))
}

async fn in_blocks(
    reading: &mut Reading,
    selection: &Selection,
    grid: &Grid,
    blocks: Vec<i64>,
) -> Result<Vec<Row>> {
    let mut sql = Sql::new("select ");
    grid.push_bar(&mut sql, "occurred_at");
    sql.push(OUTCOMES).push(" from unnest(").ints(blocks);
    sql.push(
        ") b (block) cross join lateral (select occurred_at, status from logs \
         where seq >= b.block << 8 and seq < (b.block + 1) << 8",
    );
    push_conditions(&mut sql, selection);
    // With an offset, so that each block is read by position.
    sql.push(" offset 0) l group by 1");
    Ok(sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?)
}

/// Shares a block's counts among its stretches; what lies outside of the grid falls away.
fn spread(first: i64, last: i64, bars: i64, counts: [i64; 3]) -> Vec<Row> {
    let width = last - first + 1;
    (first.max(0)..=last.min(bars - 1))
        .map(|bar| {
            let share = |count: i64| {
                let place = bar - first;
                count * (place + 1) / width - count * place / width
            };
            let [success, failure, denied] = counts;
            (bar, share(success), share(failure), share(denied))
        })
        .collect()
}
