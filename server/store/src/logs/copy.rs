//! Events as rows of Postgres' binary format for COPY: nothing is escaped here and nothing is
//! parsed there, but the documents.
//!
//! Sources: <https://www.postgresql.org/docs/15/sql-copy.html>, "Binary Format", and the `recv`
//! functions of each type: `timestamptz` counts microseconds from 2000 on, `inet` is family,
//! bits, 0, length and address, `jsonb` is a version and the text.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use model::event::Event;

use crate::trail::Seal;
use crate::{Error, Result};

pub(crate) const EVENT_COPY: &str = "copy logs (seq, occurred_at, actor_type, actor_id, actor_name, actor_email, actor_ip, user_agent, on_behalf_of, action, resource_type, resource_id, resource_name, status, error_message, team, request_id, session_id, category, data_classification, compliance_tags, details, previous_state, new_state, source, received_at, id, schema_version, salt, field_key) from stdin with (format binary)";

/// Columns of [`EVENT_COPY`].
const COLUMNS: i16 = 30;
/// Signature, flags, length of what extends the head.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// 2000-01-01T00:00:00Z in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;
/// `oid` of `text`.
const TEXT: i32 = 25;

/// Rows on their way to `logs`.
#[derive(Debug)]
pub(crate) struct Rows(Vec<u8>);

impl Rows {
    /// None yet, with room for so many.
    pub(crate) fn for_events(count: usize) -> Self {
        let mut bytes = Vec::with_capacity(HEAD.len() + count * 900);
        bytes.extend_from_slice(HEAD);
        Self(bytes)
    }

    /// What is sent after [`EVENT_COPY`].
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&(-1_i16).to_be_bytes());
        self.0
    }

    /// Appends an event, columns as in [`EVENT_COPY`].
    pub(crate) fn push(&mut self, event: &Event, seal: &Seal) -> Result<()> {
        let (actor, resource) = (&event.actor, event.resource.as_ref());
        self.0.extend_from_slice(&COLUMNS.to_be_bytes());
        self.bytes(&event.seq.to_be_bytes())?;
        self.time(event.occurred_at)?;
        self.text(actor.kind.as_str())?;
        self.text(&actor.id)?;
        self.optional(actor.name.as_deref())?;
        self.optional(actor.email.as_deref())?;
        self.address(actor.ip)?;
        self.optional(actor.user_agent.as_deref())?;
        self.optional(actor.on_behalf_of.as_deref())?;
        self.text(&event.action)?;
        self.optional(resource.map(|resource| resource.kind.as_str()))?;
        self.optional(resource.and_then(|resource| resource.id.as_deref()))?;
        self.optional(resource.and_then(|resource| resource.name.as_deref()))?;
        self.text(event.status.as_str())?;
        self.optional(event.error_message.as_deref())?;
        self.optional(event.team.as_deref())?;
        self.optional(event.request_id.as_deref())?;
        self.optional(event.session_id.as_deref())?;
        self.text(event.category.as_str())?;
        self.text(event.data_classification.as_str())?;
        self.texts(&event.compliance_tags)?;
        let documents = &seal.documents;
        self.json(documents.details.as_deref())?;
        self.json(documents.previous_state.as_deref())?;
        self.json(documents.new_state.as_deref())?;
        self.text(&event.source)?;
        self.time(event.received_at)?;
        self.bytes(event.id.as_bytes())?;
        self.bytes(&event.schema_version.to_be_bytes())?;
        self.bytes(&seal.salt)?;
        self.bytes(&seal.field_key)
    }

    /// A field: its length, then what `write` appends.
    fn field(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        write(&mut self.0)?;
        let length = size(self.0.len() - start - 4)?.to_be_bytes();
        if let Some(place) = self.0.get_mut(start..start + 4) {
            place.copy_from_slice(&length);
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend_from_slice(&size(bytes.len())?.to_be_bytes());
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn null(&mut self) {
        self.0.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    fn optional(&mut self, text: Option<&str>) -> Result<()> {
        if let Some(text) = text {
            return self.text(text);
        }
        self.null();
        Ok(())
    }

    fn time(&mut self, at: DateTime<Utc>) -> Result<()> {
        self.bytes(&(at.timestamp_micros() - EPOCH).to_be_bytes())
    }

    fn address(&mut self, ip: Option<IpAddr>) -> Result<()> {
        match ip {
            Some(IpAddr::V4(ip)) => self.field(|row| {
                row.extend_from_slice(&[2, 32, 0, 4]);
                row.extend_from_slice(&ip.octets());
                Ok(())
            }),
            Some(IpAddr::V6(ip)) => self.field(|row| {
                row.extend_from_slice(&[3, 128, 0, 16]);
                row.extend_from_slice(&ip.octets());
                Ok(())
            }),
            None => {
                self.null();
                Ok(())
            }
        }
    }

    fn json(&mut self, text: Option<&str>) -> Result<()> {
        let Some(text) = text else {
            self.null();
            return Ok(());
        };
        self.field(|row| {
            row.push(1);
            row.extend_from_slice(text.as_bytes());
            Ok(())
        })
    }

    /// Dimensions, whether a null is among the elements, their type; then length and lower bound
    /// of the one dimension. An empty array has none.
    fn texts(&mut self, texts: &[String]) -> Result<()> {
        let count = size(texts.len())?;
        self.field(|row| {
            for number in [i32::from(count > 0), 0, TEXT] {
                row.extend_from_slice(&number.to_be_bytes());
            }
            if count > 0 {
                row.extend_from_slice(&count.to_be_bytes());
                row.extend_from_slice(&1_i32.to_be_bytes());
            }
            for text in texts {
                row.extend_from_slice(&size(text.len())?.to_be_bytes());
                row.extend_from_slice(text.as_bytes());
            }
            Ok(())
        })
    }
}

/// A length as the format has it. A field of 2 GiB was refused long before.
fn size(length: usize) -> Result<i32> {
    i32::try_from(length).map_err(|_| Error::Inconsistent {
        table: "logs",
        column: "details",
        value: format!("{length} bytes"),
    })
}
