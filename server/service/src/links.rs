//! Links that open once: who makes one for whom is recorded; `sign_in` spends them.

use chrono::{DateTime, Duration, Utc};
use model::event::NewEvent;
use model::person::{LinkKind, Person};
use secrecy::ExposeSecret as _;
use serde_json::json;
use store::Transaction;
use store::links::NewLink;
use uuid::Uuid;

use crate::{Caller, Result, Services, own_event, secret, users};

/// A link that was made: its path holds the secret.
pub(crate) struct Issued {
    pub(crate) path: String,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Makes a link in a transaction of its own and records who made it for whom.
pub(crate) async fn issue(
    services: &Services,
    caller: &Caller,
    kind: LinkKind,
    person: &Person,
    hours: i64,
) -> Result<Issued> {
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let issued = add(&mut transaction, caller, kind, person, now, hours).await?;
    transaction.commit(now).await?;
    Ok(issued)
}

/// The same in the caller's transaction.
pub(crate) async fn add(
    transaction: &mut Transaction,
    caller: &Caller,
    kind: LinkKind,
    person: &Person,
    now: DateTime<Utc>,
    hours: i64,
) -> Result<Issued> {
    let link = secret::mint("");
    let new = NewLink {
        id: Uuid::now_v7(),
        kind,
        user: person.id,
        secret_hash: &secret::digest(&link),
        expires_at: now + Duration::hours(hours),
    };
    transaction.insert_link(&new, now).await?;
    let action = match kind {
        LinkKind::SignIn => "login.link_created",
        LinkKind::Invitation => "invitation.created",
        LinkKind::Reset => "password.reset_link_created",
    };
    let event = NewEvent::new(action)
        .on(users::resource(person))
        .with_details(json!({ "link": new.id, "role": person.role, "expires_at": new.expires_at }));
    transaction.record(own_event::prepare(caller, event, now));
    Ok(Issued {
        path: format!("/sign-in/link/{}", link.expose_secret()),
        expires_at: new.expires_at,
    })
}
