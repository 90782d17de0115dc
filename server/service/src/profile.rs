//! One's own name, address and password. Only for a browser's session: a token changes neither.

use model::event::{NewEvent, Status};
use model::person::Member;
use secrecy::SecretString;
use serde_json::json;

use crate::{Caller, Error, Result, Services, own_event, passwords, sessions, sign_in, users};

/// Changes the caller's own name.
pub async fn change_name(services: &Services, caller: &Caller, name: &str) -> Result<()> {
    let (person, _) = sessions::signed_in(caller)?;
    let name = users::check_name(name)?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let before = users::load(&mut transaction, person.id).await?;
    let after = Member {
        name,
        ..before.clone()
    };
    transaction.update_user(&after).await?;
    let event = NewEvent::new("user.updated")
        .on(users::member_resource(&after))
        .changing(Some(users::state(&before)), Some(users::state(&after)));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(())
}

/// Changes the address that the caller signs in with, confirmed by the password. Links that were
/// sent to the old address stop opening.
pub async fn change_email(
    services: &Services,
    caller: &Caller,
    email: &str,
    password: SecretString,
) -> Result<()> {
    let (person, _) = sessions::signed_in(caller)?;
    let email = users::check_email(email)?;
    let account = services.store.account(&person.email).await?;
    let Some(known) = account.and_then(|account| account.password_hash) else {
        return Err(Error::Conflict("Choose a password first.".to_owned()));
    };
    let guess = sign_in::Guess::count(services, caller, &person.id.to_string()).await?;
    confirm(services, caller, password, Some(known)).await?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    guess.was_right(&mut transaction).await?;
    let before = users::load(&mut transaction, person.id).await?;
    if before.email != email {
        if !transaction.set_email(person.id, &email).await? {
            return Err(Error::invalid("email", "is taken"));
        }
        transaction.void_links(person.id, now).await?;
        let after = Member {
            email,
            ..before.clone()
        };
        let event = NewEvent::new("user.updated")
            .on(users::member_resource(&after))
            .changing(Some(users::state(&before)), Some(users::state(&after)));
        transaction.record(own_event::prepare(caller, event, now));
    }
    transaction.commit(now).await?;
    Ok(())
}

/// Passes when the password is the caller's own; a wrong one is recorded.
async fn confirm(
    services: &Services,
    caller: &Caller,
    password: SecretString,
    known: Option<String>,
) -> Result<()> {
    if passwords::verify(password, known).await? {
        return Ok(());
    }
    let (person, _) = sessions::signed_in(caller)?;
    let event = NewEvent::new("password.change_refused")
        .on(users::resource(person))
        .ended(Status::Failure, "the current password is not right");
    services.record_own(caller, event).await?;
    Err(Error::invalid("current", "is not your password"))
}

/// Whether the caller has a password yet, and so must show it to change it.
pub async fn has_password(services: &Services, caller: &Caller) -> Result<bool> {
    let (person, _) = sessions::signed_in(caller)?;
    let account = services.store.account(&person.email).await?;
    Ok(account.is_some_and(|account| account.password_hash.is_some()))
}

/// Changes the caller's own password, which ends their other sessions. `current` is not asked
/// of somebody who has none yet.
pub async fn change_password(
    services: &Services,
    caller: &Caller,
    current: Option<SecretString>,
    new: SecretString,
) -> Result<()> {
    let (person, session) = sessions::signed_in(caller)?;
    let words = users::own_words(services, &person.name, &person.email);
    let hash = passwords::hash(new, words, "new").await?;
    let account = services.store.account(&person.email).await?;
    let known = account.and_then(|account| account.password_hash);
    let guess = sign_in::Guess::count(services, caller, &person.id.to_string()).await?;
    if known.is_some() {
        let current = current.unwrap_or_default();
        confirm(services, caller, current, known.clone()).await?;
    }
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    if transaction.password_hash(person.id).await? != known {
        return Err(Error::Conflict(
            "Your password was changed elsewhere. Try again.".to_owned(),
        ));
    }
    guess.was_right(&mut transaction).await?;
    transaction.set_password(person.id, &hash).await?;
    transaction.void_links(person.id, now).await?;
    let ended = transaction
        .end_sessions(person.id, Some(session), now)
        .await?;
    let event = NewEvent::new("password.changed")
        .on(users::resource(person))
        .with_details(json!({ "sessions_ended": ended }));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(())
}
