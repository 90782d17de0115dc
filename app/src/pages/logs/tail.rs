//! What has come since the page was read: shown above its rows, or waiting to be.
//!
//! Refuses to guess: where more has come than the messages carried, the page is read again.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::event::Event;
use model::live::Arrival;
use model::log_page::{Cursor, Histogram, LogPage};

/// Rows above which the page is read again, so that a console left open does not grow for ever.
const MOST: usize = 500;

/// What the page keeps from one drawing of the table to the next, so that a click on a column
/// loses nothing.
#[derive(Clone, Copy)]
pub struct Tails {
    kept: StoredValue<Kept>,
    refetch: WriteSignal<u32>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    /// The query and the head of the page that is followed.
    follows: (String, i64),
    /// The position from which the stream goes on.
    seen: i64,
    shown: Vec<Event>,
    waiting: Arrival,
    histogram: Option<Histogram>,
    counting: bool,
}

/// Newer rows than those of the page that was read. Its signals belong to one drawing of the
/// table: the next one's never wake what is left of the one before.
#[derive(Clone, Copy)]
pub struct Tail {
    of: Tails,
    shown: RwSignal<Vec<Event>>,
    waiting: RwSignal<Arrival>,
    histogram: RwSignal<Option<Histogram>>,
    stopped: RwSignal<bool>,
}

impl Tails {
    /// Nothing has come; `refetch` reads the page again.
    #[must_use]
    pub fn new(refetch: WriteSignal<u32>) -> Self {
        Self {
            kept: StoredValue::new(Kept::default()),
            refetch,
        }
    }

    /// Follows this page; another page than before begins anew.
    pub fn follow(self, query: &str, head: i64) -> Tail {
        let follows = (query.to_owned(), head);
        self.kept.update_value(|kept| {
            if kept.follows != follows {
                *kept = Kept {
                    follows,
                    seen: head,
                    ..Kept::default()
                };
            }
        });
        let kept = self.kept.get_value();
        Tail {
            of: self,
            shown: RwSignal::new(kept.shown),
            waiting: RwSignal::new(kept.waiting),
            histogram: RwSignal::new(kept.histogram),
            stopped: RwSignal::new(false),
        }
    }

    /// Reads the page again.
    pub fn ask_again(self) {
        self.refetch.update(|turn| *turn += 1);
    }
}

impl Tail {
    /// Keeps what a message brought until it is shown.
    pub fn take(self, seen: i64, arrival: Arrival) {
        self.waiting.update(|waiting| {
            waiting.count += arrival.count;
            waiting.events.extend(arrival.events);
            let excess = waiting.events.len().saturating_sub(MOST);
            waiting.events.drain(..excess);
        });
        let waiting = self.waiting.get_untracked();
        self.of.kept.update_value(|kept| {
            kept.seen = seen;
            kept.waiting = waiting;
        });
    }

    /// Shows what waits.
    pub fn show(self) {
        let Some(waiting) = self.waiting.try_update(std::mem::take) else {
            return;
        };
        let all = self.shown.with_untracked(Vec::len) + waiting.events.len();
        if waiting.events.len() < waiting.count || all > MOST {
            self.ask_again();
        } else {
            self.shown.update(|shown| shown.extend(waiting.events));
        }
        let shown = self.shown.get_untracked();
        self.of.kept.update_value(|kept| {
            kept.shown = shown;
            kept.waiting = Arrival::default();
        });
    }

    /// Reads the page again.
    pub fn ask_again(self) {
        self.of.ask_again();
    }

    /// The page's rows and the newer ones in reading order. What came late and belongs to an
    /// older page is left to that page.
    pub fn rows(self, page: &LogPage) -> Vec<Event> {
        let place = |event: &Event| (event.occurred_at, event.seq);
        let oldest = page
            .older
            .and_then(|_| page.events.last())
            .map(|event| Cursor::of(event).occurred_at);
        let shown = self.shown.get();
        let newer = shown
            .into_iter()
            .filter(|event| oldest.is_none_or(|oldest| event.occurred_at > oldest));
        let rows: BTreeMap<_, _> = newer
            .chain(page.events.iter().cloned())
            .map(|event| (place(&event), event))
            .collect();
        rows.into_values().rev().collect()
    }

    /// The counts around the rows, as of when they were last counted.
    pub fn counts(self, read: &Histogram) -> Histogram {
        self.histogram.get().unwrap_or_else(|| read.clone())
    }

    /// How many wait.
    pub fn waiting(self) -> usize {
        self.waiting.with(|waiting| waiting.count)
    }

    /// From which position the stream goes on.
    pub fn seen(self) -> i64 {
        self.of.kept.with_value(|kept| kept.seen)
    }

    /// Whether the server no longer lets the reader watch.
    pub fn has_stopped(self) -> bool {
        self.stopped.get()
    }

    pub fn stop(self) {
        self.stopped.set(true);
    }

    /// False while a count is under way.
    pub fn begin_counting(self) -> bool {
        let begun = |kept: &mut Kept| !std::mem::replace(&mut kept.counting, true);
        self.of.kept.try_update_value(begun).unwrap_or(false)
    }

    /// The page, or this drawing of it, may be gone by now.
    pub fn end_counting(self, query: &str, histogram: Option<Histogram>) {
        let taken = self.of.kept.try_update_value(|kept| {
            kept.counting = false;
            let same = kept.follows.0 == query && histogram.is_some();
            if same {
                kept.histogram.clone_from(&histogram);
            }
            same
        });
        if taken == Some(true) {
            self.histogram.try_set(histogram);
        }
    }
}
