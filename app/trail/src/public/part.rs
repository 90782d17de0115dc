//! From the event to its parts.

use model::event::{Actor, ActorType, Event, Resource};
use serde_json::{Map, Value};

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
    let mut parts = Parts::default();
    let mut public = Map::new();
    public.insert("actor".into(), parts.actor(&event.actor)?);
    if let Some(resource) = &event.resource {
        public.insert("resource".into(), parts.resource(resource)?);
    }
    for (path, value) in [
        (Path::known("/error_message"), &event.error_message),
        (Path::known("/session_id"), &event.session_id),
    ] {
        parts.text_field(path, value.as_deref())?;
    }
    for (path, value) in [
        (Path::known("/details"), &event.details),
        (Path::known("/previous_state"), &event.previous_state),
        (Path::known("/new_state"), &event.new_state),
    ] {
        parts.json_field(path, value.as_ref())?;
    }
    let occurred_at =
        canon::timestamp(event.occurred_at.timestamp_micros()).ok_or(PartError::Time)?;
    public.insert("action".into(), text(&event.action));
    public.insert(
        "compliance_tags".into(),
        event.compliance_tags.clone().into(),
    );
    public.insert(
        "data_classification".into(),
        text(event.data_classification.as_str()),
    );
    public.insert("occurred_at".into(), Value::String(occurred_at));
    insert(&mut public, "request_id", event.request_id.as_deref());
    public.insert("schema_version".into(), event.schema_version.into());
    public.insert("source".into(), text(&event.source));
    public.insert("status".into(), text(event.status.as_str()));
    insert(&mut public, "team", event.team.as_deref());
    Ok(parts.finish(public)?)
}

/// The fields found so far.
#[derive(Default)]
struct Parts {
    fields: Vec<Field>,
}

impl Parts {
    /// The public part of the actor.
    fn actor(&mut self, actor: &Actor) -> Result<Value, CanonError> {
        let ip = actor.ip.map(canon::inet);
        for (path, value) in [
            (Path::known("/actor/email"), &actor.email),
            (Path::known("/actor/ip"), &ip),
            (Path::known("/actor/on_behalf_of"), &actor.on_behalf_of),
            (Path::known("/actor/user_agent"), &actor.user_agent),
        ] {
            self.text_field(path, value.as_deref())?;
        }
        let mut public = Map::new();
        public.insert("type".into(), text(actor.kind.as_str()));
        if matches!(actor.kind, ActorType::User | ActorType::Anonymous) {
            self.text_field(Path::known("/actor/id"), Some(&actor.id))?;
            self.text_field(Path::known("/actor/name"), actor.name.as_deref())?;
        } else {
            public.insert("id".into(), text(&actor.id));
            insert(&mut public, "name", actor.name.as_deref());
        }
        Ok(Value::Object(public))
    }

    /// The public part of the resource.
    fn resource(&mut self, resource: &Resource) -> Result<Value, CanonError> {
        let mut public = Map::new();
        public.insert("type".into(), text(&resource.kind));
        if PERSONAL_RESOURCES
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(&resource.kind))
        {
            self.text_field(Path::known("/resource/id"), resource.id.as_deref())?;
            self.text_field(Path::known("/resource/name"), resource.name.as_deref())?;
        } else {
            insert(&mut public, "id", resource.id.as_deref());
            insert(&mut public, "name", resource.name.as_deref());
        }
        Ok(Value::Object(public))
    }

    fn text_field(&mut self, path: Path, value: Option<&str>) -> Result<(), CanonError> {
        self.field(path, value, canon::text)
    }

    fn json_field(&mut self, path: Path, value: Option<&Value>) -> Result<(), CanonError> {
        self.field(path, value, canon::canonical)
    }

    fn field<T: ?Sized>(
        &mut self,
        path: Path,
        value: Option<&T>,
        canonical: impl FnOnce(&T) -> Result<String, CanonError>,
    ) -> Result<(), CanonError> {
        if let Some(value) = value {
            let value = canonical(value).map_err(|error| {
                error.within(&path.as_str().replace('/', ".").replacen('.', "$.", 1))
            })?;
            self.fields.push(Field { path, value });
        }
        Ok(())
    }

    fn finish(mut self, mut public: Map<String, Value>) -> Result<Split, CanonError> {
        self.fields.sort_by(|a, b| a.path.cmp(&b.path));
        let paths = self.fields.iter().map(|field| text(field.path.as_str()));
        public.insert(FIELDS_KEY.into(), paths.collect());
        Ok(Split {
            text: canon::canonical(&Value::Object(public))?,
            fields: self.fields,
        })
    }
}

fn insert(object: &mut Map<String, Value>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), text(value));
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
