//! An event: who did what, on what, from where, with which outcome.
//!
//! [`NewEvent`] is what a sender writes, [`Event`] is what a reader gets. Position,
//! time of receipt, category, tags and source are the server's and cannot be sent.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Makes an enum whose variants have one stable text each, in JSON, SQL and searches.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order in which it is shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text that stands in JSON, in the database and in searches.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::event::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::event::UnknownValue {
                        value: text.to_owned(),
                        allowed: &[$($text),+],
                    }),
                }
            }
        }
    };
}
pub(crate) use text_enum;

/// A text that is none of an enumeration's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownValue {
    /// What was written.
    pub value: String,
    /// What could have been written.
    pub allowed: &'static [&'static str],
}

impl std::fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "“{}” is not one of {}",
            self.value,
            self.allowed.join(", ")
        )
    }
}

impl std::error::Error for UnknownValue {}

text_enum! {
    /// What kind of actor acted.
    ActorType {
        User = "user",
        Service = "service",
        Agent = "agent",
        AiAgent = "ai_agent",
        System = "system",
        /// Nobody known: a failed sign-in, a request without credentials.
        Anonymous = "anonymous",
    }
}

text_enum! {
    /// How the action ended.
    Status { Success = "success", Failure = "failure", Denied = "denied" }
}

text_enum! {
    /// Which term an event keeps; follows from action and resource.
    Category {
        Activity = "activity",
        DataAccess = "data_access",
        AiDecision = "ai_decision",
        Remediation = "remediation",
        Admin = "admin",
        Security = "security",
    }
}

impl Category {
    /// Whether events of this category may be deleted before their term ends.
    #[must_use]
    pub const fn is_deletable(self) -> bool {
        matches!(self, Self::Activity | Self::DataAccess)
    }

    /// Whether only admins, owners and security auditors may read such events.
    #[must_use]
    pub const fn is_restricted(self) -> bool {
        matches!(self, Self::Admin | Self::Security)
    }
}

text_enum! {
    /// How sensitive the touched data is.
    Classification {
        Public = "public",
        Internal = "internal",
        Confidential = "confidential",
        Restricted = "restricted",
    }
}

/// Who acted. `id` is stable, `name` and `email` are for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    #[serde(rename = "type")]
    pub kind: ActorType,
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The actor for whom this one acted, as that actor's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
}

impl Actor {
    /// An actor of which only kind and id are known.
    #[must_use]
    pub fn new(kind: ActorType, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            name: None,
            email: None,
            ip: None,
            user_agent: None,
            on_behalf_of: None,
        }
    }

    /// What people are shown: the name, else the e-mail address, else the id.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name
            .as_deref()
            .or(self.email.as_deref())
            .unwrap_or(&self.id)
    }
}

/// What was acted upon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Resource {
    /// A resource with type and id.
    #[must_use]
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: Some(id.into()),
            name: None,
        }
    }

    /// The same resource with a name for people.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// What a sender writes. Unknown fields are refused, so that a typo is not lost silently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// Chosen by the sender to make retries safe; the server makes a UUIDv7 otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// When it happened; the time of receipt when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<DateTime<Utc>>,
    /// Absent: the bearer of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// Dotted, lower case: `user.created`, `query.execute`.
    pub action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    #[serde(default = "success")]
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_classification: Option<Classification>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_state: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_state: Option<Value>,
}

const fn success() -> Status {
    Status::Success
}

impl NewEvent {
    /// A successful action without further detail.
    #[must_use]
    pub fn new(action: impl Into<String>) -> Self {
        Self {
            id: None,
            occurred_at: None,
            actor: None,
            action: action.into(),
            resource: None,
            status: Status::Success,
            error_message: None,
            request_id: None,
            session_id: None,
            team: None,
            data_classification: None,
            details: None,
            previous_state: None,
            new_state: None,
        }
    }

    /// The same event on a resource.
    #[must_use]
    pub fn on(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// The same event with details.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same event with another outcome and its reason.
    #[must_use]
    pub fn ended(mut self, status: Status, message: impl Into<String>) -> Self {
        self.status = status;
        self.error_message = Some(message.into());
        self
    }

    /// The same event with the state before and after a change.
    #[must_use]
    pub fn changing(mut self, previous: Option<Value>, new: Option<Value>) -> Self {
        self.previous_state = previous;
        self.new_state = new;
        self
    }
}

/// A recorded event, as it is read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: Uuid,
    /// Position in the trail, counted from 0 without gaps.
    pub seq: i64,
    pub occurred_at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
    pub actor: Actor,
    pub action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    pub category: Category,
    pub data_classification: Classification,
    pub compliance_tags: Vec<String>,
    /// `auditorium` for the product's own records, else `token:` and the token's id.
    pub source: String,
    pub schema_version: i16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_state: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_state: Option<Value>,
}

/// The `source` of the product's own records; no token can write it.
pub const OWN_SOURCE: &str = "auditorium";

/// The version of [`Event`]'s shape that this code writes.
pub const SCHEMA_VERSION: i16 = 1;

/// What is answered for each event that was sent, in the order of sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub id: Uuid,
    pub seq: i64,
    /// True when the same id had been recorded before; it is not stored again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}
