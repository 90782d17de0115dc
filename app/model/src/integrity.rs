//! What is known of the trail's wholeness: damage, holes with their provenance, checkpoints.

mod verdict;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;
pub use verdict::{Meaning, Verdict, verdict};

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
        /// The second person who signed for it; none where one acted alone.
        #[serde(default)]
        approver: Option<String>,
        reason: String,
    },
    /// A TRUNCATE by SQL, recorded by the database under this id; nobody approved it.
    Truncation {
        event: Uuid,
        at: DateTime<Utc>,
        role: String,
    },
    /// A restore from an older copy that an owner declared, recorded as `trail.recovered` under
    /// this id: the leaves were brought back, the content is lost.
    Lost {
        event: Uuid,
        at: DateTime<Utc>,
        actor: String,
        /// Who else approved it; absent where nobody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approver: Option<String>,
        reason: String,
    },
}

/// What proves that one event stands in the trail, and what opens its leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventProof {
    pub id: Uuid,
    /// Its position in the trail.
    pub seq: i64,
    /// The leaf, 90 bytes in lower-case hexadecimal digits.
    pub leaf: String,
    /// `c2sp.org/tlog-proof@v1`, with the newest checkpoint's note.
    pub receipt: String,
    /// What the commitments in the leaf open to; absent when the content is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
}

/// The public text and the fields of an event with their salts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The canonical public text, verbatim.
    pub public: String,
    /// 16 bytes in lower-case hexadecimal digits.
    pub salt: String,
    pub fields: Vec<FieldOpening>,
}

/// One field of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldOpening {
    pub path: String,
    /// Canonical JSON, verbatim.
    pub value: String,
    pub salt: String,
}

/// What the integrity page says of the whole trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailStatus {
    /// The name under which the trail is signed, and its public keys; absent before it began.
    pub origin: Option<TrailOrigin>,
    /// Positions given out.
    pub size: i64,
    /// The root over all of them, in lower-case hexadecimal digits.
    pub root: String,
    pub checkpoint: Option<CheckpointSummary>,
    pub refusal: Option<TrailRefusal>,
    pub holes: Vec<Hole>,
    pub damage: Vec<Damage>,
    pub checked: RowChecks,
    /// Logs of finished tasks whose object is not what `task.finished` recorded.
    #[serde(default)]
    pub log_damage: Vec<LogDamage>,
    /// When all of this was read.
    pub as_of: DateTime<Utc>,
    /// Whoever is asked to cosign checkpoints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<WitnessStatus>,
}

text_enum! {
    /// How a task log's object differs from what `task.finished` says of it.
    LogDamageKind {
        /// Other bytes.
        Altered = "altered",
        /// There is no object.
        Missing = "missing",
    }
}

/// The log of a finished task that is no longer what was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogDamage {
    pub task: Uuid,
    pub agent: Uuid,
    /// The task's name.
    pub name: String,
    pub kind: LogDamageKind,
    /// When it was last found intact; none if never looked at before.
    pub intact_at: Option<DateTime<Utc>>,
    pub found_at: DateTime<Utc>,
}

/// What is known of one witness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WitnessStatus {
    pub name: String,
    /// Its public key, as C2SP writes it.
    pub key: String,
    /// Positions that it has seen, as far as it told.
    pub size: i64,
    /// When it cosigned last.
    pub cosigned_at: Option<DateTime<Utc>>,
    pub tried_at: DateTime<Utc>,
    /// Why it did not cosign the last time it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether it knows another history than this installation holds.
    #[serde(default)]
    pub contradicts: bool,
}

/// Name and keys, as C2SP writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailOrigin {
    pub origin: String,
    pub log_key: String,
    pub cosigner_key: String,
    pub recovery_key: String,
    pub since: DateTime<Utc>,
}

/// The newest signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointSummary {
    pub number: i64,
    pub size: i64,
    pub root: String,
    pub note: String,
    pub signed_at: DateTime<Utc>,
    /// Names of the keys that signed or cosigned.
    pub signers: Vec<String>,
}

/// Events are recorded, and no checkpoint covers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailRefusal {
    pub reason: String,
    pub since: DateTime<Utc>,
}

/// How far rows were compared with their leaves by the server itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChecks {
    /// Positions that were compared at least once.
    pub compared: i64,
    /// When the stretch that waits longest was compared.
    pub oldest_at: Option<DateTime<Utc>>,
    pub newest_at: Option<DateTime<Utc>>,
}
