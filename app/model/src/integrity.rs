//! What is known of the trail's wholeness: damage, holes with their provenance, checkpoints.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;

text_enum! {
    /// How a position differs from what was committed to.
    DamageKind {
        /// The row says something else than was recorded.
        Altered = "altered",
        /// The row is another position's: two payloads changed places.
        Moved = "moved",
        /// There is no row, and nothing recorded that it was to go.
        Missing = "missing",
        /// A row that was never recorded: beyond the trail, or in a place that had been emptied.
        Foreign = "foreign",
    }
}

/// Neighbouring positions that are damaged in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    pub kind: DamageKind,
    pub first: i64,
    /// Inclusive.
    pub last: i64,
    /// When these positions were last found intact; none if never looked at before.
    pub intact_at: Option<DateTime<Utc>>,
    pub found_at: DateTime<Utc>,
}

/// Why neighbouring positions have no content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    pub cause: HoleCause,
    pub first: i64,
    /// Inclusive. Positions between may still have content.
    pub last: i64,
    /// How many positions were emptied.
    pub count: i64,
}

/// Who emptied positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum HoleCause {
    /// A deletion in the product, recorded as `logs.deleted` under this id.
    Deletion {
        event: Uuid,
        at: DateTime<Utc>,
        actor: String,
        reason: String,
    },
    /// A TRUNCATE by SQL, recorded by the database under this id; nobody approved it.
    Truncation {
        event: Uuid,
        at: DateTime<Utc>,
        role: String,
    },
}
