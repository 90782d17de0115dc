//! What has come since the page was read: shown above its rows, or waiting to be.
//!
//! Lives as long as the page of the route, so that a click on a column loses nothing. Refuses to
//! guess: where more has come than the messages carried, the page is read again.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::event::Event;
use model::live::Arrival;
use model::log_page::{Cursor, Histogram, LogPage};

/// Rows above which the page is read again, so that a console left open does not grow for ever.
const MOST: usize = 500;

/// Newer rows than those of the page that was read.
#[derive(Clone, Copy)]
pub struct Tail {
    shown: RwSignal<Vec<Event>>,
    waiting: RwSignal<Arrival>,
    histogram: RwSignal<Option<Histogram>>,
    counting: StoredValue<bool>,
    stopped: RwSignal<bool>,
    /// The query and the head of the page that this follows.
    follows: StoredValue<(String, i64)>,
    /// The position from which the stream goes on.
    seen: StoredValue<i64>,
    refetch: WriteSignal<u32>,
}

impl Tail {
    /// Nothing has come; `refetch` reads the page again.
    #[must_use]
    pub fn new(refetch: WriteSignal<u32>) -> Self {
        Self {
            shown: RwSignal::new(Vec::new()),
            waiting: RwSignal::new(Arrival::default()),
            histogram: RwSignal::new(None),
            counting: StoredValue::new(false),
            stopped: RwSignal::new(false),
            follows: StoredValue::new((String::new(), -1)),
            seen: StoredValue::new(0),
            refetch,
        }
    }

    /// Follows this page; another page than before begins anew.
    pub fn follow(self, query: &str, head: i64) {
        let follows = (query.to_owned(), head);
        if self.follows.get_value() == follows {
            return;
        }
        self.follows.set_value(follows);
        self.seen.set_value(head);
        // Without telling the view that is about to be replaced: what it owned is gone already.
        self.shown.update_untracked(Vec::clear);
        self.waiting
            .update_untracked(|waiting| *waiting = Arrival::default());
        self.histogram
            .update_untracked(|histogram| *histogram = None);
        self.stopped.update_untracked(|stopped| *stopped = false);
    }

    /// Keeps what a message brought until it is shown.
    pub fn take(self, seen: i64, arrival: Arrival) {
        self.seen.set_value(seen);
        self.waiting.update(|waiting| {
            waiting.count += arrival.count;
            waiting.events.extend(arrival.events);
            let excess = waiting.events.len().saturating_sub(MOST);
            waiting.events.drain(..excess);
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
    }

    /// Reads the page again.
    pub fn ask_again(self) {
        self.refetch.update(|turn| *turn += 1);
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
        self.seen.get_value()
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
        self.counting
            .try_update_value(|counting| !std::mem::replace(counting, true))
            .unwrap_or(false)
    }

    /// The page may be gone by now.
    pub fn end_counting(self, histogram: Option<Histogram>) {
        self.counting.try_update_value(|counting| *counting = false);
        if histogram.is_some() {
            self.histogram.try_set(histogram);
        }
    }
}
