//! People: inviting, roles, disabling, removing, and the way back in.
//!
//! Refuses to leave the installation without an owner who can sign in, and lets only owners
//! touch owners.

use model::event::{NewEvent, Resource, Status};
use model::permission::{Permission, Role};
use model::person::{IssuedLink, LinkKind, Member, Person, PersonState};
use serde_json::{Value, json};
use store::Transaction;
use uuid::Uuid;

use crate::{Caller, Credential, Error, Result, Services, links, own_event};

/// How long an invitation opens, in hours.
const INVITATION_HOURS: i64 = 7 * 24;

/// How long a link for a new password opens, in hours.
const RESET_HOURS: i64 = 24;

/// The address of the owner that a new installation begins with.
pub const FIRST_OWNER: &str = "owner@localhost";

/// Whom to invite.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub email: String,
    /// The part before the @ when empty; the invited person can change it.
    pub name: String,
    pub role: Role,
}

/// The person as a resource of events.
pub(crate) fn resource(person: &Person) -> Resource {
    Resource::new("user", person.id.to_string()).named(person.email.clone())
}

pub(crate) fn member_resource(member: &Member) -> Resource {
    Resource::new("user", member.id.to_string()).named(member.email.clone())
}

pub(crate) fn state(member: &Member) -> Value {
    json!({ "email": member.email, "name": member.name, "role": member.role, "state": member.state })
}

/// An address as it is kept: trimmed, in lower case, with one @ between two parts.
pub(crate) fn check_email(text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    let plausible = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
    });
    if !plausible || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return Err(Error::invalid("email", "must read like ada@example.org"));
    }
    Ok(email)
}

/// A name as it is kept.
pub(crate) fn check_name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            "needs 1 to 120 characters on one line",
        ));
    }
    Ok(name.to_owned())
}

/// Words that a person's password must not be made of.
pub(crate) fn own_words(services: &Services, name: &str, email: &str) -> Vec<String> {
    [name, email, &services.settings.public_url, "auditorium"]
        .into_iter()
        .flat_map(|text| std::iter::once(text).chain(text.split(|c: char| !c.is_alphanumeric())))
        .filter(|word| word.chars().count() > 2)
        .map(str::to_lowercase)
        .collect()
}

/// Only owners and the process itself touch owners; an attempt is recorded.
async fn guard_owner(services: &Services, caller: &Caller, roles: [Role; 2]) -> Result<()> {
    let may = caller.credential == Credential::System || caller.role() == Some(Role::Owner);
    if may || !roles.contains(&Role::Owner) {
        return Ok(());
    }
    let reason = "only an owner may make, change or remove an owner";
    let event = NewEvent::new("access.denied")
        .with_details(json!({ "permission": Permission::UsersManage, "reason": reason }))
        .ended(Status::Denied, reason);
    services.record_own(caller, event).await?;
    Err(Error::Forbidden {
        permission: Permission::UsersManage,
    })
}

/// Refuses when nobody would remain who can sign in as an owner.
async fn keep_an_owner(transaction: &mut Transaction, leaving: &Member) -> Result<()> {
    if leaving.role == Role::Owner && !transaction.has_other_owner(leaving.id).await? {
        return Err(Error::Conflict(
            "This is the last owner who can sign in. Make somebody else an owner first.".to_owned(),
        ));
    }
    Ok(())
}

fn refuse_self(caller: &Caller, id: Uuid) -> Result<()> {
    if caller.person.as_ref().is_some_and(|person| person.id == id) {
        return Err(Error::Conflict(
            "You cannot do this to yourself. Ask another admin or owner.".to_owned(),
        ));
    }
    Ok(())
}

pub(crate) async fn load(transaction: &mut Transaction, id: Uuid) -> Result<Member> {
    transaction.lock_owners().await?;
    transaction
        .user(id)
        .await?
        .ok_or(Error::NotFound { what: "person" })
}

/// Everybody.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<Member>> {
    services.authorize(caller, Permission::UsersManage).await?;
    Ok(services.store.users().await?)
}

/// Adds a person and makes the link with which they choose a password. The link is shown once
/// to whoever invites, who passes it on; no mail is sent.
pub async fn invite(
    services: &Services,
    caller: &Caller,
    invitation: Invitation,
) -> Result<IssuedLink> {
    services.authorize(caller, Permission::UsersManage).await?;
    guard_owner(services, caller, [invitation.role; 2]).await?;
    let now = services.now();
    let email = check_email(&invitation.email)?;
    let name = match invitation.name.trim() {
        "" => email.split('@').next().unwrap_or(&email).to_owned(),
        name => check_name(name)?,
    };
    let person = Person {
        id: Uuid::now_v7(),
        name,
        email,
        role: invitation.role,
    };
    let mut transaction = services.store.begin().await?;
    if !transaction.insert_user(&person, now).await? {
        return Err(Error::invalid(
            "email",
            "belongs to somebody who is here already",
        ));
    }
    record_created(&mut transaction, services, caller, &person);
    let kind = LinkKind::Invitation;
    let issued = links::add(
        &mut transaction,
        caller,
        kind,
        &person,
        now,
        INVITATION_HOURS,
    )
    .await?;
    transaction.commit(now).await?;
    Ok(issued_link(services, person.email, &issued))
}

fn record_created(
    transaction: &mut Transaction,
    services: &Services,
    caller: &Caller,
    person: &Person,
) {
    let new = json!({ "email": person.email, "name": person.name, "role": person.role, "state": PersonState::Active });
    let event = NewEvent::new("user.created")
        .on(resource(person))
        .changing(None, Some(new));
    transaction.record(own_event::prepare(caller, event, services.now()));
}

fn issued_link(services: &Services, email: String, issued: &links::Issued) -> IssuedLink {
    let url = format!("{}{}", services.settings.public_url, issued.path);
    IssuedLink {
        url,
        email,
        expires_at: issued.expires_at,
    }
}

/// Gives a person another role.
pub async fn change_role(
    services: &Services,
    caller: &Caller,
    id: Uuid,
    role: Role,
) -> Result<Member> {
    services.authorize(caller, Permission::UsersManage).await?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let before = load(&mut transaction, id).await?;
    guard_owner(services, caller, [before.role, role]).await?;
    if before.role == role {
        return Ok(before);
    }
    keep_an_owner(&mut transaction, &before).await?;
    let after = Member {
        role,
        ..before.clone()
    };
    transaction.update_user(&after).await?;
    let event = NewEvent::new("role.assigned")
        .on(member_resource(&after))
        .changing(
            Some(json!({ "role": before.role })),
            Some(json!({ "role": role })),
        );
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(after)
}

/// Disables a person, which ends their sessions and stops their tokens, or enables them again.
pub async fn set_state(
    services: &Services,
    caller: &Caller,
    id: Uuid,
    state_: PersonState,
) -> Result<Member> {
    services.authorize(caller, Permission::UsersManage).await?;
    refuse_self(caller, id)?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let before = load(&mut transaction, id).await?;
    guard_owner(services, caller, [before.role; 2]).await?;
    if before.state == state_ {
        return Ok(before);
    }
    let mut ended = 0;
    if state_ == PersonState::Disabled {
        keep_an_owner(&mut transaction, &before).await?;
        ended = transaction.end_sessions(id, None, now).await?;
        transaction.void_links(id, now).await?;
    }
    let after = Member {
        state: state_,
        ..before.clone()
    };
    transaction.update_user(&after).await?;
    let event = NewEvent::new("user.updated")
        .on(member_resource(&after))
        .with_details(json!({ "sessions_ended": ended }))
        .changing(Some(state(&before)), Some(state(&after)));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(after)
}

/// Removes a person with sessions, tokens and links. Events keep their name. `confirmation` is
/// the person's address, typed by whoever removes them.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: Uuid,
    confirmation: &str,
) -> Result<()> {
    services.authorize(caller, Permission::UsersManage).await?;
    refuse_self(caller, id)?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let before = load(&mut transaction, id).await?;
    guard_owner(services, caller, [before.role; 2]).await?;
    if !confirmation.trim().eq_ignore_ascii_case(&before.email) {
        return Err(Error::invalid(
            "confirmation",
            format!("does not read {}", before.email),
        ));
    }
    keep_an_owner(&mut transaction, &before).await?;
    transaction.delete_user(id).await?;
    let event = NewEvent::new("user.deleted")
        .on(member_resource(&before))
        .changing(Some(state(&before)), None);
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(())
}

/// Makes a link with which a person chooses a new password; an invitation again for somebody
/// who never had one.
pub async fn reset_link(services: &Services, caller: &Caller, id: Uuid) -> Result<IssuedLink> {
    services.authorize(caller, Permission::UsersManage).await?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let member = load(&mut transaction, id).await?;
    guard_owner(services, caller, [member.role; 2]).await?;
    if member.state == PersonState::Disabled {
        return Err(Error::Conflict(
            "This person is disabled. Enable them first.".to_owned(),
        ));
    }
    let (kind, hours) = if member.has_password {
        (LinkKind::Reset, RESET_HOURS)
    } else {
        (LinkKind::Invitation, INVITATION_HOURS)
    };
    let person = Person {
        id,
        name: member.name,
        email: member.email,
        role: member.role,
    };
    let issued = links::add(&mut transaction, caller, kind, &person, now, hours).await?;
    transaction.commit(now).await?;
    Ok(issued_link(services, person.email, &issued))
}

/// A way back in for whoever has the machine: enables a person and makes a reset link. Only
/// for the command line beside the database.
pub async fn recover(services: &Services, caller: &Caller, email: &str) -> Result<IssuedLink> {
    if caller.credential != Credential::System {
        return Err(Error::Forbidden {
            permission: Permission::UsersManage,
        });
    }
    let account = services.store.account(&check_email(email)?).await?;
    let person = account.ok_or(Error::NotFound { what: "person" })?.person;
    set_state(services, caller, person.id, PersonState::Active).await?;
    reset_link(services, caller, person.id).await
}

/// Creates the first owner of an installation that has nobody. Answers with whom it created.
pub async fn ensure_first_owner(services: &Services) -> Result<Option<Person>> {
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    transaction.lock_owners().await?;
    if transaction.has_users().await? {
        return Ok(None);
    }
    let person = Person {
        id: Uuid::now_v7(),
        name: "Owner".to_owned(),
        email: FIRST_OWNER.to_owned(),
        role: Role::Owner,
    };
    transaction.insert_user(&person, now).await?;
    record_created(
        &mut transaction,
        services,
        &Caller::system("start"),
        &person,
    );
    transaction.commit(now).await?;
    Ok(Some(person))
}
