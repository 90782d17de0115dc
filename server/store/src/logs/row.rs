//! A row of `logs` as an event.

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use model::event::{Actor, Event, Resource};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use crate::{Error, Result};

/// The columns of [`EventRow`], in the order in which people read them. Other columns of a
/// statement come after these.
pub(crate) const COLUMNS: &str = "seq, occurred_at, actor_type, actor_id, actor_name, \
     actor_email, actor_ip, user_agent, on_behalf_of, action, resource_type, resource_id, \
     resource_name, status, error_message, team, request_id, session_id, category, \
     data_classification, compliance_tags, details, previous_state, new_state, source, \
     received_at, id, schema_version";

#[derive(Debug)]
pub(crate) struct EventRow {
    seq: i64,
    occurred_at: DateTime<Utc>,
    actor_type: String,
    actor_id: String,
    actor_name: Option<String>,
    actor_email: Option<String>,
    actor_ip: Option<IpNet>,
    user_agent: Option<String>,
    on_behalf_of: Option<String>,
    action: String,
    resource_type: Option<String>,
    resource_id: Option<String>,
    resource_name: Option<String>,
    status: String,
    error_message: Option<String>,
    team: Option<String>,
    request_id: Option<String>,
    session_id: Option<String>,
    category: String,
    data_classification: String,
    compliance_tags: Vec<String>,
    details: Option<Value>,
    previous_state: Option<Value>,
    new_state: Option<Value>,
    source: String,
    received_at: DateTime<Utc>,
    id: Uuid,
    schema_version: i16,
}

impl EventRow {
    pub(crate) const fn seq(&self) -> i64 {
        self.seq
    }
}

/// By place: looking 28 names up for each row costs as much as reading it.
impl FromRow<'_, PgRow> for EventRow {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            seq: row.try_get(0)?,
            occurred_at: row.try_get(1)?,
            actor_type: row.try_get(2)?,
            actor_id: row.try_get(3)?,
            actor_name: row.try_get(4)?,
            actor_email: row.try_get(5)?,
            actor_ip: row.try_get(6)?,
            user_agent: row.try_get(7)?,
            on_behalf_of: row.try_get(8)?,
            action: row.try_get(9)?,
            resource_type: row.try_get(10)?,
            resource_id: row.try_get(11)?,
            resource_name: row.try_get(12)?,
            status: row.try_get(13)?,
            error_message: row.try_get(14)?,
            team: row.try_get(15)?,
            request_id: row.try_get(16)?,
            session_id: row.try_get(17)?,
            category: row.try_get(18)?,
            data_classification: row.try_get(19)?,
            compliance_tags: row.try_get(20)?,
            details: row.try_get(21)?,
            previous_state: row.try_get(22)?,
            new_state: row.try_get(23)?,
            source: row.try_get(24)?,
            received_at: row.try_get(25)?,
            id: row.try_get(26)?,
            schema_version: row.try_get(27)?,
        })
    }
}

impl TryFrom<EventRow> for Event {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self> {
        let resource = row.resource_type.map(|kind| Resource {
            kind,
            id: row.resource_id,
            name: row.resource_name,
        });
        Ok(Self {
            id: row.id,
            seq: row.seq,
            occurred_at: row.occurred_at,
            received_at: row.received_at,
            actor: Actor {
                kind: known("actor_type", row.actor_type)?,
                id: row.actor_id,
                name: row.actor_name,
                email: row.actor_email,
                ip: row.actor_ip.map(|net| net.addr()),
                user_agent: row.user_agent,
                on_behalf_of: row.on_behalf_of,
            },
            action: row.action,
            resource,
            status: known("status", row.status)?,
            error_message: row.error_message,
            request_id: row.request_id,
            session_id: row.session_id,
            team: row.team,
            category: known("category", row.category)?,
            data_classification: known("data_classification", row.data_classification)?,
            compliance_tags: row.compliance_tags,
            source: row.source,
            schema_version: row.schema_version,
            details: row.details,
            previous_state: row.previous_state,
            new_state: row.new_state,
        })
    }
}

fn known<T: std::str::FromStr>(column: &'static str, value: String) -> Result<T> {
    value.parse().map_err(|_| Error::Inconsistent {
        table: "logs",
        column,
        value,
    })
}
