//! What an installation offers that has recorded nothing but itself.

use serde::{Deserialize, Serialize};

use crate::demo::DemoState;

/// How its reader can bring data in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSteps {
    /// Whether nothing was recorded but by the product itself.
    pub is_new: bool,
    /// Absent for those who may not load it.
    pub demo: Option<DemoState>,
    /// The command `auditorium` as it works in a shell on the server's machine; by its bare name
    /// for those whom paths of that machine do not concern.
    pub program: String,
    /// The console's address, without a slash at the end.
    pub url: String,
    /// Whether the reader may make a token that sends events.
    pub may_send: bool,
}
