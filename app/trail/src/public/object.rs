//! Writes an object whose members come in the order of their keys, without building it first.

use std::fmt::Write as _;

use crate::canon::{self, CanonError};

/// An object that is being written. Keys are plain words in ascending order, which whoever calls
/// this has seen to; values are checked.
pub(super) struct Object<'a> {
    out: &'a mut String,
    /// The object's own path, for errors.
    place: &'static str,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut String, place: &'static str) -> Self {
        out.push('{');
        Self {
            out,
            place,
            is_empty: true,
        }
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }

    fn key(&mut self, key: &str) {
        self.out.push_str(if self.is_empty { "\"" } else { ",\"" });
        self.is_empty = false;
        self.out.push_str(key);
        self.out.push_str("\":");
    }

    pub(super) fn text(&mut self, key: &str, value: &str) -> Result<(), CanonError> {
        self.key(key);
        canon::write_text(value, self.out)
            .map_err(|error| error.within(&format!("{}.{key}", self.place)))
    }

    pub(super) fn optional(&mut self, key: &str, value: Option<&str>) -> Result<(), CanonError> {
        value.map_or(Ok(()), |value| self.text(key, value))
    }

    pub(super) fn texts<'t>(
        &mut self,
        key: &str,
        values: impl Iterator<Item = &'t str>,
    ) -> Result<(), CanonError> {
        self.key(key);
        self.out.push('[');
        for (index, value) in values.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            canon::write_text(value, self.out)
                .map_err(|error| error.within(&format!("{}.{key}[{index}]", self.place)))?;
        }
        self.out.push(']');
        Ok(())
    }

    pub(super) fn number(&mut self, key: &str, value: i16) {
        self.key(key);
        // Writing to a string cannot fail.
        let _ = write!(self.out, "{value}");
    }

    pub(super) fn object(&mut self, key: &str, place: &'static str) -> Object<'_> {
        self.key(key);
        Object::begin(self.out, place)
    }
}
