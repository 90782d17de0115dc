//! Tokens: what programs call with, for their owner or for a service of their own.
//!
//! A secret stands in [`IssuedToken`] only, which is shown once.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;
use crate::permission::{Permission, Role};

/// How every token's secret begins, so that scanners of repositories find it.
pub const PREFIX: &str = "aud_";

/// The longest life that a token may be given, in days.
pub const MAX_DAYS: u16 = 365;

text_enum! {
    /// Whom a token acts for.
    TokenKind {
        /// Its owner, with at most the owner's permissions.
        Personal = "personal",
        /// A service or an agent; nobody's permissions stand behind it.
        Service = "service",
        /// The command line on the server's own machine.
        Local = "local",
    }
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: Uuid,
    pub name: String,
    pub kind: TokenKind,
    /// The owner's e-mail address; absent for services.
    pub owner: Option<String>,
    /// The first characters of the secret, to recognise it by.
    pub hint: String,
    pub scopes: Vec<Permission>,
    pub created_at: DateTime<Utc>,
    /// Absent: never, which the compliance view reports.
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub last_used_ip: Option<IpAddr>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Token {
    /// Whether a request with it would be refused at that time.
    #[must_use]
    pub fn has_ended(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_some() || self.expires_at.is_some_and(|end| end <= now)
    }
}

/// What a token is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    pub name: String,
    pub scopes: Vec<Permission>,
    /// Days that it lives; the installation's setting when absent.
    pub days: Option<u16>,
    /// Whether it acts for nobody instead of its maker.
    #[serde(default)]
    pub for_service: bool,
}

/// A token that was just made. The secret cannot be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedToken {
    pub token: Token,
    pub secret: String,
}

/// Whether somebody of a role may give a token this scope: never above their own permissions,
/// and what only tokens carry from developer upwards, since those who only read write nothing.
#[must_use]
pub fn may_issue(role: Role, scope: Permission) -> bool {
    if !scope.is_for_tokens_only() {
        return role.allows(scope);
    }
    std::iter::successors(Some(role), |role| role.inherits()).any(|role| role == Role::Developer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_gives_away_more_than_it_has() {
        for role in Role::ALL {
            for scope in Permission::ALL {
                if may_issue(*role, *scope) {
                    assert!(role.allows(*scope) || scope.is_for_tokens_only());
                }
            }
        }
    }

    #[test]
    fn those_who_only_read_give_no_token_the_right_to_write() {
        assert!(!may_issue(Role::Viewer, Permission::EventsWrite));
        assert!(!may_issue(Role::SecurityAuditor, Permission::TasksWrite));
        assert!(may_issue(Role::Developer, Permission::EventsWrite));
        assert!(may_issue(Role::Owner, Permission::TasksWrite));
    }
}
