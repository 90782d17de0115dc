//! Where in an event a field belongs.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The longest path; its length must fit 16 bits.
pub const MAX_PATH_BYTES: usize = u16::MAX as usize;

/// A JSON pointer (RFC 6901) into the event, such as `/actor/name`; never the whole event.
/// Ordered by bytes, as commitments are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Cow<'static, str>);

/// A text that is no path of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// Does not begin with a slash.
    #[error("a field's path begins with “/”")]
    NoSlash,
    /// A tilde that stands neither for itself nor for a slash.
    #[error("a “~” in a field's path is written “~0”, a “/” in a name “~1”")]
    Escape,
    /// Longer than [`MAX_PATH_BYTES`].
    #[error("a field's path has at most {MAX_PATH_BYTES} bytes")]
    Long,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// [`BadPath`] where the text is no JSON pointer, or longer than [`MAX_PATH_BYTES`].
    pub fn new(text: impl Into<String>) -> Result<Self, BadPath> {
        let text = text.into();
        check(&text)?;
        Ok(Self(Cow::Owned(text)))
    }

    /// One of the paths that this crate knows; its author has seen that it is one.
    pub(crate) const fn known(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The path as it is committed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its length in bytes, as it is committed.
    #[must_use]
    pub(super) fn length(&self) -> u16 {
        // Held by `check` and by the authors of known paths.
        u16::try_from(self.0.len()).unwrap_or(u16::MAX)
    }

    /// The names on the way from the event to the field, their escapes undone.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0
            .split('/')
            .skip(1)
            .map(|name| name.replace("~1", "/").replace("~0", "~"))
    }
}

fn check(text: &str) -> Result<(), BadPath> {
    if text.len() > MAX_PATH_BYTES {
        return Err(BadPath::Long);
    }
    if !text.starts_with('/') {
        return Err(BadPath::NoSlash);
    }
    if text
        .split('~')
        .skip(1)
        .any(|after| !after.starts_with(['0', '1']))
    {
        return Err(BadPath::Escape);
    }
    Ok(())
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        Self::new(text)
    }
}

impl serde::Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
