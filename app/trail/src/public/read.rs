//! From a public text, as somebody sent it, back to what it says.

use serde_json::{Map, Value};

use super::FIELDS_KEY;
use crate::canon::{self, CanonError};
use crate::field::{Field, Path};
use crate::leaf::Leaf;

/// A public text that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Public {
    /// The members, without `$fields`.
    pub members: Map<String, Value>,
    /// Where the fields belong, ascending: one for each commitment.
    pub paths: Vec<Path>,
}

/// Why a text is no public text, or a field does not fit it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicError {
    /// Not even a value.
    #[error(transparent)]
    Canon(#[from] CanonError),
    /// A value, but not in its canonical form.
    #[error("the public text is not in its canonical form")]
    Form,
    /// Not an object with the list of fields.
    #[error("the public text must be an object with a list of paths under {FIELDS_KEY}")]
    Shape,
    /// A path that is none, or not after the one before it.
    #[error("{FIELDS_KEY}: “{0}” is no path, or stands out of order")]
    Path(String),
    /// A field that the list does not name.
    #[error("{0} is not in the list of fields")]
    Unlisted(Path),
    /// A field whose place is taken, or lies in something that has no members.
    #[error("{0} has no place in the event")]
    Place(Path),
    /// A time of receipt that cannot be written, which no decoded leaf has.
    #[error("the time of receipt lies beyond the year 9999")]
    Time,
}

impl Public {
    /// Reads a public text.
    ///
    /// # Errors
    ///
    /// [`PublicError`] where it is not what [`super::split`] could have made.
    pub fn read(text: &str) -> Result<Self, PublicError> {
        let value = canon::parse(text)?;
        if canon::canonical(&value)? != text {
            return Err(PublicError::Form);
        }
        let Value::Object(mut members) = value else {
            return Err(PublicError::Shape);
        };
        let Some(Value::Array(list)) = members.remove(FIELDS_KEY) else {
            return Err(PublicError::Shape);
        };
        let mut paths: Vec<Path> = Vec::with_capacity(list.len());
        for path in list {
            let Value::String(text) = path else {
                return Err(PublicError::Shape);
            };
            match Path::new(text.as_str()) {
                Ok(path) if paths.last().is_none_or(|last| *last < path) => paths.push(path),
                _ => return Err(PublicError::Path(text)),
            }
        }
        Ok(Self { members, paths })
    }

    /// Puts disclosed fields where they belong.
    ///
    /// # Errors
    ///
    /// [`PublicError::Unlisted`], [`PublicError::Place`], [`PublicError::Canon`].
    pub fn with_fields(self, fields: &[Field]) -> Result<Map<String, Value>, PublicError> {
        let mut event = self.members;
        for field in fields {
            if self.paths.binary_search(&field.path).is_err() {
                return Err(PublicError::Unlisted(field.path.clone()));
            }
            let value = canon::parse(&field.value)?;
            place(&mut event, &field.path, value)
                .ok_or_else(|| PublicError::Place(field.path.clone()))?;
        }
        Ok(event)
    }
}

/// The event as far as it is disclosed, in the shape in which events are read: all of
/// `model::event::Event` when all its fields are given.
///
/// # Errors
///
/// [`PublicError`] where text and fields do not make an event's parts. Commitments are not
/// looked at.
pub fn reveal(
    position: u64,
    leaf: &Leaf,
    text: &str,
    fields: &[Field],
) -> Result<Value, PublicError> {
    let mut event = Public::read(text)?.with_fields(fields)?;
    let received_at = i64::try_from(leaf.received_at)
        .ok()
        .and_then(canon::timestamp)
        .ok_or(PublicError::Time)?;
    event.insert("id".into(), leaf.id.to_string().into());
    event.insert("seq".into(), position.into());
    event.insert("received_at".into(), received_at.into());
    event.insert("category".into(), leaf.class.as_str().into());
    Ok(Value::Object(event))
}

/// None where something stands there already, or above it something that is no object.
fn place(event: &mut Map<String, Value>, path: &Path, value: Value) -> Option<()> {
    let mut names: Vec<String> = path.names().collect();
    let last = names.pop()?;
    let mut object = event;
    for name in names {
        object = object.get_mut(&name)?.as_object_mut()?;
    }
    if object.contains_key(&last) {
        return None;
    }
    object.insert(last, value);
    Some(())
}
