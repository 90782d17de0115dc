//! Whether the content of an event is what its leaf commits to.

use sha2::{Digest as _, Sha256};

use super::finding::Damage;
use crate::Hash;
use crate::bundle::{EventLine, FieldLine, Shown};
use crate::field::Salt;
use crate::leaf::Leaf;

/// How the list of fields begins a public text: canonical order puts no other member before it.
const LIST: &str = "{\"$fields\":[";

/// Tag, salt and length of the path: what begins the input of a field's commitment.
const FIELD_START_BYTES: usize = 1 + 16 + 2;

/// Checks public text, fields and leaf against one another and names what does not fit.
pub(super) fn check(
    event: &EventLine<'_>,
    leaf: &Leaf,
    commitments: &mut Vec<u8>,
) -> Option<Damage> {
    if commit_public(event.salt, event.public) != leaf.public {
        return Some(Damage::Public);
    }
    if !lists(event.public, &event.fields) {
        return Some(Damage::FieldList);
    }
    commitments.clear();
    commitments.push(0x12);
    let count = u16::try_from(event.fields.len()).unwrap_or(u16::MAX);
    commitments.extend_from_slice(&count.to_be_bytes());
    let mut altered = None;
    for field in &event.fields {
        let commitment = match &field.shown {
            Shown::Hidden(commitment) | Shown::Erased(commitment, _) => *commitment,
            Shown::Clear { salt, check, value } => {
                let commitment = commit_field(*salt, field, value);
                if !commitment.0.starts_with(check) {
                    altered = altered.or(Some(field));
                }
                commitment
            }
        };
        commitments.extend_from_slice(&commitment.0);
    }
    if Hash::of(&[commitments.as_slice()]) == leaf.fields {
        // The check bytes of a sound field may still have been altered.
        return altered.map(|field| Damage::Field(name(field)));
    }
    Some(altered.map_or(Damage::Fields, |field| Damage::Field(name(field))))
}

fn name(field: &FieldLine<'_>) -> String {
    field.path().unwrap_or_else(|| field.raw_path.to_string())
}

/// Whether the public text lists these paths, in this order. Both stand as canonical text, so
/// bytes can be compared.
fn lists(public: &str, fields: &[FieldLine<'_>]) -> bool {
    let Some(mut rest) = public.strip_prefix(LIST) else {
        return false;
    };
    for (index, field) in fields.iter().enumerate() {
        let after = if index == 0 {
            Some(rest)
        } else {
            rest.strip_prefix(',')
        };
        let after = after
            .and_then(|rest| rest.strip_prefix('"'))
            .and_then(|rest| rest.strip_prefix(&*field.raw_path))
            .and_then(|rest| rest.strip_prefix('"'));
        match after {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.starts_with(']')
}

/// `crate::field::commit_public`, without copying a long text.
fn commit_public(salt: Salt, text: &str) -> Hash {
    let mut start = [0; 17];
    if let Some((tag, rest)) = start.split_first_mut() {
        *tag = 0x10;
        rest.copy_from_slice(salt.as_bytes());
    }
    Hash::of(&[&start, text.as_bytes()])
}

/// `crate::field::commit_field`, for a path as it stands in a line.
fn commit_field(salt: Salt, field: &FieldLine<'_>, value: &str) -> Hash {
    let unescaped;
    let path = if field.raw_path.contains('\\') {
        unescaped = field.path().unwrap_or_default();
        unescaped.as_str()
    } else {
        &*field.raw_path
    };
    let length = u16::try_from(path.len()).unwrap_or(u16::MAX);
    let mut hasher = Sha256::new();
    let mut start = [0; FIELD_START_BYTES];
    let (tag, rest) = start.split_at_mut(1);
    let (salt_room, length_room) = rest.split_at_mut(16);
    tag.copy_from_slice(&[0x11]);
    salt_room.copy_from_slice(salt.as_bytes());
    length_room.copy_from_slice(&length.to_be_bytes());
    hasher.update(start);
    hasher.update(path.as_bytes());
    hasher.update(value.as_bytes());
    Hash(hasher.finalize().into())
}
