//! Events as lines of Postgres' text format for COPY.
//!
//! Source: <https://www.postgresql.org/docs/15/sql-copy.html>, "Text Format": tab between
//! columns, `\N` for null, backslash escapes.

use std::io::Write as _;

use chrono::{DateTime, Utc};
use model::event::Event;
use serde_json::Value;

use crate::Result;
use crate::trail::Seal;

pub(crate) const EVENT_COPY: &str = "copy logs (seq, occurred_at, actor_type, actor_id, actor_name, actor_email, actor_ip, user_agent, on_behalf_of, action, resource_type, resource_id, resource_name, status, error_message, team, request_id, session_id, category, data_classification, compliance_tags, details, previous_state, new_state, source, received_at, id, schema_version, salt, field_key) from stdin";

pub(crate) const POSITION_COPY: &str = "copy log_positions (id, seq, received_at) from stdin";

/// Appends one line for `logs`, columns as in [`EVENT_COPY`].
pub(crate) fn write_event(line: &mut Vec<u8>, event: &Event, seal: &Seal) -> Result<()> {
    let resource = event.resource.as_ref();
    write!(line, "{}", event.seq)?;
    time(line, event.occurred_at);
    text(line, event.actor.kind.as_str());
    text(line, &event.actor.id);
    optional(line, event.actor.name.as_deref());
    optional(line, event.actor.email.as_deref());
    match event.actor.ip {
        Some(ip) => write!(line, "\t{ip}")?,
        None => optional(line, None),
    }
    optional(line, event.actor.user_agent.as_deref());
    optional(line, event.actor.on_behalf_of.as_deref());
    text(line, &event.action);
    optional(line, resource.map(|resource| resource.kind.as_str()));
    optional(line, resource.and_then(|resource| resource.id.as_deref()));
    optional(line, resource.and_then(|resource| resource.name.as_deref()));
    text(line, event.status.as_str());
    optional(line, event.error_message.as_deref());
    optional(line, event.team.as_deref());
    optional(line, event.request_id.as_deref());
    optional(line, event.session_id.as_deref());
    text(line, event.category.as_str());
    text(line, event.data_classification.as_str());
    text(line, &array(&event.compliance_tags));
    json(line, event.details.as_ref())?;
    json(line, event.previous_state.as_ref())?;
    json(line, event.new_state.as_ref())?;
    text(line, &event.source);
    time(line, event.received_at);
    write!(line, "\t{}\t{}", event.id, event.schema_version)?;
    bytes(line, &seal.salt)?;
    bytes(line, &seal.field_key)?;
    line.push(b'\n');
    Ok(())
}

/// Appends one line for `log_positions`.
pub(crate) fn write_position(line: &mut Vec<u8>, event: &Event) {
    line.extend_from_slice(event.id.to_string().as_bytes());
    line.push(b'\t');
    line.extend_from_slice(event.seq.to_string().as_bytes());
    time(line, event.received_at);
    line.push(b'\n');
}

fn time(line: &mut Vec<u8>, at: DateTime<Utc>) {
    line.push(b'\t');
    line.extend_from_slice(at.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string().as_bytes());
}

fn optional(line: &mut Vec<u8>, value: Option<&str>) {
    match value {
        Some(value) => text(line, value),
        None => line.extend_from_slice(b"\t\\N"),
    }
}

fn text(line: &mut Vec<u8>, value: &str) {
    line.push(b'\t');
    for byte in value.bytes() {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            _ => line.push(byte),
        }
    }
}

fn json(line: &mut Vec<u8>, value: Option<&Value>) -> Result<()> {
    match value {
        Some(value) => text(line, &serde_json::to_string(value)?),
        None => optional(line, None),
    }
    Ok(())
}

/// `bytea` in its hexadecimal form, whose backslash COPY wants doubled.
fn bytes(line: &mut Vec<u8>, value: &[u8]) -> Result<()> {
    line.extend_from_slice(b"\t\\\\x");
    for byte in value {
        write!(line, "{byte:02x}")?;
    }
    Ok(())
}

fn array(items: &[String]) -> String {
    let quoted: Vec<String> = items
        .iter()
        .map(|item| format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
}
