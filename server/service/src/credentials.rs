//! From what a request shows to who calls.
//!
//! A token that does not hold is refused; a session that has ended is nobody, so that the
//! sign-in page can be shown.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::event::{Actor, ActorType, NewEvent, Resource, Status};
use model::token::Token;
use secrecy::SecretString;
use serde_json::json;
use store::tokens::KnownToken;

use crate::{Caller, Credential, Error, Origin, Result, Services, own_event, secret};

/// What a request shows. A token counts before a cookie.
#[derive(Clone, Debug, Default)]
pub struct Presented {
    /// The value of the session cookie.
    pub cookie: Option<SecretString>,
    /// `Authorization: Bearer` or `X-API-Key`.
    pub bearer: Option<SecretString>,
}

/// Who calls. [`Error::Unauthenticated`] for a token that is unknown, expired or revoked.
pub async fn resolve(services: &Services, presented: Presented, origin: Origin) -> Result<Caller> {
    if let Some(bearer) = presented.bearer {
        return token_caller(services, &bearer, origin).await;
    }
    if let Some(cookie) = presented.cookie {
        let found = services
            .store
            .session_by_secret(&secret::digest(&cookie), services.now())
            .await?;
        if let Some((id, person)) = found {
            return Ok(Caller::person(person, Credential::Session { id }, origin));
        }
    }
    Ok(Caller::anonymous(origin))
}

/// How long a token that held is taken to hold, so that a thousand requests a second do not ask
/// a thousand times. A change by this process counts at once, one by another process after this.
const REMEMBERED: Duration = Duration::from_secs(1);
const TOKENS: usize = 10_000;

/// Tokens that held lately, by the digest of their secret.
#[derive(Debug, Default)]
pub(crate) struct KnownTokens(Mutex<HashMap<[u8; 32], Known>>);

#[derive(Debug)]
struct Known {
    token: KnownToken,
    at: Instant,
    /// [`store::Recorder::changes`] before the token was read.
    changes: u64,
}

impl KnownTokens {
    fn get(&self, digest: &[u8; 32], changes: u64) -> Option<KnownToken> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(digest)
            .filter(|known| known.changes == changes && known.at.elapsed() < REMEMBERED)
            .map(|known| known.token.clone())
    }

    fn put(&self, digest: [u8; 32], token: KnownToken, changes: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= TOKENS {
            known.clear();
        }
        known.insert(
            digest,
            Known {
                token,
                at: Instant::now(),
                changes,
            },
        );
    }
}

async fn token_caller(
    services: &Services,
    bearer: &SecretString,
    origin: Origin,
) -> Result<Caller> {
    let now = services.now();
    let digest = secret::digest(bearer);
    let changes = services.store.recorder().changes();
    if let Some(known) = services.tokens.get(&digest, changes)
        && !known.token.has_ended(now)
    {
        return Ok(caller_of(known, origin));
    }
    let Some(known) = services.store.token_by_secret(&digest).await? else {
        return Err(Error::Unauthenticated);
    };
    if known.token.has_ended(now) || !known.owner_active {
        refuse(services, known, origin).await?;
        return Err(Error::Unauthenticated);
    }
    services
        .store
        .note_token_use(&known.token, origin.ip, now)
        .await?;
    services.tokens.put(digest, known.clone(), changes);
    Ok(caller_of(known, origin))
}

fn caller_of(known: KnownToken, origin: Origin) -> Caller {
    let Token {
        id, name, scopes, ..
    } = known.token;
    let credential = Credential::Token { id, scopes };
    if let Some(person) = known.person {
        return Caller::person(person, credential, origin);
    }
    let actor = Actor {
        name: Some(name),
        ip: origin.ip,
        user_agent: origin.user_agent.clone(),
        ..Actor::new(ActorType::Service, id.to_string())
    };
    Caller {
        person: None,
        actor,
        credential,
        origin,
    }
}

/// Whether what the caller showed still holds, with the same role: for what lasts longer than a
/// request.
pub async fn still_holds(services: &Services, caller: &Caller) -> Result<bool> {
    let now = services.now();
    Ok(match &caller.credential {
        Credential::None => false,
        Credential::System => true,
        Credential::Session { id } => {
            let role = services.store.session_role(*id, now).await?;
            role.is_some() && role == caller.role()
        }
        Credential::Token { id, .. } => {
            services.store.token_by_id(*id).await?.is_some_and(|known| {
                known.owner_active
                    && !known.token.has_ended(now)
                    && known.person.map(|person| person.role) == caller.role()
            })
        }
    })
}

/// Records that a token was refused; once a minute for each token, since a program that does
/// not notice asks again and again.
async fn refuse(services: &Services, known: KnownToken, origin: Origin) -> Result<()> {
    let now = services.now();
    let token = known.token.clone();
    let reason = match (&token.revoked_at, known.owner_active) {
        (Some(_), _) => "the token is revoked",
        (None, false) => "the token's owner is disabled",
        (None, true) => "the token has expired",
    };
    let mut transaction = services.store.begin().await?;
    if transaction.note_token_refusal(token.id, now).await? {
        let event = NewEvent::new("access.denied")
            .on(Resource::new("api_key", token.id.to_string()).named(token.name.clone()))
            .with_details(json!({ "reason": reason, "hint": token.hint }))
            .ended(Status::Denied, reason);
        transaction.record(own_event::prepare(&caller_of(known, origin), event, now));
    }
    transaction.commit(now).await?;
    Ok(())
}
