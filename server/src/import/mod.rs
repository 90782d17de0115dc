//! Importers: what other systems recorded becomes events, with the times that it had.
//!
//! Every importer makes lines of the API's own format and derives each id from the source's
//! time and id, so that the same record imported twice is stored once. Importers never write
//! to the database; they send to the same endpoint as everybody.

pub mod cloudtrail;
pub mod flat;
pub mod mapping;
pub mod postgres;
pub mod source;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

/// A record that an importer read: its event, or why it is none.
#[derive(Debug)]
pub struct Record {
    /// Where it stood: file and line or index.
    pub place: String,
    /// The event as JSON of `POST /api/v1/events`, or the reason.
    pub event: Result<serde_json::Value, String>,
    /// What was read, for the file of rejects.
    pub original: String,
}

/// An id that the same record always gets: the layout of UUIDv7 (RFC 9562) with the source's
/// time, so that ids still rise with time, and a digest of the source's own id.
#[must_use]
pub fn derived_id(at: DateTime<Utc>, source_id: &str) -> Uuid {
    let digest = Sha256::digest(source_id.as_bytes());
    let mut random = [0_u8; 10];
    for (to, from) in random.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_record_gets_the_same_id_and_another_does_not() {
        let at = DateTime::from_timestamp_millis(1_688_989_356_000).unwrap();
        assert_eq!(derived_id(at, "a"), derived_id(at, "a"));
        assert_ne!(derived_id(at, "a"), derived_id(at, "b"));
        assert_eq!(derived_id(at, "a").get_version_num(), 7);
    }
}
