//! Queries: what the search box of Logs, addresses, exports and deletions ask for.
//!
//! ```text
//! actor:etl-1 action:user.* resource:dataset/42 status:denied,failure
//! created:2026-10-01..2026-10-31 ip:10.0.0.0/8 "free text" -actor:backup
//! ```
//!
//! Terms are separated by blanks and hold together (AND), the same field twice included; values
//! separated by commas are alternatives (OR); a leading `-` excludes. A field that an event does
//! not have matches nothing, so `-team:x` keeps events without a team.
//!
//! In quotes (`"…"`) everything stands for itself except `\"` and `\\`; a `*` after the last
//! character, or after the closing quote, means "begins with" where a field allows it. `word:` in
//! front of a value names a field; `https://…` and `::1` are free text.
//!
//! What matches (the evaluation in [`Query::matches`] is the authority, SQL must agree with it):
//!
//! - `actor` equals, or begins, the actor's id, name or e-mail address, whatever the case.
//! - `action` equals or begins; `team`, `tag`, `source`, `request`, `session`, `id` equal. The
//!   case counts.
//! - `resource:TYPE`, `resource:TYPE/ID`, `resource:/ID` equal; the first `/` divides, so an id
//!   may hold slashes and colons.
//! - `ip` lies in the network, as Postgres' `<<=` has it (families never mix).
//! - `created` is the time of the event within `[from, to)`, UTC unless an offset is written. A
//!   date means the whole day (or month), a time of day its whole minute or second; as the end
//!   of `A..B` a date is included, while a time of day is where the range stops.
//! - `last:7d` is from that long before now on, without an end (clocks of senders run ahead).
//! - Free text is a part, whatever the case, of the actor's id, name or e-mail, the action, the
//!   resource's type, id or name, the error, the user agent, `on_behalf_of`, or of details,
//!   previous or new state as Postgres prints `jsonb`.
//!
//! The module refuses to know columns, indexes or the clock.

mod complete;
mod display;
mod edit;
mod error;
mod field;
mod lex;
mod matches;
mod mend;
mod parse;
mod term;
mod time;
mod written_time;

pub use complete::{Completion, CompletionKind, Suggestion, byte_offset, complete, utf16_offset};
pub use error::ParseError;
pub use field::Field;
pub use parse::MAX_QUERY_BYTES;
pub use term::{IpRange, Pattern, Predicate, ResourcePattern, Term};
pub use time::{Last, LastUnit, TimeRange};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Terms that hold together. Empty: every event. In JSON it is its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// In the order of writing.
    pub terms: Vec<Term>,
}

impl Query {
    /// Reads a query's text.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the place, what is wrong and, where one can be guessed, a mend.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse::query(text)
    }

    /// Whether every event matches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl std::str::FromStr for Query {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Query {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
