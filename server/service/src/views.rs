//! Saved views: everybody who reads logs keeps their own and may share them. A shared view is
//! changed by its maker or by who manages views; a personal one is seen by nobody else.

use model::event::{NewEvent, Resource};
use model::permission::Permission;
use model::person::Person;
use model::view::{NAME_CHARS, NewView, View};
use serde_json::{Value, json};
use store::Transaction;
use store::views::SavedView;
use uuid::Uuid;

use crate::{Caller, Error, Result, Services, logs, own_event};

/// Views that one person may have.
const MOST: i64 = 200;

/// The caller's views and those that are shared, by name.
pub async fn list(services: &Services, caller: &Caller) -> Result<Vec<View>> {
    let person = reader(services, caller).await?;
    let saved = services.store.views(person.id).await?;
    Ok(saved.into_iter().map(|view| seen(caller, view)).collect())
}

/// Saves a view for the caller.
///
/// # Errors
///
/// [`Error::Invalid`] for a name that is taken or too long and for a query that cannot be read.
pub async fn create(services: &Services, caller: &Caller, new: NewView) -> Result<View> {
    let owner = reader(services, caller).await?.clone();
    let content = checked(new)?;
    let (id, now) = (Uuid::now_v7(), services.now());
    let mut transaction = services.store.begin().await?;
    if transaction.count_views(owner.id).await? >= MOST {
        return Err(Error::Conflict(format!(
            "You have {MOST} views already. Delete one that you no longer use."
        )));
    }
    if !transaction.insert_view(id, owner.id, &content, now).await? {
        return Err(taken());
    }
    let event = NewEvent::new("view.created")
        .on(resource(id, &content))
        .changing(None, Some(state(&content)));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    let saved = SavedView {
        id,
        content,
        owner: Some(owner.id),
        owner_name: Some(owner.name),
        changed_at: now,
    };
    Ok(seen(caller, saved))
}

/// Renames, shares or changes a view.
pub async fn change(services: &Services, caller: &Caller, id: Uuid, new: NewView) -> Result<View> {
    reader(services, caller).await?;
    let content = checked(new)?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let before = changeable(&mut transaction, services, caller, id).await?;
    if !transaction.update_view(id, &content, now).await? {
        return Err(taken());
    }
    if before.content != content {
        let event = NewEvent::new("view.changed")
            .on(resource(id, &content))
            .changing(Some(state(&before.content)), Some(state(&content)));
        transaction.record(own_event::prepare(caller, event, now));
    }
    transaction.commit(now).await?;
    let after = SavedView {
        content,
        changed_at: now,
        ..before
    };
    Ok(seen(caller, after))
}

/// Deletes a view.
pub async fn delete(services: &Services, caller: &Caller, id: Uuid) -> Result<()> {
    reader(services, caller).await?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let view = changeable(&mut transaction, services, caller, id).await?;
    transaction.delete_view(id).await?;
    let event = NewEvent::new("view.deleted")
        .on(resource(id, &view.content))
        .changing(Some(state(&view.content)), None);
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(())
}

/// Whoever reads logs, as a person: a service's token keeps no views.
async fn reader<'a>(services: &Services, caller: &'a Caller) -> Result<&'a Person> {
    services.authorize(caller, Permission::LogsRead).await?;
    caller.person.as_ref().ok_or(Error::Unauthenticated)
}

/// The view, locked, if the caller may change it. What they cannot see is not found; what they
/// see and may not change is refused and recorded.
async fn changeable(
    transaction: &mut Transaction,
    services: &Services,
    caller: &Caller,
    id: Uuid,
) -> Result<SavedView> {
    const MISSING: Error = Error::NotFound { what: "view" };
    let view = transaction.view(id).await?.ok_or(MISSING)?;
    if is_own(caller, &view) {
        return Ok(view);
    }
    if !view.content.shared {
        return Err(MISSING);
    }
    services.authorize(caller, Permission::ViewsManage).await?;
    Ok(view)
}

fn is_own(caller: &Caller, view: &SavedView) -> bool {
    let person = caller.person.as_ref().map(|person| person.id);
    person.is_some() && view.owner == person
}

fn seen(caller: &Caller, view: SavedView) -> View {
    let own = is_own(caller, &view);
    View {
        id: view.id,
        content: view.content,
        maker: view.owner_name,
        own,
        may_change: own || caller.may(Permission::ViewsManage),
        changed_at: view.changed_at,
    }
}

fn checked(new: NewView) -> Result<NewView> {
    let name = new.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !NAME_CHARS.contains(&name.chars().count()) {
        return Err(Error::invalid("name", "needs 1 to 80 characters"));
    }
    let query = new.query.trim().to_owned();
    logs::parse(&query)?;
    Ok(NewView { name, query, ..new })
}

fn taken() -> Error {
    Error::invalid("name", "is taken by another view of the same person")
}

fn resource(id: Uuid, view: &NewView) -> Resource {
    Resource::new("view", id.to_string()).named(view.name.clone())
}

fn state(view: &NewView) -> Value {
    json!({ "name": view.name, "query": view.query, "columns": view.columns, "shared": view.shared })
}
