//! Flat records (CSV rows, table rows, exported lines) as events, by the names of columns.
//!
//! The names are those of the table `logs` and of exports. What the server alone sets is
//! dropped; a column that is no field of an event goes into `details`.

use serde_json::{Map, Value, json};

use crate::import::derived_id;

/// Set by the server; an import cannot claim them.
const SERVER_SET: &[&str] = &[
    "seq",
    "received_at",
    "category",
    "compliance_tags",
    "source",
    "schema_version",
];
const ACTOR: &[(&str, &str)] = &[
    ("actor_type", "type"),
    ("actor_id", "id"),
    ("actor_name", "name"),
    ("actor_email", "email"),
    ("actor_ip", "ip"),
    ("user_agent", "user_agent"),
    ("on_behalf_of", "on_behalf_of"),
];
const RESOURCE: &[(&str, &str)] = &[
    ("resource_type", "type"),
    ("resource_id", "id"),
    ("resource_name", "name"),
];
const PLAIN: &[&str] = &[
    "id",
    "occurred_at",
    "action",
    "status",
    "error_message",
    "team",
    "request_id",
    "session_id",
    "data_classification",
    "details",
    "previous_state",
    "new_state",
    "actor",
    "resource",
];

/// The event of a flat record. `source_id` names the record, together with what it holds, where
/// it has no id of its own.
pub fn event(record: Map<String, Value>, source_id: &str) -> Result<Value, String> {
    let mut event = fields(record);
    let digest = format!("{source_id}\n{}", Value::Object(event.clone()));
    complete_id(&mut event, &digest)?;
    Ok(Value::Object(event))
}

/// The event of a flat record that `key` alone tells from all others, whatever else it holds.
pub fn keyed(record: Map<String, Value>, key: &str) -> Result<Value, String> {
    let mut event = fields(record);
    complete_id(&mut event, key)?;
    Ok(Value::Object(event))
}

fn fields(record: Map<String, Value>) -> Map<String, Value> {
    let (mut event, mut actor, mut resource, mut rest) =
        (Map::new(), Map::new(), Map::new(), Map::new());
    for (name, value) in record {
        if value.is_null() || value == json!("") || SERVER_SET.contains(&name.as_str()) {
            continue;
        }
        if let Some((_, field)) = ACTOR.iter().find(|(column, _)| *column == name) {
            actor.insert((*field).to_owned(), value);
        } else if let Some((_, field)) = RESOURCE.iter().find(|(column, _)| *column == name) {
            resource.insert((*field).to_owned(), value);
        } else if PLAIN.contains(&name.as_str()) {
            event.insert(name, value);
        } else {
            rest.insert(name, value);
        }
    }
    if !actor.is_empty() {
        actor.entry("type").or_insert_with(|| json!("user"));
        event.insert("actor".into(), Value::Object(actor));
    }
    if !resource.is_empty() {
        event.insert("resource".into(), Value::Object(resource));
    }
    parse_json_columns(&mut event);
    if !rest.is_empty() {
        let details = event.entry("details").or_insert_with(|| json!({}));
        match details {
            Value::Object(details) => details.extend(rest),
            other => *other = json!({ "details": other.clone(), "columns": rest }),
        }
    }
    event
}

/// CSV holds JSON columns as text.
fn parse_json_columns(event: &mut Map<String, Value>) {
    for column in ["details", "previous_state", "new_state"] {
        if let Some(Value::String(text)) = event.get(column)
            && let Ok(parsed) = serde_json::from_str(text)
        {
            event.insert(column.to_owned(), parsed);
        }
    }
}

fn complete_id(event: &mut Map<String, Value>, source_id: &str) -> Result<(), String> {
    if event.contains_key("id") {
        return Ok(());
    }
    let at = event
        .get("occurred_at")
        .and_then(Value::as_str)
        .ok_or("occurred_at is missing")?;
    let at = at
        .parse()
        .map_err(|_| format!("occurred_at {at:?} is no RFC 3339 time"))?;
    event.insert("id".into(), json!(derived_id(at, source_id)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    #[test]
    fn columns_become_fields_and_the_rest_becomes_details() {
        let event = event(
            flat(json!({"occurred_at": "2026-01-02T03:04:05Z", "action": "a.b", "actor_id": "u1", "seq": 9,
                "resource_type": "dataset", "details": "{\"x\":1}", "colour": "red"})),
            "f:1",
        )
        .unwrap();
        assert_eq!(event["actor"], json!({"type": "user", "id": "u1"}));
        assert_eq!(event["details"], json!({"x": 1, "colour": "red"}));
        assert!(event.get("seq").is_none());
        assert!(event.get("id").is_some());
    }

    #[test]
    fn a_record_without_time_is_refused() {
        assert!(event(flat(json!({"action": "a.b"})), "f:1").is_err());
    }
}
