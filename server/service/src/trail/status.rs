//! What is known of the whole trail.

use model::integrity::{CheckpointSummary, TrailOrigin, TrailRefusal, TrailStatus};
use model::permission::Permission;
use store::trail::StoredCheckpoint;
use trail::note::Note;

use crate::{Caller, Result, Services};

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
    })
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
        .map(|note| note.signatures().iter().map(|line| line.name.clone()).collect())
        .unwrap_or_default();
    names.dedup();
    names
}
