//! Who calls: proof that a credential was checked, with what it may do and where it came from.

use std::net::IpAddr;

use model::event::{Actor, ActorType};
use model::permission::{Permission, Role};
use model::person::Person;
use uuid::Uuid;

/// Where a request came from; goes into every event that it causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
}

/// What was shown to prove who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    None,
    /// A browser's session. The id is the public one, not the cookie's secret.
    Session {
        id: Uuid,
    },
    /// A token; `scopes` cut down what its owner may do.
    Token {
        id: Uuid,
        scopes: Vec<Permission>,
    },
    /// The process itself: jobs and the command line beside the database.
    System,
}

/// The caller of a use case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person, also behind their tokens; absent for anonymous, agents and the system.
    pub person: Option<Person>,
    pub actor: Actor,
    pub credential: Credential,
    pub origin: Origin,
}

impl Caller {
    /// Nobody known.
    #[must_use]
    pub fn anonymous(origin: Origin) -> Self {
        let actor = Actor {
            ip: origin.ip,
            user_agent: origin.user_agent.clone(),
            ..Actor::new(ActorType::Anonymous, "anonymous")
        };
        Self {
            person: None,
            actor,
            credential: Credential::None,
            origin,
        }
    }

    /// The process itself, acting by itself: jobs, the local command line.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self {
            person: None,
            actor: Actor::new(ActorType::System, name),
            credential: Credential::System,
            origin: Origin::default(),
        }
    }

    /// A person with a session or a token.
    #[must_use]
    pub fn person(person: Person, credential: Credential, origin: Origin) -> Self {
        let actor = Actor {
            name: Some(person.name.clone()),
            email: Some(person.email.clone()),
            ip: origin.ip,
            user_agent: origin.user_agent.clone(),
            ..Actor::new(ActorType::User, person.id.to_string())
        };
        Self {
            person: Some(person),
            actor,
            credential,
            origin,
        }
    }

    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.credential == Credential::None
    }

    /// The role of the person behind the call.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.person.as_ref().map(|person| person.role)
    }

    /// Whether the caller has the permission: a session has its person's, a token those of its
    /// scopes that its person has too (a scope for tokens only needs no role), the system all.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        let by_role = self.role().is_some_and(|role| role.allows(permission));
        match &self.credential {
            Credential::None => false,
            Credential::System => true,
            Credential::Session { .. } => by_role,
            Credential::Token { scopes, .. } => {
                scopes.contains(&permission) && (by_role || permission.is_for_tokens_only())
            }
        }
    }

    /// What `source` says of events that this caller sends: its token.
    #[must_use]
    pub fn source(&self) -> String {
        match &self.credential {
            Credential::Token { id, .. } => format!("token:{id}"),
            Credential::Session { .. } | Credential::None => "session".to_owned(),
            Credential::System => model::event::OWN_SOURCE.to_owned(),
        }
    }
}
