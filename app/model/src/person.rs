//! The person who is signed in, as pages need them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
