//! Tokens: making, listing, revoking. A token never carries more than its maker may.

use chrono::{DateTime, Duration, Utc};
use model::event::{NewEvent, Resource};
use model::permission::Permission;
use model::person::Person;
use model::problem::FieldError;
use model::token::{IssuedToken, MAX_DAYS, NewToken, PREFIX, Token, TokenKind, may_issue};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use store::Transaction;
use uuid::Uuid;

use crate::{Caller, Credential, Error, Result, Services, own_event, secret};

/// Characters of a secret that lists show: the prefix and four more.
const HINT_CHARS: usize = 8;

/// Whether the caller may give a token this scope.
#[must_use]
pub fn may_give(caller: &Caller, scope: Permission) -> bool {
    match (&caller.credential, caller.role()) {
        (Credential::System, _) => true,
        (Credential::Session { .. }, Some(role)) => may_issue(role, scope),
        (Credential::Token { .. }, _) => caller.may(scope),
        _ => false,
    }
}

/// Makes a token for the caller, or for a service when that is asked for.
pub async fn create(services: &Services, caller: &Caller, new: NewToken) -> Result<IssuedToken> {
    let needed = if new.for_service {
        Permission::TokensManage
    } else {
        Permission::TokensOwn
    };
    services.authorize(caller, needed).await?;
    let owner = if new.for_service {
        None
    } else {
        caller.person.clone()
    };
    if owner.is_none() && !new.for_service {
        return Err(Error::invalid(
            "owner",
            "is missing: name a person, or make it a service's token",
        ));
    }
    issue(services, caller, owner, new).await
}

/// Makes a token for another person. Only for the command line beside the database: nobody
/// else may act in another's name.
pub async fn create_for(
    services: &Services,
    caller: &Caller,
    email: &str,
    new: NewToken,
) -> Result<IssuedToken> {
    if caller.credential != Credential::System {
        return Err(Error::Forbidden {
            permission: Permission::TokensManage,
        });
    }
    let account = services.store.account(&email.trim().to_lowercase()).await?;
    let owner = account.ok_or(Error::NotFound { what: "person" })?.person;
    if let Some(scope) = new
        .scopes
        .iter()
        .find(|scope| !may_issue(owner.role, **scope))
    {
        return Err(Error::invalid(
            "scopes",
            format!("{scope} is above what {} may do", owner.email),
        ));
    }
    issue(services, caller, Some(owner), new).await
}

async fn issue(
    services: &Services,
    caller: &Caller,
    owner: Option<Person>,
    new: NewToken,
) -> Result<IssuedToken> {
    let now = services.now();
    let days = new.days.unwrap_or(services.settings.token_days);
    check(caller, &new, days)?;
    let kind = if owner.is_some() {
        TokenKind::Personal
    } else {
        TokenKind::Service
    };
    let mut scopes = new.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let expires_at = Some(now + Duration::days(i64::from(days)));
    let mut transaction = services.store.begin().await?;
    let name = new.name.trim().to_owned();
    let issued = add(
        &mut transaction,
        caller,
        owner,
        Draft {
            name,
            kind,
            scopes,
            expires_at,
        },
        now,
    )
    .await?;
    transaction.commit(now).await?;
    Ok(issued)
}

fn check(caller: &Caller, new: &NewToken, days: u16) -> Result<()> {
    let mut errors = Vec::new();
    if new.name.trim().is_empty() || new.name.chars().count() > 120 {
        errors.push(FieldError::new("name", "needs 1 to 120 characters"));
    }
    if !(1..=MAX_DAYS).contains(&days) {
        errors.push(FieldError::new(
            "days",
            format!("must be between 1 and {MAX_DAYS}"),
        ));
    }
    if new.scopes.is_empty() {
        errors.push(FieldError::new("scopes", "needs at least one scope"));
    }
    for scope in &new.scopes {
        if !may_give(caller, *scope) {
            errors.push(FieldError::new(
                "scopes",
                format!("{scope} is above your own permissions"),
            ));
        } else if new.for_service && !scope.is_for_tokens_only() {
            let reason = format!(
                "{scope} needs a person behind it; a service's token carries events.write and tasks.write"
            );
            errors.push(FieldError::new("scopes", reason));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

struct Draft {
    name: String,
    kind: TokenKind,
    scopes: Vec<Permission>,
    expires_at: Option<DateTime<Utc>>,
}

async fn add(
    transaction: &mut Transaction,
    caller: &Caller,
    owner: Option<Person>,
    draft: Draft,
    now: DateTime<Utc>,
) -> Result<IssuedToken> {
    let secret = secret::mint(PREFIX);
    let token = Token {
        id: Uuid::now_v7(),
        name: draft.name,
        kind: draft.kind,
        owner: owner.as_ref().map(|person| person.email.clone()),
        hint: secret.expose_secret().chars().take(HINT_CHARS).collect(),
        scopes: draft.scopes,
        created_at: now,
        expires_at: draft.expires_at,
        last_used_at: None,
        last_used_ip: None,
        revoked_at: None,
    };
    let user = owner.as_ref().map(|person| person.id);
    transaction
        .insert_token(&token, user, &caller.actor.id, &secret::digest(&secret))
        .await?;
    let event = NewEvent::new("api_key.created")
        .on(resource(&token))
        .changing(None, Some(state(&token)));
    transaction.record(own_event::prepare(caller, event, now));
    Ok(IssuedToken {
        token,
        secret: secret.expose_secret().to_owned(),
    })
}

/// The token as a resource of events.
fn resource(token: &Token) -> Resource {
    Resource::new("api_key", token.id.to_string()).named(token.name.clone())
}

fn state(token: &Token) -> Value {
    json!({
        "name": token.name, "kind": token.kind, "owner": token.owner, "scopes": token.scopes,
        "hint": token.hint, "expires_at": token.expires_at,
    })
}

/// The caller's own tokens.
pub async fn list_own(services: &Services, caller: &Caller) -> Result<Vec<Token>> {
    services.authorize(caller, Permission::TokensOwn).await?;
    let person = caller.person.as_ref().ok_or(Error::Unauthenticated)?;
    Ok(services
        .store
        .tokens(Some(person.id), services.now())
        .await?)
}

/// Everybody's tokens.
pub async fn list_all(services: &Services, caller: &Caller) -> Result<Vec<Token>> {
    services.authorize(caller, Permission::TokensManage).await?;
    Ok(services.store.tokens(None, services.now()).await?)
}

/// Revokes a token: one's own, or any with the permission to manage all of them.
pub async fn revoke(services: &Services, caller: &Caller, id: Uuid) -> Result<()> {
    if !caller.may(Permission::TokensManage) {
        services.authorize(caller, Permission::TokensOwn).await?;
    }
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let known = transaction
        .token(id)
        .await?
        .ok_or(Error::NotFound { what: "token" })?;
    let own = known
        .person
        .is_some_and(|owner| Some(owner.id) == caller.person.as_ref().map(|p| p.id));
    if !own && !caller.may(Permission::TokensManage) {
        return Err(Error::NotFound { what: "token" });
    }
    if !transaction.revoke_token(id, now).await? {
        return Err(Error::Conflict("This token is revoked already.".to_owned()));
    }
    let event = NewEvent::new("api_key.revoked")
        .on(resource(&known.token))
        .changing(Some(state(&known.token)), None);
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(())
}

/// Makes the credential of the command line on this machine and revokes the one before. It
/// acts for the first owner; whoever keeps it must let nobody else read it.
pub async fn local_credential(services: &Services) -> Result<SecretString> {
    let owner = services
        .store
        .first_owner()
        .await?
        .ok_or(Error::NotFound { what: "owner" })?
        .person;
    let now = services.now();
    let caller = Caller::system("start");
    let draft = Draft {
        name: "Local command line".to_owned(),
        kind: TokenKind::Local,
        scopes: Permission::ALL.to_vec(),
        expires_at: Some(
            now + Duration::days(i64::from(services.settings.token_days.clamp(1, MAX_DAYS))),
        ),
    };
    let mut transaction = services.store.begin().await?;
    for id in transaction.revoke_local_tokens(now).await? {
        let resource = Resource::new("api_key", id.to_string()).named(draft.name.clone());
        let event = NewEvent::new("api_key.revoked").on(resource);
        transaction.record(own_event::prepare(&caller, event, now));
    }
    let issued = add(&mut transaction, &caller, Some(owner), draft, now).await?;
    transaction.commit(now).await?;
    Ok(SecretString::from(issued.secret))
}
