//! The person who is signed in, other people, their sessions and the links sent to them.
//!
//! Holds no secret: hashes stay in the store, and what is shown once has a type of its own.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;
use crate::permission::{Permission, Role};

/// Who is signed in and what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub role: Role,
}

impl Person {
    /// Whether the person's role has the permission. Pages use it to leave out what would be
    /// refused; the decision is the service's.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }
}

/// Who is looking at which installation; the frame around every page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    pub person: Option<Person>,
    /// `development`, `staging` or `production`.
    pub environment: String,
}

text_enum! {
    /// Whether a person may sign in.
    PersonState { Active = "active", Disabled = "disabled" }
}

/// A person in the list of people, for those who manage it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub state: PersonState,
    /// False until an invitation is accepted.
    pub has_password: bool,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: Option<DateTime<Utc>>,
}

impl Member {
    /// The person's state in a word for people.
    #[must_use]
    pub const fn standing(&self) -> &'static str {
        match (self.state, self.has_password) {
            (PersonState::Disabled, _) => "Disabled",
            (PersonState::Active, true) => "Active",
            (PersonState::Active, false) => "No password yet",
        }
    }
}

/// A browser's session, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
}

text_enum! {
    /// What an address that opens once is for.
    LinkKind {
        /// Signs in an owner who has no password yet.
        SignIn = "sign_in",
        /// Lets an invited person choose name and password.
        Invitation = "invitation",
        /// Lets a person choose a new password.
        Reset = "reset",
    }
}

/// What the holder of a link is shown before the link is spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkPreview {
    pub kind: LinkKind,
    pub name: String,
    pub email: String,
    pub expires_at: DateTime<Utc>,
}

/// A link that was just made; whoever made it passes it on, it cannot be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedLink {
    /// The whole address.
    pub url: String,
    pub email: String,
    pub expires_at: DateTime<Utc>,
}
