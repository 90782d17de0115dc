//! The leaf: what the tree has of one event, 90 bytes without any content.
//!
//! Its position is not in it: that is its index in the tree. Class and time of receipt stand in
//! the clear, so that anybody can tell a deletion that came before its term.

use model::event::Category;
use uuid::Uuid;

use crate::Hash;
use crate::tree::leaf_hash;

/// Bytes of an encoded leaf.
pub const LEAF_BYTES: usize = 90;

const VERSION: u8 = 1;

/// The last microsecond of the year 9999, the latest that can be written as text.
const LATEST: u64 = 253_402_300_799_999_999;

/// `u8 1 | u8 class | u64 received_at | id | C_pub | F`, integers big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Decides how long the event must be kept.
    pub class: Category,
    /// Microseconds since 1970-01-01T00:00:00Z, at most to the end of the year 9999.
    pub received_at: u64,
    /// The event's own id.
    pub id: Uuid,
    /// The commitment to the public text: `C_pub`.
    pub public: Hash,
    /// The commitment to all fields: `F`.
    pub fields: Hash,
}

/// Bytes that are no leaf of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Another length than [`LEAF_BYTES`].
    #[error("a leaf has {LEAF_BYTES} bytes, not {0}")]
    Length(usize),
    /// A first byte other than 1.
    #[error("leaves of version {0} are not known")]
    Version(u8),
    /// A second byte that stands for no class.
    #[error("no class has the code {0}")]
    Class(u8),
    /// A time of receipt beyond the year 9999.
    #[error("the time of receipt, {0} µs, lies beyond the year 9999")]
    Time(u64),
}

impl Leaf {
    /// The bytes that are an entry of the log.
    #[must_use]
    pub fn encode(&self) -> [u8; LEAF_BYTES] {
        let mut bytes = [0; LEAF_BYTES];
        let parts: [&[u8]; 5] = [
            &[VERSION, class_code(self.class)],
            &self.received_at.to_be_bytes(),
            self.id.as_bytes(),
            self.public.as_bytes(),
            self.fields.as_bytes(),
        ];
        for (byte, value) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *byte = *value;
        }
        bytes
    }

    /// Reads what [`Leaf::encode`] wrote; every leaf has one encoding.
    ///
    /// # Errors
    ///
    /// [`LeafError`] with what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        let length = || LeafError::Length(bytes.len());
        if bytes.len() != LEAF_BYTES {
            return Err(length());
        }
        let (head, rest) = bytes.split_first_chunk::<2>().ok_or_else(length)?;
        let (received_at, rest) = rest.split_first_chunk().ok_or_else(length)?;
        let (id, rest) = rest.split_first_chunk().ok_or_else(length)?;
        let (public, fields) = rest.split_first_chunk().ok_or_else(length)?;
        let [version, class] = *head;
        if version != VERSION {
            return Err(LeafError::Version(version));
        }
        let received_at = u64::from_be_bytes(*received_at);
        if received_at > LATEST {
            return Err(LeafError::Time(received_at));
        }
        Ok(Self {
            class: class_of(class).ok_or(LeafError::Class(class))?,
            received_at,
            id: Uuid::from_bytes(*id),
            public: Hash(*public),
            fields: Hash::from_slice(fields).ok_or_else(length)?,
        })
    }

    /// The hash by which the tree holds the leaf: `H(0x00 || leaf)`.
    #[must_use]
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.encode())
    }
}

impl std::fmt::Display for Leaf {
    /// Its bytes in lower-case hexadecimal digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::hex::write(&self.encode(), f)
    }
}

/// The byte that stands for a class in a leaf. 0 is none, so that zeros are no leaf.
#[must_use]
pub const fn class_code(class: Category) -> u8 {
    match class {
        Category::Activity => 1,
        Category::DataAccess => 2,
        Category::AiDecision => 3,
        Category::Remediation => 4,
        Category::Admin => 5,
        Category::Security => 6,
    }
}

fn class_of(code: u8) -> Option<Category> {
    Category::ALL
        .iter()
        .copied()
        .find(|class| class_code(*class) == code)
}
