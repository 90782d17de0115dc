//! One's own sessions: which there are, ending them. Tokens manage no sessions.

use model::event::{NewEvent, Resource};
use model::person::{Person, Session};
use serde_json::json;
use uuid::Uuid;

use crate::{Caller, Credential, Error, Result, Services, own_event};

/// The person and the session of a caller who is signed in with a browser.
pub(crate) fn signed_in(caller: &Caller) -> Result<(&Person, Uuid)> {
    match (&caller.person, &caller.credential) {
        (Some(person), Credential::Session { id }) => Ok((person, *id)),
        _ => Err(Error::Unauthenticated),
    }
}

/// The id of the session that the caller speaks through, to mark it in a list.
#[must_use]
pub fn current(caller: &Caller) -> Option<Uuid> {
    signed_in(caller).ok().map(|(_, id)| id)
}

/// The caller's live sessions, the newest first.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<Session>> {
    let (person, _) = signed_in(caller)?;
    Ok(services.store.sessions(person.id, services.now()).await?)
}

/// Ends one of the caller's sessions.
pub async fn end(services: &Services, caller: &Caller, id: Uuid) -> Result<()> {
    let (person, _) = signed_in(caller)?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    if !transaction.end_session(person.id, id, now).await? {
        return Err(Error::NotFound { what: "session" });
    }
    let event = NewEvent::new("session.ended").on(Resource::new("session", id.to_string()));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(())
}

/// Ends all of the caller's sessions but the one that asks; answers with how many.
pub async fn end_others(services: &Services, caller: &Caller) -> Result<u64> {
    let (person, id) = signed_in(caller)?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let ended = transaction.end_sessions(person.id, Some(id), now).await?;
    let event = NewEvent::new("session.ended")
        .on(Resource {
            id: None,
            ..Resource::new("session", "")
        })
        .with_details(json!({ "sessions_ended": ended, "kept": id }));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(ended)
}
