//! Blocks worth reading, nearest first: the lazy half of the search.
//!
//! Three sources, each asked when the one before is used up: the blocks that span the place
//! where reading starts; the next few blocks by time, whatever they hold, which finds frequent
//! terms without asking the inverted index; and then that index.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::order::Direction;
use super::reading::Reading;
use super::sql::Sql;
use crate::Result;

/// More blocks than this over one moment: time says nothing about place, so the index is no help.
const MAX_SPANNING: i64 = 1_024;
/// Blocks that are looked at in order of time before the inverted index is asked.
const WALKED: i64 = 128;
/// Blocks taken from the inverted index at once.
const ASKED: i64 = 4_096;

/// A block and the time of its row that is read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Candidate {
    pub(crate) block: i64,
    pub(crate) edge: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Spanning,
    Walk,
    Ask { after: Option<Candidate> },
    End,
}

/// The candidates that remain, nearest first.
#[derive(Debug)]
pub(crate) struct Candidates {
    direction: Direction,
    /// Where reading starts, and the time beyond which nothing matches.
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    stage: Stage,
    queue: VecDeque<Candidate>,
}

impl Candidates {
    /// None when so many blocks span the start that they cannot be read in order.
    pub(crate) async fn new(
        reading: &mut Reading,
        direction: Direction,
        start: Option<DateTime<Utc>>,
        end: Option<DateTime<Utc>>,
    ) -> Result<Option<Self>> {
        let mut new = Self {
            direction,
            start,
            end,
            stage: Stage::Spanning,
            queue: VecDeque::new(),
        };
        new.refill(reading).await?;
        let too_many = i64::try_from(new.queue.len()).is_ok_and(|found| found > MAX_SPANNING);
        Ok((!too_many).then_some(new))
    }

    /// The nearest candidate, without taking it.
    pub(crate) async fn peek(&mut self, reading: &mut Reading) -> Result<Option<Candidate>> {
        while self.queue.is_empty() && self.stage != Stage::End {
            self.refill(reading).await?;
        }
        Ok(self.queue.front().copied())
    }

    /// Takes up to `count` of those that are at hand.
    pub(crate) fn take(&mut self, count: usize) -> Vec<i64> {
        let count = count.min(self.queue.len());
        self.queue
            .drain(..count)
            .map(|candidate| candidate.block)
            .collect()
    }

    async fn refill(&mut self, reading: &mut Reading) -> Result<()> {
        let found = match self.stage {
            Stage::Spanning => {
                self.stage = Stage::Walk;
                self.spanning(reading).await?
            }
            Stage::Walk => self.walk(reading).await?,
            Stage::Ask { after } => self.ask(reading, after).await?,
            Stage::End => Vec::new(),
        };
        self.queue.extend(found);
        Ok(())
    }

    async fn spanning(&self, reading: &mut Reading) -> Result<Vec<Candidate>> {
        let Some(start) = self.start else {
            return Ok(Vec::new());
        };
        let mut sql = Sql::new("select block, ");
        sql.time(start).push(
            " as edge from log_blocks where max_occurred_at is not null \
             and tstzrange(min_occurred_at, max_occurred_at, '[]') @> ",
        );
        sql.time(start);
        reading.push_clauses(&mut sql);
        sql.push(" limit ").int(MAX_SPANNING + 1);
        Ok(sql
            .bound()
            .build_query_as()
            .fetch_all(reading.connection())
            .await?)
    }

    /// The column of the near edge, and the order of reading by it.
    const fn edge(&self) -> (&'static str, &'static str) {
        match self.direction {
            Direction::Older => (
                "max_occurred_at",
                " order by max_occurred_at desc, block desc",
            ),
            Direction::Newer => ("min_occurred_at", " order by min_occurred_at, block"),
        }
    }

    /// Blocks wholly beyond the start and not wholly beyond the end.
    fn push_bounds(&self, sql: &mut Sql) {
        let (column, _) = self.edge();
        let (past, within) = match self.direction {
            Direction::Older => (" < ", " >= "),
            Direction::Newer => (" > ", " <= "),
        };
        sql.push(column).push(" is not null");
        if let Some(start) = self.start {
            sql.push(" and ").push(column).push(past).time(start);
        }
        if let Some(end) = self.end {
            sql.push(" and ").push(column).push(within).time(end);
        }
    }

    async fn walk(&mut self, reading: &mut Reading) -> Result<Vec<Candidate>> {
        let (column, order) = self.edge();
        let mut sql = Sql::new("with near as materialized (select block, ");
        sql.push(column)
            .push(" as edge, terms from log_blocks where ");
        self.push_bounds(&mut sql);
        sql.push(order).push(" limit ").int(WALKED);
        sql.push(") select block, edge, (true");
        reading.push_clauses(&mut sql);
        sql.push(") as held from near");
        let near: Vec<(i64, DateTime<Utc>, bool)> = sql
            .bound()
            .build_query_as()
            .fetch_all(reading.connection())
            .await?;
        self.stage = match near.last() {
            Some((block, edge, _)) if i64::try_from(near.len()).is_ok_and(|n| n == WALKED) => {
                Stage::Ask {
                    after: Some(Candidate {
                        block: *block,
                        edge: *edge,
                    }),
                }
            }
            _ => Stage::End,
        };
        let held = near.into_iter().filter(|(.., held)| *held);
        Ok(held
            .map(|(block, edge, _)| Candidate { block, edge })
            .collect())
    }

    async fn ask(
        &mut self,
        reading: &mut Reading,
        after: Option<Candidate>,
    ) -> Result<Vec<Candidate>> {
        let (column, order) = self.edge();
        // Materialised, so that the inverted index is asked and not the order of time.
        let mut sql = Sql::new(
            "with held as materialized (select block, min_occurred_at, max_occurred_at \
             from log_blocks where true",
        );
        reading.push_clauses(&mut sql);
        sql.push(") select block, ")
            .push(column)
            .push(" as edge from held where ");
        self.push_bounds(&mut sql);
        if let Some(after) = after {
            sql.push(" and (").push(column).push(", block)");
            sql.push(if self.direction == Direction::Older {
                " < ("
            } else {
                " > ("
            });
            sql.time(after.edge).push(", ").int(after.block).push(")");
        }
        sql.push(order).push(" limit ").int(ASKED);
        let found: Vec<Candidate> = sql
            .bound()
            .build_query_as()
            .fetch_all(reading.connection())
            .await?;
        let is_full = i64::try_from(found.len()).is_ok_and(|found| found == ASKED);
        self.stage = match found.last() {
            Some(last) if is_full => Stage::Ask { after: Some(*last) },
            _ => Stage::End,
        };
        Ok(found)
    }
}
