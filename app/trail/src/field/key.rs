//! Keys, from a person's down to a field's: who destroys the first has destroyed them all.
//!
//! ```text
//! K_e    = HMAC(K_s, "ev" || id)
//! salt_f = HMAC(K_e, "s" || path)[0..16]     key_f = HMAC(K_e, "k" || path)
//! tag    = HMAC(K_s, "tag" || YYYYMM)[0..16]
//! ```
//!
//! No key is shown, compared or written. Subjects' and fields' keys are overwritten when they are
//! dropped; the inner states of hashing are not, since that would slow every hash down by half.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

use super::{Path, Salt};
use crate::canon;

/// The key of one person: all that is sealed for somebody hangs on it.
#[derive(Clone)]
pub struct SubjectKey([u8; 32]);

/// The key of one event, from which the salts and keys of its fields follow.
#[derive(Clone)]
pub struct EventKey(Hmac<Sha256>);

/// The key under which one field is encrypted.
pub struct FieldKey([u8; 32]);

/// Fields without anybody's key would be open to guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event's key needs at least one subject's key")]
pub struct NoSubject;

impl SubjectKey {
    /// The key with these bytes, which must come from a secure source.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the keyring to wrap.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What finds the person's events of one month (of receipt, in UTC) without naming anybody;
    /// none beyond the year 9999.
    #[must_use]
    pub fn tag(&self, received_at: u64) -> Option<[u8; 16]> {
        let at = canon::timestamp(i64::try_from(received_at).ok()?)?;
        let (year, month) = (at.get(..4)?, at.get(5..7)?);
        let tag = mac(
            &keyed(&self.0),
            &[b"tag", year.as_bytes(), month.as_bytes()],
        );
        tag.first_chunk().copied()
    }
}

impl EventKey {
    /// The key of the event with this id. Several subjects share it: it cannot be derived again
    /// once the key of any one of them is gone. Their order and repetition do not matter.
    ///
    /// # Errors
    ///
    /// [`NoSubject`] where there is no subject.
    pub fn derive(subjects: &[SubjectKey], id: Uuid) -> Result<Self, NoSubject> {
        let mut keys: Vec<&[u8; 32]> = subjects.iter().map(SubjectKey::as_bytes).collect();
        keys.sort_unstable();
        keys.dedup();
        let shared = match keys.as_slice() {
            [] => return Err(NoSubject),
            [only] => Zeroizing::new(**only),
            several => {
                let mut hasher = Sha256::new_with_prefix([0x1f]);
                for key in several {
                    hasher.update(key);
                }
                Zeroizing::new(hasher.finalize().into())
            }
        };
        let key = mac(&keyed(&shared), &[b"ev", id.as_bytes()]);
        Ok(Self(keyed(&key)))
    }

    /// What hides the field at this path.
    #[must_use]
    pub fn salt(&self, path: &Path) -> Salt {
        let full = mac(&self.0, &[b"s", path.as_str().as_bytes()]);
        Salt(full.first_chunk().copied().unwrap_or_default())
    }

    /// What encrypts the field at this path.
    #[must_use]
    pub fn field_key(&self, path: &Path) -> FieldKey {
        FieldKey(*mac(&self.0, &[b"k", path.as_str().as_bytes()]))
    }
}

impl FieldKey {
    /// The bytes, for the cipher.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// HMAC-SHA-256 that has taken in its key and nothing else.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // RFC 2104 fills a short key up with zeros to the hash's block of 64 bytes.
    let mut block = Zeroizing::new([0; 64]);
    let (start, _) = block.split_at_mut(32);
    start.copy_from_slice(key);
    Hmac::new(&(*block).into())
}

fn mac(keyed: &Hmac<Sha256>, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

impl Drop for SubjectKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for FieldKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey(…)")
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventKey(…)")
    }
}

impl fmt::Debug for FieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldKey(…)")
    }
}
