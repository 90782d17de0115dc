//! The declared restore: an owner says that the database was restored from an older copy, and why.
//!
//! Where the archive still has the leaves that the database lacks, they come back without their
//! content and the trail goes on under its name. Where it has not, a new origin begins, whose
//! `trail.started` names the last checkpoint of the old one. Refuses where sealing is not refused:
//! there is nothing to declare then.

use std::path::Path;

use chrono::{DateTime, Utc};
use model::event::{NewEvent, Resource};
use model::permission::Role;
use model::person::PersonState;
use serde_json::{Value, json};
use store::trail::{Lost, Origin, Recovery};
use trail::checkpoint::Checkpoint;
use trail::note::Note;
use uuid::Uuid;

use super::{Keys, Sealer, Turn, start};
use crate::own_event::prepare;
use crate::{Caller, Error, Result, Services};

/// The most leaves that are compared at once.
const COMPARED: u64 = 65_536;

/// What a declaration would do.
#[derive(Clone, Debug)]
pub struct Outlook {
    pub origin: String,
    /// Why nothing is sealed at present.
    pub reason: String,
    /// Positions that the database has.
    pub database: u64,
    /// Positions that it has in common with what was signed.
    pub common: u64,
    /// The largest checkpoint that was signed under this origin, and its note.
    pub signed: Checkpoint,
    note: String,
    /// The number that the next link of the chain will have.
    next_link: i64,
    /// The leaves to bring back; none where that cannot be done, and a new origin must begin.
    lost: Option<Lost>,
}

/// Who declares it, and why.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The e-mail address of an owner.
    pub owner: String,
    /// Another owner's, needed where there is one.
    pub approver: Option<String>,
    pub reason: String,
}

impl Outlook {
    /// Whether the trail can go on under its name.
    #[must_use]
    pub const fn continues(&self) -> bool {
        self.lost.is_some()
    }
}

/// Looks at what was signed and what the database has of it.
///
/// # Errors
///
/// [`Error::Conflict`] where sealing goes on; [`Error`] where database or object store fail.
pub async fn outlook(services: &Services, keys: &Keys) -> Result<Outlook> {
    let Turn::Refused(reason) = Sealer::new(keys.clone()).turn(services).await? else {
        return Err(Error::Conflict(
            "The trail is sealed: there is no restore to declare.".to_owned(),
        ));
    };
    let store = &services.store;
    let frontier = store.trail_frontier().await?;
    let published = store.last_checkpoint().await?;
    let known = published.as_ref().map(|checkpoint| checkpoint.number);
    let mut newest = store.newest_link(known).await?;
    if newest.is_none() {
        newest = store.newest_link(None).await?;
    }
    let last_number = newest.as_ref().map(|link| link.number).max(known);
    let mut notes: Vec<String> = newest.iter().map(|link| link.note.clone()).collect();
    notes.extend(keys.last_signed().await?.map(|note| note.to_string()));
    notes.extend(published.iter().map(|checkpoint| checkpoint.note.clone()));
    let (signed, note) = notes
        .into_iter()
        .filter_map(|note| Some((ours(&note, keys)?, note)))
        .max_by_key(|(checkpoint, _)| checkpoint.size)
        .ok_or_else(|| Error::Conflict("Nothing was ever signed with these keys.".to_owned()))?;
    let base = match &newest {
        Some(link) => last_in_common(services, keys, link.number, frontier.size()).await?,
        None => 0,
    };
    let common = common(services, base, signed.size.min(frontier.size())).await?;
    let covered = published.map_or(0, |checkpoint| u64::try_from(checkpoint.size).unwrap_or(0));
    let witnesses = store.witnesses(keys.log.name()).await?;
    let known_beyond = witnesses
        .iter()
        .any(|witness| witness.contradicts || witness.size > position(signed.size));
    let lost = match common {
        Some(first) if first >= covered && !known_beyond => lost(services, first, &signed).await?,
        _ => None,
    };
    Ok(Outlook {
        origin: keys.log.name().to_owned(),
        reason,
        database: frontier.size(),
        common: common.unwrap_or(base),
        signed,
        note,
        next_link: last_number.map_or(0, |number| number + 1),
        lost,
    })
}

/// What a note says that was signed with the key of these.
fn ours(note: &str, keys: &Keys) -> Option<Checkpoint> {
    let note = Note::parse(note).ok()?;
    let signed = note.is_signed_by(keys.log.verifying_key()).unwrap_or(false);
    signed.then(|| Checkpoint::of(&note).ok())?
}

/// The size of the highest link that the database continues. Links before it are its beginnings
/// too, so halving finds it.
async fn last_in_common(services: &Services, keys: &Keys, newest: i64, size: u64) -> Result<u64> {
    let (mut low, mut high, mut found) = (0, newest + 1, 0);
    while low < high {
        let middle = low + (high - low) / 2;
        let link = services.store.link(middle).await?;
        let checkpoint = link.and_then(|link| ours(&link.note, keys));
        let shared = match checkpoint.filter(|checkpoint| checkpoint.size <= size) {
            Some(checkpoint)
                if services.store.trail_root(checkpoint.size).await? == checkpoint.root =>
            {
                Some(checkpoint.size)
            }
            _ => None,
        };
        if let Some(size) = shared {
            found = size;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(found)
}

/// How many leaves database and archive have in common, of which the first `base` are known to
/// be; none where the archive lacks files.
async fn common(services: &Services, base: u64, end: u64) -> Result<Option<u64>> {
    let mut from = base;
    while from < end {
        let to = end.min(from + COMPARED);
        let Some(theirs) = services.store.archived_leaves(from, to).await? else {
            return Ok(None);
        };
        let own = services.store.leaves(position(from), position(to)).await?;
        let same = own.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        if same < own.len() {
            return Ok(Some(from + same as u64));
        }
        from = to;
    }
    Ok(Some(from))
}

/// The leaves of the archive from `first` on, if they lead to what was signed.
async fn lost(services: &Services, first: u64, signed: &Checkpoint) -> Result<Option<Lost>> {
    if first >= signed.size {
        return Ok(None);
    }
    let Some(leaves) = services.store.archived_leaves(first, signed.size).await? else {
        return Ok(None);
    };
    let mut tree = services.store.frontier_at(first).await?;
    for leaf in &leaves {
        tree.push(leaf.hash());
    }
    Ok((tree.root() == signed.root).then_some(Lost {
        first,
        leaves,
        root: signed.root,
    }))
}

/// Declares the restore and seals again. Answers the event's id.
///
/// # Errors
///
/// [`Error::Invalid`] for people who are no owners, a missing second one, or no reason; [`Error`]
/// where database, object store or the folder of the keys fail.
pub async fn recover(
    services: &Services,
    folder: &Path,
    keys: &Keys,
    outlook: Outlook,
    declaration: Declaration,
) -> Result<Uuid> {
    check_people(services, &declaration).await?;
    let now = services.now();
    let event = Uuid::now_v7();
    let continues = outlook.continues();
    let mut transaction = services.store.begin().await?;
    let mut kept = Recovery {
        event_id: event,
        at: now,
        first: position(outlook.common),
        after: position(outlook.common),
        moved: 0,
        actor: declaration.owner.clone(),
        approver: declaration.approver.clone(),
        reason: declaration.reason.trim().to_owned(),
        checkpoint: outlook.note.clone(),
        origin: None,
    };
    let sealer = if let Some(lost) = &outlook.lost {
        kept.moved = transaction.bring_back(lost).await?;
        kept.after = position(outlook.signed.size);
        Sealer::new(keys.clone())
    } else {
        let (origin, made) = replace_keys(services, folder, now).await?;
        transaction.add_origin(&origin).await?;
        let started = started(&origin, &outlook);
        transaction.record(prepare(&Caller::system("trail recover"), started, now));
        kept.origin = Some(origin.origin);
        Sealer::new(made)
    };
    transaction.keep_recovery(&kept).await?;
    let recovered = recovered(&kept, &outlook);
    transaction.record(prepare(&Caller::system("trail recover"), recovered, now));
    transaction.commit(now).await?;
    if !continues {
        sealer.begin_chain(services, outlook.next_link).await?;
    }
    match sealer.turn(services).await? {
        Turn::Refused(reason) => Err(Error::Conflict(format!(
            "The restore is declared, but the trail is still not sealed: {reason}"
        ))),
        Turn::Idle | Turn::Sealed(_) => Ok(event),
    }
}

async fn check_people(services: &Services, declaration: &Declaration) -> Result<()> {
    if declaration.reason.trim().chars().count() < 3 {
        return Err(Error::invalid(
            "reason",
            "must say why, in 3 characters at least",
        ));
    }
    let people = services.store.users().await?;
    let owners: Vec<&str> = people
        .iter()
        .filter(|person| person.role == Role::Owner && person.state == PersonState::Active)
        .map(|person| person.email.as_str())
        .collect();
    let is_owner = |email: &str| owners.iter().any(|owner| owner.eq_ignore_ascii_case(email));
    if !is_owner(&declaration.owner) {
        return Err(Error::invalid("owner", "is no owner of this installation"));
    }
    match &declaration.approver {
        Some(approver) if approver.eq_ignore_ascii_case(&declaration.owner) => Err(Error::invalid(
            "approver",
            "must be another person than the one who declares it",
        )),
        Some(approver) if !is_owner(approver) => Err(Error::invalid(
            "approver",
            "is no owner of this installation",
        )),
        None if owners.len() > 1 => Err(Error::invalid(
            "approver",
            "is needed: this installation has more than one owner",
        )),
        _ => Ok(()),
    }
}

/// Puts the old keys aside and makes those of a new origin.
async fn replace_keys(
    services: &Services,
    folder: &Path,
    now: DateTime<Utc>,
) -> Result<(Origin, Keys)> {
    Keys::set_aside(folder, &now.format("former-%Y%m%dT%H%M%SZ").to_string()).await?;
    let (keys, recovery) = Keys::create(folder, &start::name(services)).await?;
    let origin = Origin {
        origin: keys.log.name().to_owned(),
        log_key: keys.log.verifying_key().to_string(),
        cosigner_key: keys.cosigner.verifying_key().to_string(),
        recovery_key: recovery.to_string(),
        since: now,
    };
    Ok((origin, keys))
}

fn started(origin: &Origin, outlook: &Outlook) -> NewEvent {
    NewEvent::new("trail.started")
        .on(Resource::new("trail", &origin.origin))
        .with_details(json!({
            "origin": origin.origin,
            "log_key": origin.log_key,
            "cosigner_key": origin.cosigner_key,
            "recovery_key": origin.recovery_key,
            "follows": signed(outlook),
        }))
}

fn recovered(kept: &Recovery, outlook: &Outlook) -> NewEvent {
    let mut event = NewEvent::new("trail.recovered")
        .on(Resource::new("trail", &outlook.origin))
        .with_details(json!({
            "reason": kept.reason,
            "declared_by": kept.actor,
            "approved_by": kept.approver,
            "unapproved_by_a_second_person": kept.approver.is_none(),
            "refusal": outlook.reason,
            "first": kept.first,
            "after": kept.after,
            "lost": kept.after - kept.first,
            "moved": kept.moved,
            "signed": signed(outlook),
            "new_origin": kept.origin,
        }));
    event.id = Some(kept.event_id);
    event
}

/// The last checkpoint of before, note and all.
fn signed(outlook: &Outlook) -> Value {
    json!({
        "origin": outlook.signed.origin,
        "size": outlook.signed.size,
        "root": outlook.signed.root.to_string(),
        "note": outlook.note,
    })
}

fn position(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
