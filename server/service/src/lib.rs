//! Use cases: permission, transaction and own event are decided here and nowhere else.
//!
//! One module a noun, free functions that take [`Services`] and a [`Caller`] first. Refuses
//! HTTP and rendering. How to add one: write the permission in its first line
//! (`services.authorize(caller, Permission::…)`), change inside `services.store.begin()`,
//! record the event in the same transaction, and add the endpoint to the role table's test.

pub mod agents;
pub mod alerts;
pub mod bundles;
pub mod caller;
pub mod compliance;
pub mod credentials;
pub mod deletions;
pub mod demo;
pub mod error;
pub mod events;
pub mod exports;
pub mod first_steps;
mod links;
pub mod logs;
pub mod own_event;
pub mod passwords;
pub mod profile;
pub mod purge;
mod secret;
pub mod sessions;
pub mod sign_in;
pub mod task_logs;
pub mod tasks;
pub mod tokens;
pub mod trail;
pub mod users;
pub mod views;

use std::sync::Arc;

pub use caller::{Caller, Credential, Origin};
use chrono::{DateTime, Utc};
pub use error::{Error, Result};
use model::event::{NewEvent, Status};
use model::permission::Permission;
/// For the edge, which puts secrets into cookies.
pub use secrecy;
use store::Store;

/// What is configured and every use case may need.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `development`, `staging` or `production`.
    pub environment: String,
    /// The address people open, without a slash at the end.
    pub public_url: String,
    /// The longest life of a session; at most 8 hours.
    pub session_hours: u8,
    /// The life of a token that asks for none, in days.
    pub token_days: u16,
}

/// Everything a use case needs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    pub store: Store,
    pub settings: Arc<Settings>,
    /// What compliance checks need to know of the installation.
    pub facts: Arc<compliance::Facts>,
    searches: Arc<logs::Searches>,
    demo: Arc<demo::Progress>,
    tokens: Arc<credentials::KnownTokens>,
    exports: Arc<tokio::sync::Semaphore>,
    /// The size of the newest checkpoint that this process published or saw.
    checkpoints: Arc<tokio::sync::watch::Sender<u64>>,
}

impl Services {
    #[must_use]
    pub fn new(store: Store, settings: Settings) -> Self {
        Self {
            store,
            settings: Arc::new(settings),
            facts: Arc::default(),
            searches: Arc::default(),
            demo: Arc::default(),
            tokens: Arc::default(),
            exports: exports::places(),
            checkpoints: Arc::new(tokio::sync::watch::Sender::new(0)),
        }
    }

    /// The same services, with what the server knows of its installation.
    #[must_use]
    pub fn with_facts(self, facts: compliance::Facts) -> Self {
        Self {
            facts: Arc::new(facts),
            ..self
        }
    }

    /// The time. The only place below the server that reads the clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        // Postgres keeps microseconds; more would not be read back.
        let now = Utc::now();
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Passes when the caller has the permission; otherwise records the attempt and refuses.
    pub async fn authorize(&self, caller: &Caller, permission: Permission) -> Result<()> {
        if caller.may(permission) {
            return Ok(());
        }
        if caller.is_anonymous() {
            return Err(Error::Unauthenticated);
        }
        let event = NewEvent::new("access.denied")
            .with_details(serde_json::json!({ "permission": permission.as_str() }))
            .ended(
                Status::Denied,
                format!("{} is not permitted", permission.as_str()),
            );
        self.record_own(caller, event).await?;
        Err(Error::Forbidden { permission })
    }

    /// Records one of the product's own events outside a transaction.
    pub async fn record_own(&self, caller: &Caller, event: NewEvent) -> Result<()> {
        let now = self.now();
        let event = own_event::prepare(caller, event, now);
        self.store.recorder().record(vec![event], now).await?;
        Ok(())
    }
}
