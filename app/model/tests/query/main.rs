//! Queries: what their text means, what is refused in which words, and that texts and queries
//! are the same thing.
#![expect(clippy::unwrap_used, reason = "tests")]

mod complete;
mod edit;
mod matches;
mod mend;
mod parse;
mod round_trip;
