//! Bundles: an export as one file of lines that proves itself offline.
//!
//! The lines part the positions of the trail from left to right, so that a verifier needs one
//! pass and the right edge of the tree: whatever is dropped, doubled or moved shows at its line.
//! The file is JSON, one object a line, and strict: these keys, in this order, without blanks.
//!
//! ```text
//! {"head":1,"origin":"…","size":9,"query":{…},"disclosed":null}
//! {"e":0,"leaf":"…","salt":"…","bytes":250,"public":{…},"fields":[["/actor/ip","…"],["/details","…",80,{…}]]}
//! {"h":1,"leaf":"…","why":{…}}
//! {"s":[1,1],"hash":"…"}
//! {"t":0,"hash":"…"}
//! {"m":{…}}
//! {"end":{…},"sha256":"…","checkpoint":"…","consistency":[…],"pins":[…],"receipt":…,"sum":"…"}
//! ```
//!
//! Bytes stand in base64, canonical values verbatim, those that are hashed with their length in
//! bytes before them. Compression and files are the caller's.

mod end;
mod event;
mod feed;
mod line;
mod put;
mod scan;
mod write;

pub use end::{End, Pin};
pub use event::{EventLine, FieldLine, OPENING_CHECK_BYTES, Shown};
pub use feed::Feed;
pub(crate) use line::Line;
pub use line::{Head, HoleLine, LineError};
pub(crate) use write::root_with_tail;
pub use write::{Sealed, WriteError, Writer};

use serde_json::{Value, json};

use crate::Hash;

/// The version of the format, in the first line.
pub const VERSION: u64 = 1;

/// The longest line that is read, in bytes without its newline; an event is far shorter.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// The action of the event that records an export.
pub const EXPORT_ACTION: &str = "export.created";

/// The member of that event's `details` which names the bundle.
pub const STATEMENT_KEY: &str = "bundle";

/// How many lines of each kind a bundle has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events with content.
    pub events: u64,
    /// Positions without content.
    pub holes: u64,
    /// Subtrees of what the query left out.
    pub subtrees: u64,
    /// Hashes of tiles.
    pub tiles: u64,
    /// Proofs of completeness.
    pub proofs: u64,
}

/// What the event that records an export says of its bundle, under [`STATEMENT_KEY`] in
/// `details`. `query` is that of the head.
#[must_use]
pub fn statement(origin: &str, size: u64, query: &Value, sha256: &Hash) -> Value {
    json!({"origin": origin, "query": query, "sha256": sha256.to_string(), "size": size})
}
