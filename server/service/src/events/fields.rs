//! Takes a JSON object apart field by field and notes what is wrong with each, so that a sender
//! learns all of it at once.

use std::net::IpAddr;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use model::event::UnknownValue;
use model::problem::FieldError;
use serde_json::{Map, Value};
use uuid::Uuid;

/// An object that is being read. What is never taken is an unknown field.
#[derive(Debug)]
pub(super) struct Fields {
    path: String,
    members: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    pub(super) fn new(value: Value) -> Result<Self, Vec<FieldError>> {
        match value {
            Value::Object(members) => Ok(Self {
                path: "$".to_owned(),
                members,
                errors: Vec::new(),
            }),
            other => Err(vec![FieldError::new("$", expected("an object", &other))]),
        }
    }

    pub(super) fn refuse(&mut self, name: &str, reason: impl Into<String>) {
        self.errors
            .push(FieldError::new(format!("{}.{name}", self.path), reason));
    }

    /// A field's value; null is the same as absent.
    pub(super) fn json(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// A text of at most `max` characters; an empty one is the same as absent.
    pub(super) fn text(&mut self, name: &str, max: usize) -> Option<String> {
        match self.json(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) if text.len() > max && text.chars().count() > max => {
                self.refuse(name, format!("may have at most {max} characters"));
                None
            }
            Value::String(text) => Some(text),
            other => {
                self.refuse(name, expected("a text", &other));
                None
            }
        }
    }

    /// A text that must be there. The empty text stands for a refused one.
    pub(super) fn required(&mut self, name: &str, max: usize) -> String {
        let before = self.errors.len();
        let text = self.text(name, max);
        if text.is_none() && self.errors.len() == before {
            self.refuse(name, "is required");
        }
        text.unwrap_or_default()
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(name, 128)?;
        parse(&text)
            .map_err(|reason| self.refuse(name, reason))
            .ok()
    }

    pub(super) fn choice<T: FromStr<Err = UnknownValue>>(&mut self, name: &str) -> Option<T> {
        self.parsed(name, |text| {
            text.parse().map_err(|e: UnknownValue| e.to_string())
        })
    }

    pub(super) fn id(&mut self, name: &str) -> Option<Uuid> {
        self.parsed(name, |text| {
            text.parse().map_err(|_| "is no UUID".to_owned())
        })
    }

    pub(super) fn ip(&mut self, name: &str) -> Option<IpAddr> {
        self.parsed(name, |text| {
            text.parse().map_err(|_| "is no IP address".to_owned())
        })
    }

    /// An instant with its offset (RFC 3339), cut to microseconds.
    pub(super) fn time(&mut self, name: &str) -> Option<DateTime<Utc>> {
        const REASON: &str = "is no time with an offset such as 2026-10-01T12:00:00Z (RFC 3339)";
        self.parsed(name, |text| {
            let at = DateTime::parse_from_rfc3339(text).map_err(|_| REASON.to_owned())?;
            let micros = at.timestamp_micros();
            // What has no canonical text lies outside the years that Postgres and RFC 3339 share.
            trail::canon::timestamp(micros).ok_or("lies outside the years 1 to 9999")?;
            DateTime::from_timestamp_micros(micros).ok_or_else(|| REASON.to_owned())
        })
    }

    /// An object within this one, read by `read`.
    pub(super) fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        match self.json(name)? {
            Value::Object(members) => {
                let path = format!("{}.{name}", self.path);
                let mut inner = Self {
                    path,
                    members,
                    errors: Vec::new(),
                };
                let value = read(&mut inner);
                inner.refuse_unknown();
                self.errors.append(&mut inner.errors);
                Some(value)
            }
            other => {
                self.refuse(name, expected("an object", &other));
                None
            }
        }
    }

    fn refuse_unknown(&mut self) {
        for name in std::mem::take(&mut self.members)
            .into_iter()
            .map(|(name, _)| name)
        {
            let reason = match name.as_str() {
                "seq" | "received_at" | "category" | "compliance_tags" | "source"
                | "schema_version" => "is set by the server; leave it out",
                _ => "is no field of an event; put it into details",
            };
            let shown: String = name.chars().take(64).collect();
            self.refuse(&shown, reason);
        }
    }

    /// The value when nothing was refused.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Vec<FieldError>> {
        self.refuse_unknown();
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(self.errors)
        }
    }
}

fn expected(what: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    format!("must be {what}, not {found}")
}
