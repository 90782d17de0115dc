//! Which column of a foreign table is which field of an event.
//!
//! Columns named as the fields are themselves; other names that people use for the same are
//! guessed; what somebody says counts more than both. A column that is no field goes into the
//! details, so nothing of a row is left behind.

mod values;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

/// Fields of a flat record, each with other names that it goes by, likeliest first.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "occurred_at",
        &[
            "created_at",
            "timestamp",
            "event_time",
            "occurred",
            "logged_at",
            "recorded_at",
            "time",
            "ts",
            "inserted_at",
            "action_tstamp",
            "created",
            "datetime",
            "date",
            "at",
        ],
    ),
    (
        "action",
        &[
            "event_name",
            "event_type",
            "event",
            "operation",
            "verb",
            "activity",
            "op",
            "type",
        ],
    ),
    ("actor_type", &["user_type", "causer_type"]),
    (
        "actor_id",
        &[
            "user_id",
            "userid",
            "performed_by",
            "changed_by",
            "created_by",
            "causer_id",
            "username",
            "user",
            "actor",
            "login",
            "session_user_name",
        ],
    ),
    ("actor_name", &["user_name", "username", "full_name"]),
    ("actor_email", &["user_email", "email"]),
    (
        "actor_ip",
        &[
            "ip",
            "ip_address",
            "remote_ip",
            "client_ip",
            "source_ip",
            "remote_addr",
            "remote_address",
            "client_addr",
        ],
    ),
    ("user_agent", &["useragent", "browser"]),
    ("on_behalf_of", &["impersonated_by"]),
    (
        "resource_type",
        &[
            "object_type",
            "entity_type",
            "target_type",
            "subject_type",
            "auditable_type",
            "item_type",
            "record_type",
            "table_name",
            "entity",
        ],
    ),
    (
        "resource_id",
        &[
            "object_id",
            "entity_id",
            "target_id",
            "subject_id",
            "auditable_id",
            "item_id",
            "record_id",
            "row_id",
            "target",
        ],
    ),
    (
        "resource_name",
        &["object_name", "entity_name", "target_name"],
    ),
    ("status", &["outcome", "result", "success"]),
    ("error_message", &["error", "failure_reason"]),
    (
        "team",
        &["tenant", "tenant_id", "organization", "org_id", "workspace"],
    ),
    ("request_id", &["correlation_id", "trace_id"]),
    ("session_id", &["session"]),
    ("data_classification", &["classification"]),
    (
        "previous_state",
        &[
            "old_values",
            "old_value",
            "old_data",
            "before",
            "before_state",
        ],
    ),
    (
        "new_state",
        &[
            "new_values",
            "new_value",
            "new_data",
            "after",
            "after_state",
        ],
    ),
    (
        "details",
        &[
            "metadata",
            "payload",
            "properties",
            "data",
            "extra",
            "context",
        ],
    ),
    ("id", &[]),
];

/// `NAME=VALUE`, as somebody says on the command line.
pub type Assignment = (String, String);

/// Splits `NAME=VALUE`.
pub fn assignment(text: &str) -> Result<Assignment, String> {
    let (name, value) = text.split_once('=').ok_or("it must read NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// The field of each column, and fields that are the same in every event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Field and column.
    columns: Vec<(&'static str, String)>,
    fixed: Vec<(&'static str, String)>,
}

impl Mapping {
    /// Decides for a table's columns. `asked` names columns by field, an empty one takes a guess
    /// back; `fixed` gives fields a value of their own. Refuses when time or action is missing.
    pub fn new(columns: &[String], asked: &[Assignment], fixed: &[Assignment]) -> Result<Self> {
        let mut mapping = Self {
            columns: Vec::new(),
            fixed: Vec::new(),
        };
        for (name, value) in fixed {
            mapping.fixed.push((field(name)?, value.clone()));
        }
        let mut refused = Vec::new();
        for (name, column) in asked {
            let field = field(name)?;
            if column.is_empty() {
                refused.push(field);
            } else if columns.contains(column) {
                mapping.columns.push((field, column.clone()));
            } else {
                bail!(
                    "--map {name}={column}: there is no column `{column}`; there are {}",
                    columns.join(", ")
                );
            }
        }
        mapping.guess(columns, &refused);
        mapping.check(columns)?;
        Ok(mapping)
    }

    fn guess(&mut self, columns: &[String], refused: &[&'static str]) {
        // Exact names first, so that no guess takes the column of another field.
        let exact = FIELDS.iter().map(|(field, _)| (*field, *field));
        let others = FIELDS
            .iter()
            .flat_map(|(field, names)| names.iter().map(|name| (*field, *name)));
        for (field, name) in exact.chain(others) {
            if refused.contains(&field) || self.has(field) {
                continue;
            }
            let found = columns.iter().find(|column| {
                plain(column) == name && self.columns.iter().all(|(_, taken)| taken != *column)
            });
            if let Some(column) = found {
                self.columns.push((field, column.clone()));
            }
        }
    }

    fn has(&self, field: &str) -> bool {
        self.columns.iter().any(|(taken, _)| *taken == field)
            || self.fixed.iter().any(|(taken, _)| *taken == field)
    }

    fn check(&self, columns: &[String]) -> Result<()> {
        let words = [
            ("occurred_at", "the time", "--map occurred_at=COLUMN"),
            (
                "action",
                "the action",
                "--map action=COLUMN or --set action=NAME",
            ),
        ];
        for (field, meaning, remedy) in words {
            if !self.has(field) {
                bail!(
                    "no column is named `{field}` or like {meaning}: say {remedy}. The columns are {}",
                    columns.join(", ")
                );
            }
        }
        Ok(())
    }

    /// Field and column, in the order of the fields, for a preview.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let column = |field: &str| {
            let named = self.columns.iter().find(|(name, _)| *name == field);
            let fixed = self.fixed.iter().find(|(name, _)| *name == field);
            named
                .map(|(_, column)| format!("column {column}"))
                .or_else(|| fixed.map(|(_, value)| format!("always {value:?}")))
        };
        FIELDS
            .iter()
            .filter_map(|(field, _)| Some(format!("{field:<20} {}", column(field)?)))
            .collect()
    }

    /// A row as a flat record: fields by their names, everything else under its column's.
    pub fn record(&self, mut row: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let mut record = Map::new();
        for (field, value) in &self.fixed {
            record.insert((*field).to_owned(), Value::String(value.clone()));
        }
        for (field, column) in &self.columns {
            let Some(value) = row.remove(column) else {
                continue;
            };
            if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
                continue;
            }
            match values::read(field, &value)
                .map_err(|reason| format!("column {column}: {reason}"))?
            {
                Some(value) => {
                    record.insert((*field).to_owned(), value);
                }
                // Not a value of that field, but the event can do without it.
                None => {
                    row.insert(column.clone(), value);
                }
            }
        }
        complete(&mut record);
        for (column, value) in row {
            // A column may be named like a field that another column is.
            let name = if record.contains_key(&column)
                || FIELDS.iter().any(|(field, _)| *field == column)
            {
                format!("{column}_column")
            } else {
                column
            };
            record.insert(name, value);
        }
        Ok(record)
    }
}

/// What an event needs of actor and resource when it has something of them.
fn complete(record: &mut Map<String, Value>) {
    if !record.contains_key("actor_id") {
        let known = ["actor_email", "actor_name"];
        let named = known.iter().find_map(|field| record.get(*field).cloned());
        if let Some(named) = named {
            record.insert("actor_id".to_owned(), named);
        }
    }
    let names_resource = ["resource_id", "resource_name"]
        .iter()
        .any(|field| record.contains_key(*field));
    if names_resource && !record.contains_key("resource_type") {
        record.insert("resource_type".to_owned(), "record".into());
    }
}

fn field(name: &str) -> Result<&'static str> {
    let found = FIELDS.iter().find(|(field, _)| *field == name);
    found.map(|(field, _)| *field).with_context(|| {
        let fields: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
        format!(
            "`{name}` is no field of an event; the fields are {}",
            fields.join(", ")
        )
    })
}

/// `Created At` and `created-at` as `created_at`.
fn plain(column: &str) -> String {
    column.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn row(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn names_that_people_use_are_guessed_and_the_rest_is_kept() {
        let names = columns(&[
            "id",
            "created_at",
            "event",
            "user_id",
            "ip",
            "auditable_type",
            "colour",
        ]);
        let mapping = Mapping::new(&names, &[], &[]).unwrap();
        let record = mapping
            .record(row(json!({
                "id": 7, "created_at": "2024-02-03T04:05:06.5", "event": "UPDATE", "user_id": 12,
                "ip": "unknown", "auditable_type": "App/Order", "colour": "red",
            })))
            .unwrap();
        assert_eq!(
            Value::Object(record),
            json!({
                "occurred_at": "2024-02-03T04:05:06.500Z", "action": "update", "actor_id": "12",
                "resource_type": "App_Order", "ip": "unknown", "colour": "red", "id_column": 7,
            })
        );
    }

    #[test]
    fn what_is_said_counts_more_than_a_guess() {
        let names = columns(&["at", "created_at", "kind"]);
        let said = [assignment("occurred_at=at").unwrap()];
        let fixed = [assignment("action=row.changed").unwrap()];
        let mapping = Mapping::new(&names, &said, &fixed).unwrap();
        let record = mapping
            .record(row(
                json!({ "at": 1_700_000_000, "created_at": "x", "kind": "y" }),
            ))
            .unwrap();
        assert_eq!(record["occurred_at"], "2023-11-14T22:13:20Z");
        assert_eq!(record["action"], "row.changed");
        assert_eq!(record["created_at"], "x");
    }

    #[test]
    fn a_missing_column_is_named_with_those_that_there_are() {
        let names = columns(&["zeit", "action"]);
        let missing = Mapping::new(&names, &[], &[]).unwrap_err().to_string();
        assert!(
            missing.contains("occurred_at") && missing.contains("zeit, action"),
            "{missing}"
        );
        let wrong = [assignment("occurred_at=when").unwrap()];
        let wrong = Mapping::new(&names, &wrong, &[]).unwrap_err().to_string();
        assert!(wrong.contains("no column `when`"), "{wrong}");
        let unknown = [assignment("colour=zeit").unwrap()];
        assert!(
            Mapping::new(&names, &unknown, &[])
                .unwrap_err()
                .to_string()
                .contains("no field")
        );
    }
}
