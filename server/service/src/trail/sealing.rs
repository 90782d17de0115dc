//! Signs checkpoints over the committed trail, in steps of which each may be the last before the
//! process is killed.
//!
//! 1. Read the committed head; put its tiles into the archive.
//! 2. Read the newest link of the chain; it must be a beginning of our leaves.
//! 3. Sign; put the next link, create-only. If it exists, begin again.
//! 4. Only then publish.
//!
//! Any process with the keys may do it at any time. Refuses to sign where the chain, or what was
//! signed last with these keys, is no beginning of the database: then the database is older than
//! what was published, or another one.

use std::sync::Arc;

use model::event::{NewEvent, Status};
use serde_json::json;
use store::trail::{Link, StoredCheckpoint, WitnessRecord};
use tokio::sync::Mutex;
use trail::checkpoint::Checkpoint;
use trail::cosignature;
use trail::note::{Note, Signature};
use trail::tree::Frontier;

use super::Keys;
use super::witnesses::contradiction;
use crate::{Caller, Error, Result, Services};

/// Seconds after which the newest checkpoint is cosigned again, though nothing was recorded.
const RENEWED_AFTER_S: i64 = 60;
/// Lost races for a link before a turn is given up; the next turn goes on.
const RACES: usize = 20;

/// Whoever signs: the keys, and what this process knows of the chain.
#[derive(Clone, Debug)]
pub struct Sealer {
    keys: Arc<Keys>,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// The newest link that was seen to be a beginning of our leaves.
    link: Option<(i64, Checkpoint)>,
    /// Leaves whose tiles are in the archive.
    tiles: u64,
    /// Whether the object store was seen to write an object once only.
    creates_once: bool,
    /// What witnesses know that was seen to be a beginning of our leaves.
    witnesses: Vec<WitnessRecord>,
}

/// How far a turn goes: all the way, except in tests of what a kill leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Tiles,
    Signed,
    Chained,
    Published,
}

/// What a turn did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing was recorded since the last checkpoint.
    Idle,
    /// The checkpoint of this size was published.
    Sealed(u64),
    /// Nothing was signed, for this reason.
    Refused(String),
}

/// Why nothing may be signed, or what failed on the way.
enum Stop {
    Refuse(String),
    Fail(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Fail(error.into())
    }
}

impl Sealer {
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self {
            keys: Arc::new(keys),
            known: Arc::default(),
        }
    }

    /// The keys it signs with.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Seals what has been recorded, and keeps the reason where that is refused.
    ///
    /// # Errors
    ///
    /// [`Error`] where the database or the object store fails: the next turn tries again.
    pub async fn turn(&self, services: &Services) -> Result<Turn> {
        self.turn_until(services, Step::Published).await
    }

    /// As [`Sealer::turn`], ending after a step as if the process had been killed there.
    ///
    /// # Errors
    ///
    /// As [`Sealer::turn`].
    pub async fn turn_until(&self, services: &Services, last: Step) -> Result<Turn> {
        let mut known = self.known.lock().await;
        match self.seal(services, &mut known, last).await {
            Ok(turn) => {
                resume(services).await?;
                Ok(turn)
            }
            Err(Stop::Refuse(reason)) => {
                refuse(services, &reason).await?;
                Ok(Turn::Refused(reason))
            }
            Err(Stop::Fail(error)) => Err(error),
        }
    }

    /// Signs the first checkpoint of an origin that follows another, as this link of the chain.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where the chain has that link already; [`Error`] where the database or
    /// the object store fails.
    pub(super) async fn begin_chain(&self, services: &Services, number: i64) -> Result<()> {
        let mut known = self.known.lock().await;
        services.store.seal_pending().await?;
        let frontier = services.store.trail_frontier().await?;
        services.store.put_tiles(0, frontier.size()).await?;
        let (checkpoint, note) = match self.sign(services, &frontier).await {
            Ok(signed) => signed,
            Err(Stop::Refuse(reason)) => return Err(Error::Conflict(reason)),
            Err(Stop::Fail(error)) => return Err(error),
        };
        let link = Link {
            number,
            note: note.to_string(),
        };
        if !services.store.add_link(&link).await? {
            return Err(Error::Conflict(
                "Somebody else signs into this chain.".to_owned(),
            ));
        }
        publish(services, link, &checkpoint).await?;
        known.tiles = checkpoint.size;
        known.link = Some((number, checkpoint));
        Ok(())
    }

    async fn seal(&self, services: &Services, known: &mut Known, last: Step) -> Result<Turn, Stop> {
        services.store.seal_pending().await?;
        self.check_store(services, known).await?;
        for _ in 0..RACES {
            let frontier = services.store.trail_frontier().await?;
            let link = self.newest(services, known, &frontier).await?;
            self.check_witnesses(services, known, &frontier).await?;
            let Some(number) = next(link.as_ref(), &frontier) else {
                return self.renew(services, last).await;
            };
            services
                .store
                .put_tiles(known.tiles, frontier.size())
                .await?;
            known.tiles = frontier.size();
            if last == Step::Tiles {
                return Ok(Turn::Idle);
            }
            let (checkpoint, note) = self.sign(services, &frontier).await?;
            if last == Step::Signed {
                return Ok(Turn::Idle);
            }
            let added = Link {
                number,
                note: note.to_string(),
            };
            if !services.store.add_link(&added).await? {
                continue;
            }
            if last == Step::Chained {
                return Ok(Turn::Idle);
            }
            let size = checkpoint.size;
            publish(services, added, &checkpoint).await?;
            known.link = Some((number, checkpoint));
            return Ok(Turn::Sealed(size));
        }
        // Others sign all the time, which is as well.
        Ok(Turn::Idle)
    }

    async fn check_store(&self, services: &Services, known: &mut Known) -> Result<(), Stop> {
        if !known.creates_once {
            let name = format!("race-{}", uuid::Uuid::new_v4().simple());
            if !services.store.creates_once(&name).await? {
                return Err(Stop::Refuse(
                    "The object store overwrites objects that were to be written once.".to_owned(),
                ));
            }
            known.creates_once = true;
        }
        Ok(())
    }

    /// The newest link, seen to be a beginning of our leaves and published.
    async fn newest(
        &self,
        services: &Services,
        known: &mut Known,
        frontier: &Frontier,
    ) -> Result<Option<(i64, Checkpoint)>, Stop> {
        let from = match &known.link {
            Some((number, _)) => Some(*number),
            None => services.store.last_checkpoint().await?.map(|c| c.number),
        };
        let first = known.link.is_none();
        let Some(link) = services.store.newest_link(from).await? else {
            if from.is_some() {
                return Err(Stop::Refuse(
                    "The chain of checkpoints is gone from the object store.".to_owned(),
                ));
            }
            self.check_last_signed(services, frontier).await?;
            return Ok(None);
        };
        if known
            .link
            .as_ref()
            .is_some_and(|(number, _)| *number == link.number)
        {
            return Ok(known.link.clone());
        }
        let note = Note::parse(&link.note)
            .map_err(|error| Stop::Refuse(format!("chain/{} is damaged: {error}", link.number)))?;
        let ours = note
            .is_signed_by(self.keys.log.verifying_key())
            .unwrap_or(false);
        if !ours {
            return Err(Stop::Refuse(format!(
                "Checkpoint {} of the chain is not signed with this trail's key.",
                link.number
            )));
        }
        let checkpoint = check(services, &note, frontier, "The chain in the object store").await?;
        if first {
            self.check_last_signed(services, frontier).await?;
        }
        publish(services, link.clone(), &checkpoint).await?;
        // Tiles are in the archive before a checkpoint over them is signed.
        known.tiles = known.tiles.max(checkpoint.size);
        known.link = Some((link.number, checkpoint));
        Ok(known.link.clone())
    }

    /// What these keys signed last, in whatever installation, must be a beginning too.
    async fn check_last_signed(
        &self,
        services: &Services,
        frontier: &Frontier,
    ) -> Result<(), Stop> {
        if let Some(note) = self.keys.last_signed().await? {
            check(services, &note, frontier, "What was signed last").await?;
        }
        Ok(())
    }

    /// What witnesses have cosigned must be a beginning too.
    async fn check_witnesses(
        &self,
        services: &Services,
        known: &mut Known,
        frontier: &Frontier,
    ) -> Result<(), Stop> {
        let origin = self.keys.log.name();
        let checked = &mut known.witnesses;
        match contradiction(services, origin, frontier.size(), checked).await? {
            Some(reason) => Err(Stop::Refuse(reason)),
            None => Ok(()),
        }
    }

    async fn sign(
        &self,
        services: &Services,
        frontier: &Frontier,
    ) -> Result<(Checkpoint, Note), Stop> {
        let checkpoint = Checkpoint {
            origin: self.keys.log.name().to_owned(),
            size: frontier.size(),
            root: frontier.root(),
        };
        let mut note = checkpoint.note().map_err(fault)?;
        note.sign(&self.keys.log).map_err(fault)?;
        note.attach(self.cosignature(services, &note)?);
        self.keys.keep_last_signed(&note).await?;
        Ok((checkpoint, note))
    }

    fn cosignature(&self, services: &Services, note: &Note) -> Result<Signature, Stop> {
        let at = u64::try_from(services.now().timestamp()).unwrap_or(0);
        cosignature::sign(note, &self.keys.cosigner, at).map_err(fault)
    }

    /// Says again that the newest checkpoint is the newest, so that a view that was frozen grows
    /// visibly old.
    async fn renew(&self, services: &Services, last: Step) -> Result<Turn, Stop> {
        let Some(newest) = services.store.last_checkpoint().await? else {
            return Ok(Turn::Idle);
        };
        let now = services.now();
        if last == Step::Published && (now - newest.signed_at).num_seconds() >= RENEWED_AFTER_S {
            let note = Note::parse(&newest.note).map_err(fault)?;
            let again = vec![self.cosignature(services, &note)?];
            services
                .store
                .add_signatures(newest.number, again, Some(now))
                .await?;
        }
        Ok(Turn::Idle)
    }
}

/// The number of the link to add; none where nothing was recorded since the newest.
fn next(link: Option<&(i64, Checkpoint)>, frontier: &Frontier) -> Option<i64> {
    match link {
        None => (frontier.size() > 0).then_some(0),
        Some((number, checkpoint)) => (checkpoint.size < frontier.size()).then_some(number + 1),
    }
}

/// That a signed checkpoint is a beginning of our leaves.
async fn check(
    services: &Services,
    note: &Note,
    frontier: &Frontier,
    what: &str,
) -> Result<Checkpoint, Stop> {
    let checkpoint = Checkpoint::of(note)
        .map_err(|error| Stop::Refuse(format!("{what} holds no checkpoint: {error}.")))?;
    if checkpoint.size > frontier.size() {
        return Err(Stop::Refuse(format!(
            "{what} covers {} events, the database has {}: the database was restored from an \
             older copy. If that was intended, an owner declares it with `auditorium trail recover`.",
            checkpoint.size,
            frontier.size()
        )));
    }
    if services.store.trail_root(checkpoint.size).await? != checkpoint.root {
        return Err(Stop::Refuse(format!(
            "{what} signed another history of the first {} events than the database holds.",
            checkpoint.size
        )));
    }
    Ok(checkpoint)
}

async fn publish(services: &Services, link: Link, checkpoint: &Checkpoint) -> Result<()> {
    services
        .store
        .publish_checkpoint(&StoredCheckpoint {
            number: link.number,
            size: i64::try_from(checkpoint.size).unwrap_or(i64::MAX),
            root: checkpoint.root,
            note: link.note,
            signed_at: services.now(),
        })
        .await?;
    services
        .checkpoints
        .send_modify(|size| *size = checkpoint.size.max(*size));
    Ok(())
}

/// Keeps the reason; the first time as an event too, from which an alert follows.
async fn refuse(services: &Services, reason: &str) -> Result<()> {
    if services
        .store
        .open_trail_refusal(reason, services.now())
        .await?
    {
        let event = NewEvent::new("trail.refused").ended(Status::Failure, reason);
        services.record_own(&Caller::system("trail"), event).await?;
        tracing::error!(reason, "the trail is recorded, not sealed");
    }
    Ok(())
}

async fn resume(services: &Services) -> Result<()> {
    if services.store.end_trail_refusal(services.now()).await? {
        let event = NewEvent::new("trail.resumed").with_details(json!({}));
        services.record_own(&Caller::system("trail"), event).await?;
    }
    Ok(())
}

fn fault(error: impl std::fmt::Display) -> Stop {
    Stop::Fail(Error::Unexpected(format!("signing: {error}")))
}
