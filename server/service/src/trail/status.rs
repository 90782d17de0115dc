//! What is known of the whole trail.

use model::integrity::{CheckpointSummary, TrailOrigin, TrailRefusal, TrailStatus};
use model::permission::Permission;
use store::trail::StoredCheckpoint;
use trail::note::Note;
use trail::tile::Tile;

use super::witnesses;
use crate::{Caller, Error, Result, Services};

/// Holes and damaged stretches that are shown.
const SHOWN: i64 = 100;

/// Size, checkpoint, holes and damage.
///
/// # Errors
///
/// [`crate::Error::Forbidden`] for who may not read logs.
pub async fn status(services: &Services, caller: &Caller) -> Result<TrailStatus> {
    services.authorize(caller, Permission::LogsRead).await?;
    let store = &services.store;
    let frontier = store.trail_frontier().await?;
    let origin = store.trail_origin().await?.map(|origin| TrailOrigin {
        origin: origin.origin,
        log_key: origin.log_key,
        cosigner_key: origin.cosigner_key,
        recovery_key: origin.recovery_key,
        since: origin.since,
    });
    let witnesses = match &origin {
        Some(origin) => witnesses::statuses(services, &origin.origin).await?,
        None => Vec::new(),
    };
    Ok(TrailStatus {
        origin,
        size: store.head().await?,
        root: frontier.root().to_string(),
        checkpoint: store.last_checkpoint().await?.map(summary),
        refusal: store.open_refusal().await?.map(|refusal| TrailRefusal {
            reason: refusal.reason,
            since: refusal.since,
        }),
        holes: store.holes(SHOWN).await?,
        damage: store.damage(SHOWN).await?,
        checked: store.row_checks().await?,
        log_damage: store.log_damage(SHOWN).await?,
        as_of: services.now(),
        witnesses,
    })
}

/// Why nothing is sealed at present; nothing to whoever may not read logs, without a record.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for who is not signed in.
pub async fn refusal(services: &Services, caller: &Caller) -> Result<Option<TrailRefusal>> {
    if caller.is_anonymous() {
        return Err(Error::Unauthenticated);
    }
    if !caller.may(Permission::LogsRead) {
        return Ok(None);
    }
    let refusal = services.store.open_refusal().await?;
    Ok(refusal.map(|refusal| TrailRefusal {
        reason: refusal.reason,
        since: refusal.since,
    }))
}

/// A policy file (c2sp.org/tlog-policy) that believes this trail's key and asks for no witness.
///
/// # Errors
///
/// [`Error::NotFound`] before the trail began.
pub async fn policy(services: &Services, caller: &Caller) -> Result<String> {
    services.authorize(caller, Permission::LogsRead).await?;
    let origin = services.store.trail_origin().await?;
    let origin = origin.ok_or(Error::NotFound { what: "trail" })?;
    Ok(format!(
        "# The trail {}, since {}. Compare the key with one that came to you by another way.\n\
         log {}\nquorum none\n",
        origin.origin,
        origin.since.format("%Y-%m-%d"),
        origin.log_key
    ))
}

/// The newest checkpoint's note.
///
/// # Errors
///
/// [`Error::NotFound`] before the first.
pub async fn checkpoint(services: &Services, caller: &Caller) -> Result<String> {
    services.authorize(caller, Permission::LogsRead).await?;
    let checkpoint = services.store.last_checkpoint().await?;
    checkpoint
        .map(|checkpoint| checkpoint.note)
        .ok_or(Error::NotFound { what: "checkpoint" })
}

/// A tile by its path below the trail's address (c2sp.org/tlog-tiles).
///
/// # Errors
///
/// [`Error::NotFound`] for a path that names none, or one that the newest checkpoint does not
/// cover.
pub async fn tile(services: &Services, caller: &Caller, path: &str) -> Result<(Tile, Vec<u8>)> {
    services.authorize(caller, Permission::LogsRead).await?;
    let unknown = || Error::NotFound { what: "tile" };
    let tile: Tile = format!("tile/{path}").parse().map_err(|_| unknown())?;
    let covered = services.store.last_checkpoint().await?;
    let size = covered.map_or(0, |checkpoint| u64::try_from(checkpoint.size).unwrap_or(0));
    if !tile.lies_within(size) {
        return Err(unknown());
    }
    Ok((tile, services.store.tile(tile).await?))
}

fn summary(checkpoint: StoredCheckpoint) -> CheckpointSummary {
    CheckpointSummary {
        number: checkpoint.number,
        size: checkpoint.size,
        root: checkpoint.root.to_string(),
        signers: signers(&checkpoint.note),
        note: checkpoint.note,
        signed_at: checkpoint.signed_at,
    }
}

/// Names of the keys that signed, each once.
fn signers(note: &str) -> Vec<String> {
    let mut names: Vec<String> = Note::parse(note)
        .map(|note| {
            note.signatures()
                .iter()
                .map(|line| line.name.clone())
                .collect()
        })
        .unwrap_or_default();
    names.dedup();
    names
}
