//! From the event to its parts. This stands on the way of every event that is recorded, hence
//! the public text is written straight, in the order that its canonical form has.

use model::event::{Actor, ActorType, Event, Resource};

use super::object::Object;
use super::{FIELDS_KEY, PERSONAL_RESOURCES, Split};
use crate::canon::{self, CanonError};
use crate::field::{Field, Path};

/// Why an event cannot be committed to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// A value in it has no canonical form.
    #[error(transparent)]
    Canon(#[from] CanonError),
    /// Its time lies outside the years that can be written.
    #[error("$.occurred_at: lies outside the years 1 to 9999")]
    Time,
}

/// Parts an event; the same event always in the same way. `id`, `seq`, `received_at` and
/// `category` do not matter: the leaf and its place say them.
///
/// # Errors
///
/// [`PartError`] with the path of what cannot be committed to.
pub fn split(event: &Event) -> Result<Split, PartError> {
    let fields = fields(event)?;
    let text = public_text(event, &fields)?;
    Ok(Split { text, fields })
}

/// Whether id and name of the actor are a person's.
const fn is_person(actor: &Actor) -> bool {
    matches!(actor.kind, ActorType::User | ActorType::Anonymous)
}

/// Whether id and name of the resource are a person's.
fn is_personal(resource: &Resource) -> bool {
    PERSONAL_RESOURCES
        .iter()
        .any(|kind| kind.eq_ignore_ascii_case(&resource.kind))
}

/// All fields of an event, in the order of their paths.
fn fields(event: &Event) -> Result<Vec<Field>, CanonError> {
    let actor = &event.actor;
    let person = is_person(actor);
    let personal = event.resource.as_ref().filter(|kind| is_personal(kind));
    let ip = actor.ip.map(canon::inet);
    let mut fields = Vec::with_capacity(8);
    {
        let mut add = |path, value: Option<&str>| push(&mut fields, path, value, canon::text);
        add("/actor/email", actor.email.as_deref())?;
        add("/actor/id", person.then_some(&actor.id))?;
        add("/actor/ip", ip.as_deref())?;
        add("/actor/name", actor.name.as_deref().filter(|_| person))?;
        add("/actor/on_behalf_of", actor.on_behalf_of.as_deref())?;
        add("/actor/user_agent", actor.user_agent.as_deref())?;
    }
    let json = canon::canonical;
    push(&mut fields, "/details", event.details.as_ref(), json)?;
    let message = event.error_message.as_deref();
    push(&mut fields, "/error_message", message, canon::text)?;
    push(&mut fields, "/new_state", event.new_state.as_ref(), json)?;
    let previous = event.previous_state.as_ref();
    push(&mut fields, "/previous_state", previous, json)?;
    let mut add = |path, value: Option<&str>| push(&mut fields, path, value, canon::text);
    add("/resource/id", personal.and_then(|one| one.id.as_deref()))?;
    add(
        "/resource/name",
        personal.and_then(|one| one.name.as_deref()),
    )?;
    add("/session_id", event.session_id.as_deref())?;
    Ok(fields)
}

fn push<T: ?Sized>(
    fields: &mut Vec<Field>,
    path: &'static str,
    value: Option<&T>,
    canonical: impl FnOnce(&T) -> Result<String, CanonError>,
) -> Result<(), CanonError> {
    if let Some(value) = value {
        let value = canonical(value)
            .map_err(|error| error.within(&format!("${}", path.replace('/', "."))))?;
        fields.push(Field {
            path: Path::known(path),
            value,
        });
    }
    Ok(())
}

/// Members in the order of their keys: nothing sorts them again.
fn public_text(event: &Event, fields: &[Field]) -> Result<String, PartError> {
    let occurred_at =
        canon::timestamp(event.occurred_at.timestamp_micros()).ok_or(PartError::Time)?;
    let mut out = String::with_capacity(640);
    let mut public = Object::begin(&mut out, "$");
    public.texts(FIELDS_KEY, fields.iter().map(|field| field.path.as_str()))?;
    public.text("action", &event.action)?;
    let actor = &event.actor;
    let mut member = public.object("actor", "$.actor");
    if !is_person(actor) {
        member.text("id", &actor.id)?;
        member.optional("name", actor.name.as_deref())?;
    }
    member.text("type", actor.kind.as_str())?;
    member.end();
    let tags = event.compliance_tags.iter().map(String::as_str);
    public.texts("compliance_tags", tags)?;
    public.text("data_classification", event.data_classification.as_str())?;
    public.text("occurred_at", &occurred_at)?;
    public.optional("request_id", event.request_id.as_deref())?;
    if let Some(resource) = &event.resource {
        let mut member = public.object("resource", "$.resource");
        if !is_personal(resource) {
            member.optional("id", resource.id.as_deref())?;
            member.optional("name", resource.name.as_deref())?;
        }
        member.text("type", &resource.kind)?;
        member.end();
    }
    public.number("schema_version", event.schema_version);
    public.text("source", &event.source)?;
    public.text("status", event.status.as_str())?;
    public.optional("team", event.team.as_deref())?;
    public.end();
    Ok(out)
}
