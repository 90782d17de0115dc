//! Compares rows with their leaves: finds what was changed in the database behind our back.

use std::collections::{BTreeMap, HashMap};

use model::event::Event;
use model::integrity::DamageKind;
use sqlx::AssertSqlSafe;
use trail::leaf::Leaf;
use uuid::Uuid;

use super::seal::{commitment, micros};
use crate::logs::row::{COLUMNS, EventRow};
use crate::{Result, Store};

/// The salt of an event's public text and the key of its fields.
pub(super) type Secrets = ([u8; 16], [u8; 32]);

/// A row with what opens its commitments.
#[derive(sqlx::FromRow)]
pub(super) struct CommittedRow {
    #[sqlx(flatten)]
    row: EventRow,
    salt: Option<Vec<u8>>,
    field_key: Option<Vec<u8>>,
}

impl CommittedRow {
    /// Where the row stands.
    pub(super) const fn seq(&self) -> i64 {
        self.row.seq()
    }

    /// The event and the secrets that hide it, which a row that was never sealed has not.
    pub(super) fn parts(self) -> Result<(Event, Option<Secrets>)> {
        let event = Event::try_from(self.row)?;
        Ok((event, bytes(self.salt).zip(bytes(self.field_key))))
    }
}

impl Store {
    /// What is wrong with the rows of the positions from `from` to before `to`, which must have
    /// leaves; in order.
    pub async fn check_rows(&self, from: i64, to: i64) -> Result<Vec<(i64, DamageKind)>> {
        let mut transaction = self.snapshot().await?;
        let leaves = super::leaves::read(&mut transaction, from, to).await?;
        let rows: Vec<CommittedRow> = sqlx::query_as(AssertSqlSafe(format!(
            "select {COLUMNS}, salt, field_key from logs where seq >= $1 and seq < $2"
        )))
        .bind(from)
        .bind(to)
        .fetch_all(&mut *transaction)
        .await?;
        let emptied = super::holes::emptied(&mut transaction, from, to).await?;
        drop(transaction);
        let places: HashMap<Uuid, i64> = (from..)
            .zip(&leaves)
            .map(|(place, leaf)| (leaf.id, place))
            .collect();
        let mut damage = BTreeMap::new();
        let mut present = vec![false; leaves.len()];
        for row in rows {
            // A row that does not even read as an event is no event: its place counts as empty.
            let Ok((event, secrets)) = row.parts() else {
                continue;
            };
            let index = usize::try_from(event.seq - from).unwrap_or(usize::MAX);
            if let (Some(leaf), Some(seen)) = (leaves.get(index), present.get_mut(index)) {
                *seen = true;
                if let Some(kind) = judge(&event, leaf, secrets, &places) {
                    damage.insert(event.seq, kind);
                }
            }
        }
        for (place, seen) in (from..).zip(present) {
            if !seen && !emptied.contains(place) {
                damage.insert(place, DamageKind::Missing);
            }
        }
        Ok(damage.into_iter().collect())
    }
}

fn bytes<const N: usize>(value: Option<Vec<u8>>) -> Option<[u8; N]> {
    value?.try_into().ok()
}

/// How the row of a position differs from its leaf, if it does.
fn judge(
    event: &Event,
    leaf: &Leaf,
    secrets: Option<Secrets>,
    places: &HashMap<Uuid, i64>,
) -> Option<DamageKind> {
    if event.id != leaf.id {
        let elsewhere = places.contains_key(&event.id);
        return Some(if elsewhere {
            DamageKind::Moved
        } else {
            DamageKind::Foreign
        });
    }
    let Some((salt, key)) = secrets else {
        return Some(DamageKind::Foreign);
    };
    let whole = commitment(event, salt, key).is_ok_and(|made| {
        made.public == leaf.public
            && made.fields == leaf.fields
            && event.category == leaf.class
            && micros(event.received_at) == leaf.received_at
    });
    (!whole).then_some(DamageKind::Altered)
}
