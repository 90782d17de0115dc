//! Which events are meant, and by whom: a query, or chosen ids, within what the reader may see.

use chrono::{DateTime, Utc};
use model::event::{Category, Event, Status};
use model::query::{Predicate, Query, Term};
use uuid::Uuid;

/// What is asked of `logs`.
#[derive(Clone, Debug)]
pub struct Selection {
    pub query: Query,
    /// Chosen events; then the query counts as well. None: whatever the query finds.
    pub ids: Option<Vec<Uuid>>,
    /// Whether events of the categories admin and security are seen.
    pub restricted: bool,
    /// What `last:` counts back from.
    pub now: DateTime<Utc>,
    /// Events recorded after this position are left out.
    pub up_to_seq: Option<i64>,
}

impl Selection {
    /// Everything that a query finds.
    #[must_use]
    pub const fn new(query: Query, restricted: bool, now: DateTime<Utc>) -> Self {
        Self {
            query,
            ids: None,
            restricted,
            now,
            up_to_seq: None,
        }
    }

    /// Whether an event belongs to it; SQL says the same of stored ones.
    #[must_use]
    pub fn holds(&self, event: &Event) -> bool {
        (self.restricted || !event.category.is_restricted())
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&event.id))
            && self.up_to_seq.is_none_or(|last| event.seq <= last)
            && self.query.matches(event, self.now)
    }

    /// The same without what keeps its term.
    pub(crate) fn deletable(mut self) -> Self {
        let categories = Category::ALL
            .iter()
            .copied()
            .filter(|c| c.is_deletable())
            .collect();
        self.query
            .terms
            .push(Term::only(Predicate::Category(categories)));
        self
    }

    /// The earliest time that can match, and the first that cannot.
    pub(crate) fn span(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let mut span: (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = (None, None);
        for term in self.query.terms.iter().filter(|term| !term.negated) {
            let (from, to) = match &term.predicate {
                Predicate::Created(range) => (range.from(), range.to()),
                Predicate::Last(last) => (Some(last.from(self.now)), None),
                _ => continue,
            };
            span.0 = span.0.max(from);
            span.1 = match (span.1, to) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        span
    }

    /// Ids of which nothing else can match; few are looked up rather than searched for.
    pub(crate) fn chosen(&self) -> Option<Vec<Uuid>> {
        let asked = self
            .query
            .terms
            .iter()
            .find_map(|term| match &term.predicate {
                Predicate::Id(ids) if !term.negated => Some(ids),
                _ => None,
            });
        self.ids.as_ref().or(asked).cloned()
    }

    /// Whether nothing but time bounds limits the result.
    pub(crate) fn is_all_in_span(&self) -> bool {
        self.ids.is_none()
            && self.up_to_seq.is_none()
            && self.query.terms.iter().all(|term| {
                !term.negated
                    && matches!(term.predicate, Predicate::Created(_) | Predicate::Last(_))
            })
    }

    /// Whether the query leaves out all that succeeded.
    pub(crate) fn is_unsuccessful(&self) -> bool {
        self.query.terms.iter().any(|term| match &term.predicate {
            Predicate::Status(values) => term.negated == values.contains(&Status::Success),
            _ => false,
        })
    }
}
