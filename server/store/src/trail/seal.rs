//! What a row is committed by, and what opens the commitments again.

use chrono::{DateTime, Utc};
use model::event::Event;
use trail::Hash;
use trail::field::{EventKey, Field, Salt, SubjectKey};
use trail::leaf::Leaf;
use trail::public::{Commitment, Split, split};
use uuid::Uuid;

use crate::{Error, Result};

/// The commitments to an event's parts, made before its position is known.
#[derive(Clone, Debug)]
pub struct Seal {
    pub(crate) salt: [u8; 16],
    pub(crate) field_key: [u8; 32],
    /// What the row stores as JSONB: writing the documents once is enough.
    pub(crate) documents: Documents,
    public: Hash,
    fields: Hash,
}

/// The canonical texts of an event's documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    pub(crate) details: Option<String>,
    pub(crate) previous_state: Option<String>,
    pub(crate) new_state: Option<String>,
}

impl Documents {
    fn of(fields: Vec<Field>) -> Self {
        let mut documents = Self::default();
        for field in fields {
            match field.path.as_str() {
                "/details" => documents.details = Some(field.value),
                "/previous_state" => documents.previous_state = Some(field.value),
                "/new_state" => documents.new_state = Some(field.value),
                _ => {}
            }
        }
        documents
    }
}

impl Seal {
    /// Commits to an event under fresh secrets.
    ///
    /// # Errors
    ///
    /// [`Error::Part`] where a value has no canonical form, which whoever read it has to refuse.
    pub(crate) fn of(event: &Event) -> Result<Self> {
        let (salt, field_key) = (rand::random(), rand::random());
        let parts = split(event)?;
        let made = commit(&parts, event.id, salt, field_key)?;
        Ok(Self {
            salt,
            field_key,
            documents: Documents::of(parts.fields),
            public: made.public,
            fields: made.fields,
        })
    }

    /// The leaf of an event that has its time of receipt.
    pub(crate) fn leaf(&self, event: &Event) -> Leaf {
        Leaf {
            class: event.category,
            received_at: micros(event.received_at),
            id: event.id,
            public: self.public,
            fields: self.fields,
        }
    }
}

/// The commitments to an event's parts under the secrets of its row.
pub(super) fn commitment(event: &Event, salt: [u8; 16], field_key: [u8; 32]) -> Result<Commitment> {
    commit(&split(event)?, event.id, salt, field_key)
}

fn commit(parts: &Split, id: Uuid, salt: [u8; 16], field_key: [u8; 32]) -> Result<Commitment> {
    parts
        .commit(&event_key(id, field_key)?, Salt(salt))
        .map_err(|error| Error::Trail(error.to_string()))
}

/// The key of an event whose row has a key of its own in the place of a subject's.
pub(super) fn event_key(id: Uuid, field_key: [u8; 32]) -> Result<EventKey> {
    EventKey::derive(&[SubjectKey::from_bytes(field_key)], id)
        .map_err(|error| Error::Trail(error.to_string()))
}

/// Microseconds since 1970. Nothing was received before.
pub(super) fn micros(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_micros()).unwrap_or(0)
}
