//! The values that a field has in the trail: those offered while one is being typed, and the
//! most frequent ones of a result.

use serde::{Deserialize, Serialize};

use crate::query::Field;

/// Fields whose values are few enough to be counted, in the order in which they are offered.
pub const COUNTED: &[Field] = &[
    Field::Actor,
    Field::Action,
    Field::Resource,
    Field::Team,
    Field::Status,
    Field::Ip,
    Field::Source,
    Field::Category,
];

/// A value that occurs, as it stands behind the field's colon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownValue {
    pub value: String,
    /// What to show beside the value, such as an actor's name.
    pub label: Option<String>,
}

/// How often a field's values occur among the newest events of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopValues {
    pub field: Field,
    /// The most frequent first.
    pub values: Vec<ValueCount>,
    /// Different values, those that are not listed included.
    pub distinct: i64,
    /// Counted events that have no value.
    pub without: i64,
    /// Matching events that were counted, the newest of the result.
    pub counted: i64,
    /// Whether those are the whole result.
    pub is_all: bool,
}

/// A value and in how many of the counted events it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueCount {
    pub value: String,
    /// What to show beside the value, such as an actor's name.
    pub label: Option<String>,
    pub count: i64,
}

impl TopValues {
    /// Counted events with a value that is not listed.
    #[must_use]
    pub fn others(&self) -> i64 {
        let listed: i64 = self.values.iter().map(|value| value.count).sum();
        self.counted - self.without - listed
    }
}
