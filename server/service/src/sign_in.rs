//! Signing in with a password or a link, and signing out.
//!
//! An answer never tells whether an address has an account: not by its words, not by its time,
//! not by when it is blocked.

use std::net::{IpAddr, Ipv4Addr};

use chrono::{DateTime, Duration, Utc};
use model::event::{NewEvent, Resource, Status};
use model::person::{LinkKind, LinkPreview, Person, PersonState, Session};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::Transaction;
use store::users::Attempt;
use uuid::Uuid;

use crate::{
    Caller, Credential, Error, Result, Services, links, own_event, passwords, secret, users,
};

/// The longest life of a session, whatever is configured (row C16).
const MAX_HOURS: u8 = 8;

/// How long a sign-in link of the first owner opens.
const LINK_HOURS: i64 = 24;

/// A session that was just opened. The secret is for the cookie and nothing else.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub secret: SecretString,
    pub person: Person,
    pub expires_at: DateTime<Utc>,
}

impl SignedIn {
    /// The value of the session's cookie.
    #[must_use]
    pub fn cookie(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// What the holder of a link fills in: name and password for an invitation, a password for a
/// reset, nothing for a sign-in link.
#[derive(Clone, Debug, Default)]
pub struct LinkAnswer {
    pub name: Option<String>,
    pub password: Option<SecretString>,
}

/// A password that was guessed or known, counted before it is looked at. Only the same account
/// from the same address is slowed down, so that nobody locks somebody else out.
pub(crate) struct Guess {
    account: [u8; 32],
    ip: IpAddr,
}

impl Guess {
    /// Counts; [`Error::TooMany`] when too many failed before.
    pub(crate) async fn count(services: &Services, caller: &Caller, account: &str) -> Result<Self> {
        let now = services.now();
        let account: [u8; 32] = Sha256::digest(account.as_bytes()).into();
        let ip = caller
            .origin
            .ip
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        match services.store.count_attempt(&account, ip, now).await? {
            Attempt::Counted => Ok(Self { account, ip }),
            Attempt::BlockedUntil(until) => {
                let wait = u64::try_from((until - now).num_seconds()).unwrap_or(0);
                Err(Error::TooMany {
                    retry_after_secs: wait + 1,
                })
            }
        }
    }

    /// Takes the count back.
    pub(crate) async fn was_right(self, transaction: &mut Transaction) -> Result<()> {
        Ok(transaction.forget_attempts(&self.account, self.ip).await?)
    }
}

/// Opens a session for an address and its password.
pub async fn with_password(
    services: &Services,
    caller: &Caller,
    email: &str,
    password: SecretString,
) -> Result<SignedIn> {
    let now = services.now();
    let email = email.trim().to_lowercase();
    let guess = Guess::count(services, caller, &email).await?;
    let account = services.store.account(&email).await?;
    let hash = account
        .as_ref()
        .and_then(|account| account.password_hash.clone());
    let holds = passwords::verify(password, hash).await?;
    match account {
        Some(account) if holds && account.state == PersonState::Active => {
            let mut transaction = services.store.begin().await?;
            guess.was_right(&mut transaction).await?;
            let details = json!({ "method": "password" });
            let signed_in =
                open_session(services, &mut transaction, caller, account.person, details).await?;
            transaction.commit(now).await?;
            Ok(signed_in)
        }
        account => {
            let person = account.map(|account| account.person);
            refuse(services, caller, &email, person).await?;
            Err(Error::invalid(
                "password",
                "does not belong to this e-mail address",
            ))
        }
    }
}

async fn refuse(
    services: &Services,
    caller: &Caller,
    email: &str,
    person: Option<Person>,
) -> Result<()> {
    let now = services.now();
    let mut actor = caller.actor.clone();
    // People mistype passwords into the first field; what is no address is not kept.
    actor.email = users::check_email(email).is_ok().then(|| email.to_owned());
    let mut transaction = services.store.begin().await?;
    let in_a_row = transaction.count_failed_sign_in(email).await?;
    let mut event = NewEvent::new("login.failure")
        .with_details(json!({ "method": "password", "failures_in_a_row": in_a_row }))
        .ended(
            Status::Failure,
            "the address and the password do not belong together",
        );
    event.actor = Some(actor);
    if let Some(person) = person {
        event = event.on(users::resource(&person));
    }
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(())
}

/// What a link would do, without spending it.
pub async fn preview_link(services: &Services, link: &SecretString) -> Result<LinkPreview> {
    services
        .store
        .link_preview(&secret::digest(link), services.now())
        .await?
        .ok_or(Error::NotFound {
            what: "open link; ask for a new one",
        })
}

/// Spends a link and opens a session for its person.
pub async fn with_link(
    services: &Services,
    caller: &Caller,
    link: &SecretString,
    answer: LinkAnswer,
) -> Result<SignedIn> {
    let now = services.now();
    let preview = match preview_link(services, link).await {
        Ok(preview) => preview,
        Err(error) => {
            let event = NewEvent::new("login.failure")
                .with_details(json!({ "method": "link" }))
                .ended(Status::Failure, "the link is unknown, spent or has expired");
            services.record_own(caller, event).await?;
            return Err(error);
        }
    };
    let name = match (preview.kind, answer.name) {
        (LinkKind::Invitation, Some(name)) => Some(users::check_name(&name)?),
        _ => None,
    };
    let hash = match preview.kind {
        LinkKind::SignIn => None,
        LinkKind::Invitation | LinkKind::Reset => {
            let password = answer
                .password
                .ok_or_else(|| Error::invalid("password", "is missing"))?;
            let shown = name.as_deref().unwrap_or(&preview.name);
            let words = users::own_words(services, shown, &preview.email);
            Some(passwords::hash(password, words, "password").await?)
        }
    };
    let mut transaction = services.store.begin().await?;
    let signed_in = spend(services, &mut transaction, caller, link, name, hash).await?;
    transaction.commit(now).await?;
    Ok(signed_in)
}

async fn spend(
    services: &Services,
    transaction: &mut Transaction,
    caller: &Caller,
    link: &SecretString,
    name: Option<String>,
    hash: Option<String>,
) -> Result<SignedIn> {
    let now = services.now();
    let spent = transaction
        .spend_link(&secret::digest(link), now)
        .await?
        .ok_or(Error::NotFound {
            what: "open link; ask for a new one",
        })?;
    let mut person = spent.person;
    if let Some(name) = name
        && let Some(mut member) = transaction.user(person.id).await?
    {
        member.name.clone_from(&name);
        transaction.update_user(&member).await?;
        person.name = name;
    }
    if let Some(hash) = hash {
        transaction.set_password(person.id, &hash).await?;
        let ended = transaction.end_sessions(person.id, None, now).await?;
        let action = match spent.kind {
            LinkKind::Invitation => "invitation.accepted",
            LinkKind::SignIn | LinkKind::Reset => "password.changed",
        };
        let event = NewEvent::new(action)
            .on(users::resource(&person))
            .with_details(json!({ "link": spent.id, "sessions_ended": ended }));
        let holder = Caller {
            actor: Caller::person(person.clone(), Credential::None, caller.origin.clone()).actor,
            ..caller.clone()
        };
        transaction.record(own_event::prepare(&holder, event, now));
    }
    let details = json!({ "method": "link", "kind": spent.kind, "link": spent.id });
    open_session(services, transaction, caller, person, details).await
}

/// Opens a session and records `login.success`, both in the given transaction.
async fn open_session(
    services: &Services,
    transaction: &mut Transaction,
    caller: &Caller,
    person: Person,
    details: serde_json::Value,
) -> Result<SignedIn> {
    let now = services.now();
    let hours = services.settings.session_hours.clamp(1, MAX_HOURS);
    let expires_at = now + Duration::hours(i64::from(hours));
    let cookie = secret::mint("");
    let session = Session {
        id: Uuid::now_v7(),
        created_at: now,
        expires_at,
        last_seen_at: now,
        ip: caller.origin.ip,
        user_agent: caller.origin.user_agent.clone(),
    };
    transaction
        .insert_session(person.id, &session, &secret::digest(&cookie))
        .await?;
    transaction.note_sign_in(person.id, now).await?;
    let signed_in = Caller::person(
        person.clone(),
        Credential::Session { id: session.id },
        caller.origin.clone(),
    );
    let event = NewEvent::new("login.success")
        .on(Resource::new("session", session.id.to_string()))
        .with_details(details);
    transaction.record(own_event::prepare(&signed_in, event, now));
    Ok(SignedIn {
        secret: cookie,
        person,
        expires_at,
    })
}

/// Ends the caller's session.
pub async fn sign_out(services: &Services, caller: &Caller) -> Result<()> {
    let (Some(person), Credential::Session { id }) = (&caller.person, &caller.credential) else {
        return Ok(());
    };
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    if transaction.end_session(person.id, *id, now).await? {
        let event = NewEvent::new("logout.success").on(Resource::new("session", id.to_string()));
        transaction.record(own_event::prepare(caller, event, now));
    }
    transaction.commit(now).await?;
    Ok(())
}

/// The path of a new link that signs the first owner in, for as long as that owner has no
/// password. Links made before stop opening.
pub async fn fresh_link(services: &Services) -> Result<Option<String>> {
    let Some(owner) = services.store.first_owner().await? else {
        return Ok(None);
    };
    if owner.password_hash.is_some() || services.store.has_owner_with_password().await? {
        return Ok(None);
    }
    let issued = links::issue(
        services,
        &Caller::system("start"),
        LinkKind::SignIn,
        &owner.person,
        LINK_HOURS,
    )
    .await?;
    Ok(Some(issued.path))
}
