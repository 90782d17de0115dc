//! Proofs of single events.

use std::time::Duration;

use model::event::Receipt as Acknowledgement;
use model::integrity::EventProof;
use model::permission::Permission;
use store::trail::StoredCheckpoint;
use tokio::time::Instant;
use trail::note::Note;
use trail::receipt::Receipt;
use trail::tree::Plan;
use uuid::Uuid;

use crate::{Caller, Error, Result, Services};

/// How long a sender may wait for the checkpoint over what it sent.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the database is asked meanwhile, for checkpoints that other processes publish.
const ASKED_EVERY: Duration = Duration::from_millis(200);

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
pub(crate) async fn proof(
    services: &Services,
    seq: i64,
    checkpoint: &StoredCheckpoint,
) -> Result<String> {
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

/// An entry of the log and the text that proves its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The leaf, in hexadecimal digits.
    pub leaf: String,
    pub receipt: String,
}

/// Waits until a checkpoint covers what was acknowledged, and gives each its receipt. Where that
/// takes too long there are none: the events are recorded all the same.
///
/// # Errors
///
/// [`Error::Internal`] where the database fails.
pub async fn wait_for_checkpoint(
    services: &Services,
    acknowledged: &[Acknowledgement],
) -> Result<Vec<Proof>> {
    let Some(last) = acknowledged.iter().map(|receipt| receipt.seq).max() else {
        return Ok(Vec::new());
    };
    let Some(checkpoint) = covering(services, last).await? else {
        return Ok(Vec::new());
    };
    let note = Note::parse(&checkpoint.note).map_err(fault)?;
    let size = u64::try_from(checkpoint.size).unwrap_or(0);
    let indices: Vec<u64> = acknowledged
        .iter()
        .map(|receipt| u64::try_from(receipt.seq).unwrap_or(0))
        .collect();
    let plans: Vec<Plan> = indices
        .iter()
        .map(|index| Plan::inclusion(*index, size).map_err(fault))
        .collect::<Result<_>>()?;
    let proofs = services.store.trail_proofs(&plans).await?;
    let leaves = services.store.leaves_at(&indices).await?;
    let proved = indices.into_iter().zip(proofs).zip(leaves);
    Ok(proved
        .map(|((index, proof), leaf)| Proof {
            leaf: leaf.to_string(),
            receipt: Receipt {
                extra: None,
                index,
                proof,
                checkpoint: note.clone(),
            }
            .to_string(),
        })
        .collect())
}

/// The newest checkpoint once it covers a position; none where that takes too long. Whoever
/// publishes in this process wakes us at once; other processes are seen in the database.
///
/// # Errors
///
/// [`Error::Internal`] where the database fails.
pub(crate) async fn covering(services: &Services, seq: i64) -> Result<Option<StoredCheckpoint>> {
    let end = Instant::now() + PATIENCE;
    let mut published = services.checkpoints.subscribe();
    loop {
        let newest = services.store.last_checkpoint().await?;
        if newest
            .as_ref()
            .is_some_and(|checkpoint| checkpoint.size > seq)
        {
            return Ok(newest);
        }
        let now = Instant::now();
        if now >= end {
            return Ok(None);
        }
        // Neither silence nor a publisher that is gone is an answer: the next turn asks again.
        let again = end.min(now + ASKED_EVERY);
        let _ = tokio::time::timeout_at(again, published.changed()).await;
    }
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Unexpected(format!("a receipt: {error}"))
}
