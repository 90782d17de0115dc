//! Bundles: exports that prove themselves offline (docs/trail-format.md).
//!
//! Nothing is sent that cannot be ended: a bundle begins only while the trail is sealed. Its
//! record, `export.created`, commits to all lines but the last, so the last waits for a checkpoint
//! over that record; where none comes the file breaks off, and never looks whole. Refuses to
//! leave out the record's own content: who took what, and why, is part of the proof.

mod assembly;

use std::sync::Arc;

use model::event::{NewEvent, Resource, Status};
use model::permission::Permission;
use serde_json::{Value, json};
use store::trail::{BundleSource, StoredCheckpoint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use trail::bundle::{Head, Pin, STATEMENT_KEY, Sealed, statement};
use trail::public::FIELD_PATHS;
use trail::tree::Plan;
use uuid::Uuid;

use crate::exports::busy;
use crate::logs::{parse, selection};
use crate::trail::covering;
use crate::{Caller, Error, Result, Services, own_event};
use assembly::{Assembly, record_line};

/// The most earlier checkpoints that one bundle is to continue.
const MAX_PINS: usize = 32;
/// The longest reason, in bytes.
const MAX_REASON_BYTES: usize = 2_000;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct BundleRequest {
    pub query: String,
    /// Chosen events; empty for all that the query finds.
    pub ids: Vec<Uuid>,
    /// Paths of fields that are to stay undisclosed, such as `/actor/email`.
    pub hide: Vec<String>,
    /// Sizes of checkpoints that a verifier has seen before.
    pub pins: Vec<u64>,
    pub reason: String,
}

/// A bundle that has begun.
#[derive(Debug)]
pub struct Bundle {
    pub file_name: String,
    /// The file's bytes, compressed; an error ends it before its end.
    pub bytes: Receiver<Result<Vec<u8>>>,
}

/// Begins a bundle. The work goes on in a task of its own and stops with its reader.
///
/// # Errors
///
/// [`Error::Forbidden`] without the permission to export; [`Error::Invalid`] with the name of the
/// parameter; [`Error::Conflict`] while nothing is sealed; [`Error::Busy`] when too many run.
pub async fn start(services: &Services, caller: &Caller, request: BundleRequest) -> Result<Bundle> {
    services.authorize(caller, Permission::LogsExport).await?;
    check(&request)?;
    let mut selection = selection(services, caller, parse(&request.query)?);
    if !request.ids.is_empty() {
        selection.ids = Some(request.ids.clone());
    }
    let origin = sealed_by(services, &request.pins).await?;
    let permit = Arc::clone(&services.exports)
        .try_acquire_owned()
        .map_err(|_| busy())?;
    let id = Uuid::now_v7();
    let asked = asked(&request);
    services
        .record_own(caller, event("export.started", id, details(&asked)))
        .await?;
    let source = services.store.bundle(&selection).await?;
    let (sender, bytes) = channel(4);
    let run = Run {
        services: services.clone(),
        caller: caller.clone(),
        id,
        query: asked,
        origin,
        request,
        _permit: permit,
    };
    tokio::spawn(run.send(source, sender));
    Ok(Bundle {
        file_name: format!(
            "auditorium-bundle-{}.ndjson.gz",
            services.now().format("%Y%m%dT%H%M%SZ")
        ),
        bytes,
    })
}

fn check(request: &BundleRequest) -> Result<()> {
    for path in &request.hide {
        if !FIELD_PATHS.contains(&path.as_str()) {
            return Err(Error::invalid(
                "hide",
                format!(
                    "“{path}” is no field; fields are {}",
                    FIELD_PATHS.join(", ")
                ),
            ));
        }
    }
    if request.pins.len() > MAX_PINS {
        return Err(Error::invalid(
            "pin",
            format!("at most {MAX_PINS} can be named"),
        ));
    }
    if request.reason.len() > MAX_REASON_BYTES {
        return Err(Error::invalid(
            "reason",
            format!("has at most {MAX_REASON_BYTES} bytes"),
        ));
    }
    Ok(())
}

/// The name of the log, where it is sealed at present and has had the sizes to be continued.
async fn sealed_by(services: &Services, pins: &[u64]) -> Result<String> {
    let store = &services.store;
    if let Some(refusal) = store.open_refusal().await? {
        return Err(Error::Conflict(format!(
            "No bundle can be ended at present: events are recorded, not sealed. {}",
            refusal.reason
        )));
    }
    let (Some(origin), Some(checkpoint)) =
        (store.trail_origin().await?, store.last_checkpoint().await?)
    else {
        return Err(Error::Conflict(
            "No checkpoint has been signed yet. Ask again in a second.".to_owned(),
        ));
    };
    let newest = u64::try_from(checkpoint.size).unwrap_or(0);
    if let Some(beyond) = pins.iter().find(|pin| **pin > newest) {
        return Err(Error::invalid(
            "pin",
            format!("{beyond} lies beyond the trail, whose newest checkpoint has {newest} entries"),
        ));
    }
    Ok(origin.origin)
}

/// What the head and the record say was asked for.
fn asked(request: &BundleRequest) -> Value {
    let mut asked = json!({ "query": request.query });
    if !request.ids.is_empty() {
        asked["chosen"] = json!(request.ids);
    }
    asked
}

/// What every event of a bundle says of it.
fn details(asked: &Value) -> Value {
    let mut details = asked.clone();
    details["format"] = json!("bundle");
    details
}

fn event(action: &str, id: Uuid, details: Value) -> NewEvent {
    NewEvent::new(action)
        .on(Resource::new("export", id.to_string()))
        .with_details(details)
}

/// The bundle's task.
struct Run {
    services: Services,
    caller: Caller,
    id: Uuid,
    query: Value,
    origin: String,
    request: BundleRequest,
    _permit: OwnedSemaphorePermit,
}

/// Why a bundle was not finished.
enum Halt {
    /// The reader went away.
    Left,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

type Bytes = Sender<Result<Vec<u8>>>;

impl Run {
    async fn send(self, source: BundleSource, sender: Bytes) {
        let (why, error) = match self.write(source, &sender).await {
            Ok(()) => return,
            Err(Halt::Left) => ("the reader went away before the end".to_owned(), None),
            Err(Halt::Failed(error)) => {
                tracing::error!(export = %self.id, %error, "a bundle failed");
                (format!("not finished: {error}"), Some(error))
            }
        };
        let failed =
            event("export.created", self.id, details(&self.query)).ended(Status::Failure, why);
        if let Err(error) = self.services.record_own(&self.caller, failed).await {
            tracing::error!(export = %self.id, %error, "the end of an export is not on record");
        }
        // The file breaks off here, after its event.
        if let Some(error) = error {
            let _ = sender.send(Err(error)).await;
        }
    }

    async fn write(&self, mut source: BundleSource, sender: &Bytes) -> Result<(), Halt> {
        let head = Head {
            origin: self.origin.clone(),
            size: source.size,
            query: trail::canon::canonical(&self.query).map_err(fault)?,
            disclosed: self.disclosed(),
        };
        let mut assembly = Assembly::begin(&head, &self.request.hide)?;
        while let Some(parts) = source.parts.recv().await {
            let bytes;
            (assembly, bytes) = assembly.add(parts?).await?;
            put(sender, bytes).await?;
        }
        let (sealed, ending) = assembly.seal()?;
        if sealed.root != source.root {
            return Err(fault("the leaves do not come to the trail's root").into());
        }
        let place = self.record(&sealed).await?;
        let Some(checkpoint) = covering(&self.services, place).await? else {
            return Err(fault("no checkpoint covered its record in time").into());
        };
        let (consistency, pins) = self.proofs(&sealed, &checkpoint).await?;
        let receipt = crate::trail::proof(&self.services, place, &checkpoint).await?;
        let seq = u64::try_from(place).unwrap_or(0);
        let Some(recorded) = self.services.store.opened(seq).await? else {
            return Err(fault("its own record is gone").into());
        };
        let line = record_line(&recorded, &self.request.hide);
        let mut end = String::new();
        let receipt = Some((line, receipt.as_str()));
        sealed.end(&checkpoint.note, consistency, pins, receipt, &mut end);
        put(sender, ending.finish(&end)?).await
    }

    fn disclosed(&self) -> Option<Vec<String>> {
        let hidden = &self.request.hide;
        (!hidden.is_empty()).then(|| {
            let all = FIELD_PATHS.iter().map(|path| (*path).to_owned());
            all.filter(|path| !hidden.contains(path)).collect()
        })
    }

    /// Records the export; answers with the position of its event.
    async fn record(&self, sealed: &Sealed) -> Result<i64> {
        let mut details = details(&self.query);
        details["rows"] = json!(sealed.counts().events);
        if !self.request.hide.is_empty() {
            details["hidden"] = json!(self.request.hide);
        }
        if !self.request.reason.is_empty() {
            details["reason"] = json!(self.request.reason);
        }
        details[STATEMENT_KEY] = statement(&self.origin, sealed.size, &self.query, &sealed.sha256);
        let now = self.services.now();
        let created = event("export.created", self.id, details);
        let created = own_event::prepare(&self.caller, created, now);
        let answers = self
            .services
            .store
            .recorder()
            .record(vec![created], now)
            .await?;
        answers
            .first()
            .map(|answer| answer.seq)
            .ok_or_else(|| fault("its record has no position"))
    }

    async fn proofs(
        &self,
        sealed: &Sealed,
        checkpoint: &StoredCheckpoint,
    ) -> Result<(Vec<trail::Hash>, Vec<Pin>)> {
        let size = u64::try_from(checkpoint.size).unwrap_or(0);
        let plan = |old: u64| Plan::consistency(old, size).map_err(fault);
        let mut plans = vec![plan(sealed.size)?];
        for pin in &self.request.pins {
            plans.push(plan(*pin)?);
        }
        let mut proofs = self.services.store.trail_proofs(&plans).await?.into_iter();
        let consistency = proofs.next().unwrap_or_default();
        let pins = self.request.pins.iter().zip(proofs);
        let pins = pins.map(|(size, proof)| Pin { size: *size, proof });
        Ok((consistency, pins.collect()))
    }
}

async fn put(sender: &Bytes, bytes: Vec<u8>) -> Result<(), Halt> {
    if bytes.is_empty() {
        return Ok(());
    }
    sender.send(Ok(bytes)).await.map_err(|_| Halt::Left)
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Unexpected(format!("a bundle: {error}"))
}
