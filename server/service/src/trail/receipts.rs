//! Proofs of single events.

use std::time::Duration;

use model::event::Receipt as Acknowledgement;
use model::integrity::EventProof;
use model::permission::Permission;
use store::trail::StoredCheckpoint;
use trail::note::Note;
use trail::receipt::Receipt;
use trail::tree::Plan;
use uuid::Uuid;

use crate::{Caller, Error, Result, Services};

/// How long a sender may wait for the checkpoint over what it sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// The proof that an event stands in the trail, under the newest checkpoint, and what opens its
/// leaf where the caller may read it.
///
/// # Errors
///
/// [`Error::NotFound`] for an id that was never recorded, or that the caller may not see;
/// [`Error::Conflict`] while no checkpoint covers it.
pub async fn receipt(services: &Services, caller: &Caller, id: Uuid) -> Result<EventProof> {
    services.authorize(caller, Permission::LogsRead).await?;
    let no_event = Error::NotFound { what: "event" };
    let Some(seq) = services.store.position_of(id).await? else {
        return Err(no_event);
    };
    let opened = services.store.opening(seq).await?;
    if let Some((event, _)) = &opened
        && event.category.is_restricted()
        && !caller.may(Permission::LogsReadRestricted)
    {
        return Err(no_event);
    }
    let Some(checkpoint) = services
        .store
        .last_checkpoint()
        .await?
        .filter(|checkpoint| checkpoint.size > seq)
    else {
        return Err(Error::Conflict(
            "No checkpoint covers this event yet. Ask again in a second; if sealing stands still, the integrity page says why."
                .to_owned(),
        ));
    };
    Ok(EventProof {
        id,
        seq,
        leaf: leaf(services, seq).await?,
        receipt: proof(services, seq, &checkpoint).await?,
        opening: opened.map(|(_, opening)| opening),
    })
}

async fn leaf(services: &Services, seq: i64) -> Result<String> {
    let leaves = services.store.leaves(seq, seq + 1).await?;
    Ok(leaves.first().map(ToString::to_string).unwrap_or_default())
}

/// The text of a receipt.
async fn proof(services: &Services, seq: i64, checkpoint: &StoredCheckpoint) -> Result<String> {
    let index = u64::try_from(seq).unwrap_or(0);
    let size = u64::try_from(checkpoint.size).unwrap_or(0);
    let plan = Plan::inclusion(index, size).map_err(fault)?;
    let receipt = Receipt {
        extra: None,
        index,
        proof: services.store.trail_proof(&plan).await?,
        checkpoint: Note::parse(&checkpoint.note).map_err(fault)?,
    };
    Ok(receipt.to_string())
}

/// Waits until a checkpoint covers what was acknowledged, and gives each its receipt. Where that
/// takes too long the list is shorter: the events are recorded all the same.
///
/// # Errors
///
/// [`Error::Internal`] where the database fails.
pub async fn wait_for_checkpoint(
    services: &Services,
    acknowledged: &[Acknowledgement],
) -> Result<Vec<String>> {
    let Some(last) = acknowledged.iter().map(|receipt| receipt.seq).max() else {
        return Ok(Vec::new());
    };
    let wanted = u64::try_from(last).unwrap_or(0);
    let mut published = services.checkpoints.subscribe();
    let covered = tokio::time::timeout(PATIENCE, published.wait_for(|size| *size > wanted)).await;
    if !matches!(covered, Ok(Ok(_))) {
        return Ok(Vec::new());
    }
    let Some(checkpoint) = services.store.last_checkpoint().await? else {
        return Ok(Vec::new());
    };
    let mut receipts = Vec::with_capacity(acknowledged.len());
    for receipt in acknowledged {
        receipts.push(proof(services, receipt.seq, &checkpoint).await?);
    }
    Ok(receipts)
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Unexpected(format!("a receipt: {error}"))
}
