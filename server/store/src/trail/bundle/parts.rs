//! Positions as parts of a bundle: opened, explained, or folded into subtrees.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::PgConnection;
use trail::Hash;
use trail::field::Salt;
use trail::leaf::LEAF_BYTES;
use trail::public::split;
use trail::tree::{Node, subtrees};

use super::walk::{Content, Stretch};
use super::{BundlePart, Found, OpenedEvent, OpenedField};
use crate::trail::head::position;
use crate::trail::holes::{Provenance, provenance};
use crate::trail::leaves::{self, Leaves};
use crate::trail::nodes;
use crate::trail::seal::event_key;
use crate::{Error, Result};

/// What becomes of a stretch, before its hashes are read.
enum Item {
    Shown(u64, Content),
    LeftOut(Node),
}

/// The parts of a stretch.
pub(super) async fn of(connection: &mut PgConnection, stretch: Stretch) -> Result<Vec<BundlePart>> {
    let holes = explanations(connection, &stretch).await?;
    let items = items(stretch);
    let left_out: Vec<Node> = items
        .iter()
        .filter_map(|item| match item {
            Item::LeftOut(node) => Some(*node),
            Item::Shown(..) => None,
        })
        .collect();
    let mut tiles: BTreeSet<u64> = nodes::low_tiles(&left_out).collect();
    tiles.extend(items.iter().filter_map(|item| match item {
        Item::Shown(place, _) => Some(leaves::tile_of(*place)),
        Item::LeftOut(_) => None,
    }));
    let leaves = leaves::tiles(connection, &tiles).await?;
    let mut hashes = nodes::hashes(connection, &left_out, &leaves)
        .await?
        .into_iter();
    items
        .into_iter()
        .map(|item| match item {
            Item::Shown(place, content) => shown(place, content, &leaves, &holes),
            Item::LeftOut(node) => hashes
                .next()
                .map(|hash| BundlePart::Subtree(node, hash))
                .ok_or_else(|| Error::Trail("a subtree has no hash".to_owned())),
        })
        .collect()
}

async fn explanations(connection: &mut PgConnection, stretch: &Stretch) -> Result<Vec<Provenance>> {
    let is_hole = |(_, content): &(u64, Content)| matches!(content, Content::Nothing);
    if !stretch.shown.iter().any(is_hole) {
        return Ok(Vec::new());
    }
    provenance(connection, position(stretch.from), position(stretch.to)).await
}

fn items(stretch: Stretch) -> Vec<Item> {
    let mut next = stretch.from;
    let mut items = Vec::with_capacity(stretch.shown.len());
    for (place, content) in stretch.shown {
        items.extend(subtrees(next, place).map(Item::LeftOut));
        items.push(Item::Shown(place, content));
        next = place + 1;
    }
    items.extend(subtrees(next, stretch.to).map(Item::LeftOut));
    items
}

fn shown(
    place: u64,
    content: Content,
    leaves: &Leaves,
    holes: &[Provenance],
) -> Result<BundlePart> {
    let leaf = *leaves
        .get(&place)
        .ok_or_else(|| Error::Trail(format!("position {place} has no leaf")))?;
    let why = match content {
        Content::Row(found) => match open(place, leaf, *found) {
            Some(event) => return Ok(BundlePart::Event(Box::new(event))),
            None => json!({"cause": "unreadable"}),
        },
        Content::Unreadable => json!({"cause": "unreadable"}),
        Content::Nothing => why(place, holes),
    };
    Ok(BundlePart::Hole {
        position: place,
        leaf,
        why: why.to_string(),
    })
}

fn why(place: u64, holes: &[Provenance]) -> Value {
    let seq = position(place);
    let hole = holes
        .iter()
        .find(|hole| (hole.first..hole.after).contains(&seq));
    hole.map_or_else(
        || json!({"cause": "missing"}),
        |hole| json!({"cause": hole.cause, "event": hole.event_id, "position": hole.seq}),
    )
}

/// Opens a row; none where it was never sealed, or holds what cannot have been.
pub(super) fn open(place: u64, leaf: [u8; LEAF_BYTES], found: Found) -> Option<OpenedEvent> {
    let (event, secrets) = found;
    let (salt, key) = secrets?;
    let key = event_key(event.id, key).ok()?;
    let parts = split(&event).ok()?;
    let fields = parts.fields.into_iter().map(|field| {
        let salt = key.salt(&field.path);
        let commitment: Hash = field.commit(&salt);
        OpenedField {
            path: field.path,
            salt,
            commitment,
            value: field.value,
        }
    });
    Some(OpenedEvent {
        position: place,
        leaf,
        salt: Salt(salt),
        public: parts.text,
        fields: fields.collect(),
    })
}
