//! Pages of events, newest first, in both directions.
//!
//! Reading order is (`occurred_at`, `seq`), both descending. The B-tree of that order is walked for
//! a moment first, by one statement, which is all that frequent terms need. What the page then
//! lacks is searched in one snapshot. Without indexed terms the walk goes on; with them blocks are
//! read nearest first, and reading stops as soon as no unread block can hold anything nearer than
//! what was found (the threshold algorithm), so the first page and the thousandth cost the same.
//! What no index answers (free text, beginnings, contraries) is bounded by time, and the page says
//! how far it looked.

use std::time::{Duration, Instant};

use model::event::Event;
use model::log_page::{Cursor, LogPage, Place};
use sqlx::PgExecutor;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::blocks::Candidates;
use super::filter::push_conditions;
use super::order::{Direction, Key};
use super::reading::Reading;
use super::row::{COLUMNS, EventRow};
use super::selection::Selection;
use super::sql::Sql;
use super::stretch::{self, Stretch};
use crate::{Result, Store};

/// After this long a search answers with what it has and where to go on.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// No single statement of a search may take longer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Blocks of the first group; each further group is twice as large.
const FIRST_GROUP: usize = 8;
const LARGEST_GROUP: usize = 256;
/// Rows that are walked before blocks are asked.
const NEAR: usize = 1_000;
/// Rows that are walked further where those have shown that so many fill the page.
const WORTH_WALKING: usize = 16_000;
/// The same where only what failed or was denied is walked: it has an index of its own, and lies
/// so thinly over the blocks that they would hardly leave anything out.
const WORTH_WALKING_FAILURES: usize = 128_000;
/// Rows of the first stretch of a walk; each further stretch is four times as large.
const FIRST_WINDOW: usize = 4_000;
const LARGEST_WINDOW: usize = 128_000;

/// What a search found, in reading order of its direction; up to one more than asked for.
struct Found {
    events: Vec<Event>,
    /// Set when patience ended: everything nearer than this was looked at.
    searched_to: Option<Cursor>,
}

struct Search<'a> {
    selection: &'a Selection,
    direction: Direction,
    start: Option<Cursor>,
    /// One more than the page, which tells whether there is another.
    limit: usize,
    since: Instant,
}

impl Store {
    /// A page of the selection. `limit` is at least 1.
    pub async fn page(&self, selection: &Selection, place: Place, limit: usize) -> Result<LogPage> {
        let (direction, start) = match place {
            Place::First => (Direction::Older, None),
            Place::After(cursor) => (Direction::Older, Some(cursor)),
            Place::Before(cursor) => (Direction::Newer, Some(cursor)),
        };
        let search = Search {
            selection,
            direction,
            start,
            limit: limit + 1,
            since: Instant::now(),
        };
        let (found, head) = search.run(&self.pool).await?;
        Ok(page(found, direction, start, limit, head))
    }
}

fn page(
    found: Found,
    direction: Direction,
    start: Option<Cursor>,
    limit: usize,
    head: i64,
) -> LogPage {
    let Found {
        mut events,
        searched_to,
    } = found;
    let has_more = events.len() > limit;
    events.truncate(limit);
    let further = match (has_more, searched_to) {
        (true, _) => events.last().map(Cursor::of),
        (false, searched_to) => searched_to,
    };
    let back = start.map(|start| events.first().map_or(start, Cursor::of));
    let searched_back_to = searched_to.filter(|_| !has_more && direction == Direction::Older);
    let (newer, older) = match direction {
        Direction::Older => (back, further),
        Direction::Newer => {
            events.reverse();
            (further, back)
        }
    };
    LogPage {
        events,
        newer,
        older,
        searched_back_to: searched_back_to.map(|cursor| cursor.occurred_at),
        head,
    }
}

impl Search<'_> {
    /// What is found, and the size of the trail that it was found in.
    async fn run(&self, pool: &PgPool) -> Result<(Found, i64)> {
        if let Some(ids) = self.selection.chosen() {
            return self.look_up(pool, ids).await;
        }
        let Stretch {
            mut events,
            mut end,
            head,
        } = self.stretch(pool, NEAR).await?;
        // What is recorded from now on belongs to another page.
        let selection = Selection {
            up_to_seq: self.selection.up_to_seq.into_iter().chain([head - 1]).min(),
            ..self.selection.clone()
        };
        if let (Some(near), Some(rows)) = (end, self.worth_walking(events.len())) {
            let rest = self.beyond(&selection, near, &events);
            let further = rest.stretch(pool, rows).await?;
            events.extend(further.events);
            end = further.end;
        }
        let mut searched_to = None;
        if let Some(end) = end {
            let mut reading = Reading::begin(pool, &selection, TIMEOUT).await?;
            let rest = self.beyond(&selection, end, &events);
            let found = if reading.clauses.is_empty() {
                rest.walk(&mut reading).await?
            } else {
                rest.search_blocks(&mut reading).await?
            };
            events.extend(found.events);
            searched_to = found.searched_to;
        }
        let found = Found {
            events,
            searched_to,
        };
        Ok((found, head))
    }

    /// The chosen events, each by its position.
    async fn look_up(&self, pool: &PgPool, ids: Vec<Uuid>) -> Result<(Found, i64)> {
        let mut reading = Reading::begin(pool, self.selection, TIMEOUT).await?;
        let seqs = positions(&mut reading, ids).await?;
        let ends = seqs.iter().map(|seq| seq + 1).collect();
        let mut events = self.read_ranges(&mut reading, seqs, ends).await?;
        self.keep_nearest(&mut events);
        let found = Found {
            events,
            searched_to: None,
        };
        Ok((found, reading.head))
    }

    /// Rows that will fill the page, where matches are as dense as among the first.
    fn worth_walking(&self, found: usize) -> Option<usize> {
        let missing = self.limit.saturating_sub(found);
        // Half as many again: density varies.
        let rows = (missing * NEAR * 3 / 2).checked_div(found)?;
        let worth = if self.selection.is_unsuccessful() {
            WORTH_WALKING_FAILURES
        } else {
            WORTH_WALKING
        };
        // Few sizes, so that statements are prepared once.
        (rows <= worth).then(|| rows.next_power_of_two())
    }

    /// The same search from a place on, for what the page still lacks.
    fn beyond<'a>(&self, selection: &'a Selection, place: Cursor, found: &[Event]) -> Search<'a> {
        Search {
            selection,
            start: Some(place),
            limit: self.limit.saturating_sub(found.len()),
            ..*self
        }
    }

    async fn search_blocks(&self, reading: &mut Reading) -> Result<Found> {
        let (from, to) = self.selection.span();
        let place = self.start.map(|cursor| cursor.occurred_at);
        let (start, end) = match self.direction {
            Direction::Older => (place.into_iter().chain(to).min(), from),
            Direction::Newer => (place.into_iter().chain(from).max(), to),
        };
        match Candidates::new(reading, self.direction, start, end).await? {
            Some(candidates) => self.read_blocks(reading, candidates).await,
            None => self.walk(reading).await,
        }
    }

    async fn read_blocks(
        &self,
        reading: &mut Reading,
        mut candidates: Candidates,
    ) -> Result<Found> {
        let mut events = self
            .read_ranges(reading, vec![reading.indexed], vec![i64::MAX])
            .await?;
        let mut group = FIRST_GROUP;
        while let Some(next) = candidates.peek(reading).await? {
            let last = events.get(self.limit - 1).map(|event| event.occurred_at);
            if last.is_some_and(|time| self.direction.is_before(time, next.edge)) {
                break;
            }
            if self.since.elapsed() > PATIENCE {
                events.retain(|event| self.direction.is_before(event.occurred_at, next.edge));
                let searched_to = Some(self.direction.cursor_at(next.edge));
                return Ok(Found {
                    events,
                    searched_to,
                });
            }
            let (from, to) = ranges(candidates.take(group));
            events.extend(self.read_ranges(reading, from, to).await?);
            self.keep_nearest(&mut events);
            group = (group * 2).min(LARGEST_GROUP);
        }
        Ok(Found {
            events,
            searched_to: None,
        })
    }

    fn keep_nearest(&self, events: &mut Vec<Event>) {
        events.sort_by(|a, b| self.direction.compare(key(a), key(b)));
        // A block may have been indexed and still be part of the tail.
        events.dedup_by_key(|event| event.seq);
        events.truncate(self.limit);
    }

    /// The nearest matches with positions in `[from, to)`.
    async fn read_ranges(
        &self,
        reading: &mut Reading,
        from: Vec<i64>,
        to: Vec<i64>,
    ) -> Result<Vec<Event>> {
        // Materialised and with an offset: else the planner walks all events, by time or in a
        // heap scan, and looks each up in the ranges.
        let mut sql = Sql::new("with found as materialized (select l.* from unnest(");
        sql.ints(from).push(", ").ints(to);
        sql.push(") r (low, high) cross join lateral (select ")
            .push(COLUMNS);
        sql.push(" from logs where seq >= r.low and seq < r.high");
        self.push_start(&mut sql);
        push_conditions(&mut sql, self.selection);
        sql.push(" offset 0) l) select * from found")
            .push(self.direction.order());
        sql.push(" limit ").number(self.limit);
        fetch(sql, reading).await
    }

    /// Reads in order of time, stretch by stretch, until the page is full or patience ends.
    async fn walk(&self, reading: &mut Reading) -> Result<Found> {
        let mut stretch = self.stretch(reading.connection(), FIRST_WINDOW).await?;
        let mut events = stretch.events;
        let mut window = FIRST_WINDOW;
        while let Some(end) = stretch.end {
            if self.since.elapsed() > PATIENCE {
                return Ok(Found {
                    events,
                    searched_to: Some(end),
                });
            }
            window = (window * 4).min(LARGEST_WINDOW);
            let rest = self.beyond(self.selection, end, &events);
            stretch = rest.stretch(reading.connection(), window).await?;
            events.append(&mut stretch.events);
        }
        Ok(Found {
            events,
            searched_to: None,
        })
    }

    /// Reads the next rows in order of time.
    async fn stretch(&self, executor: impl PgExecutor<'_>, window: usize) -> Result<Stretch> {
        let mut source = Sql::new(" from logs where true");
        if self.selection.is_unsuccessful() {
            // What the partial index holds.
            source.push(" and status <> 'success'");
        }
        let (from, to) = self.selection.span();
        if let Some(from) = from {
            source.push(" and occurred_at >= ").time(from);
        }
        if let Some(to) = to {
            source.push(" and occurred_at < ").time(to);
        }
        self.push_start(&mut source);
        source.push(self.direction.order());
        stretch::read(executor, self.selection, source, window, self.limit).await
    }

    fn push_start(&self, sql: &mut Sql) {
        if let Some(start) = self.start {
            sql.push(self.direction.beyond()).time(start.occurred_at);
            sql.push(", ").int(start.seq).push(")");
        }
    }
}

async fn fetch(sql: Sql, reading: &mut Reading) -> Result<Vec<Event>> {
    let rows: Vec<EventRow> = sql
        .bound()
        .build_query_as()
        .fetch_all(reading.connection())
        .await?;
    rows.into_iter().map(Event::try_from).collect()
}

async fn positions(reading: &mut Reading, ids: Vec<Uuid>) -> Result<Vec<i64>> {
    let mut sql = Sql::new("select seq from log_positions where id = any (");
    sql.ids(ids).push(")");
    Ok(sql
        .bound()
        .build_query_scalar()
        .fetch_all(reading.connection())
        .await?)
}

const fn key(event: &Event) -> Key {
    (event.occurred_at, event.seq)
}

/// Blocks as ranges of positions, neighbours joined.
fn ranges(mut blocks: Vec<i64>) -> (Vec<i64>, Vec<i64>) {
    blocks.sort_unstable();
    let (mut from, mut to): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
    for block in blocks {
        match to.last_mut() {
            Some(end) if *end == block << 8 => *end = (block + 1) << 8,
            _ => {
                from.push(block << 8);
                to.push((block + 1) << 8);
            }
        }
    }
    (from, to)
}
