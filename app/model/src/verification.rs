//! What checking a bundle of the trail came to, as the verifier in the browser reports it: one
//! sentence, then what was found, then the evidence.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::text_enum;

text_enum! {
    /// How it ended.
    Verdict {
        /// Everything holds, and a policy that the reader chose believes the checkpoint.
        Proved = "proved",
        /// Everything holds under keys that the page itself brought: whoever sent the page could
        /// have chosen them.
        Stated = "stated",
        /// The bundle agrees with itself; no key was at hand to tell who signed it.
        Unsigned = "unsigned",
        /// Something is wrong.
        Damaged = "damaged",
    }
}

/// The whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    pub verdict: Verdict,
    /// For somebody who has one minute.
    pub sentence: String,
    /// What the sentence rests on, or what to do next.
    pub meaning: String,
    /// In the order of lines; empty unless damaged.
    pub findings: Vec<BundleDamage>,
    /// How many there were beyond those.
    pub more_findings: u64,
    /// The name of the log, as the bundle gives it.
    pub origin: Option<String>,
    /// Positions that the bundle covers.
    pub size: Option<u64>,
    /// What was asked for when the bundle was made.
    pub query: Option<Value>,
    /// The paths of the fields that are disclosed; none means all.
    pub disclosed: Option<Vec<String>>,
    pub counts: LineCounts,
    pub checkpoint: Option<Pin>,
    /// Whether the policy believes the checkpoint.
    pub trusted: bool,
    pub witnesses: Vec<Witnessed>,
    /// The latest time at which a known key saw the checkpoint, in seconds since 1970.
    pub seen_at: Option<u64>,
    /// The record of the export, if the bundle has it and it holds.
    pub export: Option<ExportRecord>,
    /// The checkpoint that was seen before, if one was given and the log continues it.
    pub continues: Option<Pin>,
}

/// How many lines of each kind there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCounts {
    pub lines: u64,
    pub events: u64,
    /// Positions without content; why is not judged.
    pub holes: u64,
    /// Stretches that the query left out.
    pub subtrees: u64,
    pub tiles: u64,
    pub proofs: u64,
    /// Fields that are said to be erased.
    pub erased: u64,
}

/// One damage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleDamage {
    /// A word for the kind of damage: `altered`, `unreadable`, `dropped`, `reordered`,
    /// `duplicated`, `surplus`, `truncated`, `spoiled`, `distrusted`, `replayed`, `forked`, `unproved`,
    /// `withheld`, `record`.
    pub kind: String,
    /// Lines of the uncompressed file, from 1, inclusive.
    pub first_line: u64,
    pub last_line: u64,
    /// Inclusive; absent where it is not about positions.
    pub first_position: Option<u64>,
    pub last_position: Option<u64>,
    pub sentence: String,
}

/// A checkpoint without its signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    pub origin: String,
    pub size: u64,
    /// In base64, as policies and checkpoints write it.
    pub root: String,
}

/// A witness whom the policy knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    pub name: String,
    /// In seconds since 1970.
    pub at: u64,
}

/// The event that records the export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportRecord {
    pub position: u64,
    /// As much of it as the bundle discloses: who asked, when, what for.
    pub event: Value,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes read of the file, compressed as it is.
    pub bytes: u64,
    /// Its length, where that is known.
    pub total: Option<u64>,
    /// Positions checked.
    pub positions: u64,
    /// How many there will be, once the first line was read.
    pub size: Option<u64>,
}
