//! Parts an event into its public text and its fields, and puts together what is disclosed.
//!
//! The public text is a canonical object: the event as it is read back, without what the leaf
//! says (`id`, `seq`, `received_at`, `category`) and without its fields, whose paths stand under
//! `$fields` in the order of their bytes. What becomes a field:
//!
//! - always: `details`, `previous_state`, `new_state`, `error_message`;
//! - always, since they can lead to a person whoever acted: `session_id` and the actor's `email`,
//!   `ip`, `user_agent`, `on_behalf_of`;
//! - the actor's `id` and `name`, where the actor is a `user`, or `anonymous`: the name under
//!   which somebody failed to sign in is somebody's too;
//! - the resource's `id` and `name`, where its type is one of [`PERSONAL_RESOURCES`].
//!
//! A verifier need not know these rules: `$fields` says what was done. What is absent from an
//! event is absent here, never null.

mod object;
mod part;
mod read;

pub use part::{PartError, split};
pub use read::{Public, PublicError, reveal};

use crate::Hash;
use crate::field::{EventKey, Field, Salt, TooManyFields, commit_fields, commit_public};

/// Types of resources that are persons, or lead to one; compared without regard to case.
pub const PERSONAL_RESOURCES: &[&str] = &[
    "contact", "customer", "email", "employee", "member", "patient", "person", "session",
    "subject", "user",
];

/// The paths that a field can have, in their order; an event has those of them that apply to it.
pub const FIELD_PATHS: &[&str] = &[
    "/actor/email",
    "/actor/id",
    "/actor/ip",
    "/actor/name",
    "/actor/on_behalf_of",
    "/actor/user_agent",
    "/details",
    "/error_message",
    "/new_state",
    "/previous_state",
    "/resource/id",
    "/resource/name",
    "/session_id",
];

/// The key under which the public text lists its fields. No event has a member of this name.
pub const FIELDS_KEY: &str = "$fields";

/// An event in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The canonical public text.
    pub text: String,
    /// Ordered by path.
    pub fields: Vec<Field>,
}

/// What commits to the parts of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Hides the public text; kept in the row.
    pub salt: Salt,
    /// `C_pub`, for the leaf.
    pub public: Hash,
    /// `C_f` of each field, in the order of [`Split::fields`].
    pub each: Vec<Hash>,
    /// `F`, for the leaf.
    pub fields: Hash,
}

impl Split {
    /// Commits to the parts: to each field by a salt that follows from the event's key, to the
    /// public text by `salt`, 16 random bytes.
    ///
    /// # Errors
    ///
    /// [`TooManyFields`].
    pub fn commit(&self, key: &EventKey, salt: Salt) -> Result<Commitment, TooManyFields> {
        let each: Vec<Hash> = self
            .fields
            .iter()
            .map(|field| field.commit(&key.salt(&field.path)))
            .collect();
        Ok(Commitment {
            salt,
            public: commit_public(&salt, &self.text),
            fields: commit_fields(&each)?,
            each,
        })
    }
}
