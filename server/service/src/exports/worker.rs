//! Makes the files of background exports, one at a time, in constant memory; any process may.
//!
//! An attempt that is cut short is begun again from the start under a new name, over the same
//! positions and with the same meaning of relative times, so both would be the same file.

use std::io::Write as _;
use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use model::event::{NewEvent, Status};
use model::export::{BackgroundExport, ExportState};
use model::log_page::Count;
use model::permission::Permission;
use model::person::PersonState;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::exports::{ExportRecord, ExportUpload, FinishedExport};
use store::logs::Selection;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::background::{details, event};
use super::file::Rows;
use crate::logs::parse;
use crate::{Caller, Error, Result, Services, own_event};

/// How long a finished file is kept.
const KEPT: TimeDelta = TimeDelta::days(7);
/// How often an attempt says how far it is, and looks whether it was cancelled.
const BEAT: Duration = Duration::from_secs(1);
/// Attempts that may fail by themselves, and that may be cut short.
const FAILURES: i32 = 3;
const ATTEMPTS: i32 = 20;
/// The pause before a failed attempt is repeated.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// Why an attempt made no file.
enum Halt {
    /// Cancelled, or taken by another process: its state is somebody else's.
    Lost,
    /// This process stops.
    Stopping,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes what waits until nothing does, or the process stops.
pub async fn run(services: &Services, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        let Some(record) = services.store.take_export(services.now()).await? else {
            break;
        };
        make(services, &record, stop).await?;
    }
    Ok(())
}

/// One attempt, and what becomes of the export.
async fn make(services: &Services, record: &ExportRecord, stop: &CancellationToken) -> Result<()> {
    let id = record.export.id;
    if record.attempt > ATTEMPTS {
        let why = "It was interrupted too often.";
        return fail(services, record, 0, why).await;
    }
    let Some(selection) = selection(services, record).await? else {
        let why = "Who asked for it may no longer export.";
        return fail(services, record, 0, why).await;
    };
    let mut attempt = Attempt::new(Pulse {
        services,
        record,
        stop,
    });
    let halt = match attempt.write(&selection).await {
        Ok(()) => attempt.finish().await,
        Err(halt) => Err(halt),
    };
    let Err(halt) = halt else { return Ok(()) };
    attempt.upload.abort().await;
    let now = services.now();
    let store = &services.store;
    match halt {
        Halt::Lost => store.remove_attempt(id, record.attempt).await?,
        Halt::Stopping => store.release_export(id, record.attempt, false, now).await?,
        Halt::Failed(error) => {
            tracing::error!(export = %id, %error, "an export failed");
            if record.failures + 1 >= FAILURES {
                let why = "Something failed on our side. The server's log names the cause.";
                return fail(services, record, attempt.rows, why).await;
            }
            store
                .release_export(id, record.attempt, true, now + PAUSE)
                .await?;
        }
    }
    Ok(())
}

/// What belongs to the export; none when the person who asked may no longer have it.
async fn selection(services: &Services, record: &ExportRecord) -> Result<Option<Selection>> {
    let export = &record.export;
    let mut restricted = record.restricted;
    // Persons are the actors whose id is a UUID; the command line beside the database is none.
    if let Ok(person) = export.created_by.parse::<Uuid>() {
        let mut transaction = services.store.begin().await?;
        let member = transaction.user(person).await?;
        let Some(member) = member.filter(|member| {
            member.state == PersonState::Active && member.role.allows(Permission::LogsExport)
        }) else {
            return Ok(None);
        };
        restricted &= member.role.allows(Permission::LogsReadRestricted);
    }
    let mut selection = Selection::new(parse(&export.query)?, restricted, export.created_at);
    selection.up_to_seq = Some(record.up_to_seq);
    if !record.ids.is_empty() {
        selection.ids = Some(record.ids.clone());
    }
    Ok(Some(selection))
}

/// An event of the process itself, for whom it works.
fn own(export: &BackgroundExport, event: NewEvent) -> NewEvent {
    let mut actor = Caller::system("exports").actor;
    actor.on_behalf_of = Some(export.created_by.clone());
    NewEvent {
        actor: Some(actor),
        ..event
    }
}

async fn fail(services: &Services, record: &ExportRecord, rows: i64, why: &str) -> Result<()> {
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    let failed = transaction
        .fail_export(record.export.id, record.attempt, why, now)
        .await?;
    if failed {
        let mut details = details(&record.export);
        details["rows"] = json!(rows);
        let event = event("export.finished", record.export.id, details).ended(Status::Failure, why);
        let event = own(&record.export, event);
        transaction.record(own_event::prepare(&Caller::system("exports"), event, now));
    }
    transaction.commit(now).await?;
    Ok(())
}

/// The sign of life of an attempt. Apart from its upload, which cannot be shared between threads.
#[derive(Clone, Copy)]
struct Pulse<'a> {
    services: &'a Services,
    record: &'a ExportRecord,
    stop: &'a CancellationToken,
}

impl Pulse<'_> {
    /// Says how far the attempt is.
    async fn beat(self, rows: i64, bytes: i64) -> Result<(), Halt> {
        if self.stop.is_cancelled() {
            return Err(Halt::Stopping);
        }
        let (id, attempt) = (self.record.export.id, self.record.attempt);
        let store = &self.services.store;
        let now = self.services.now();
        if store.note_export(id, attempt, rows, bytes, now).await? {
            return Ok(());
        }
        Err(Halt::Lost)
    }

    /// Waits for work, beating meanwhile: a search over years may be silent for long.
    async fn during<T>(
        self,
        (rows, bytes): (i64, i64),
        work: impl Future<Output = T>,
    ) -> Result<T, Halt> {
        let mut work = pin!(work);
        let mut beats = tokio::time::interval(BEAT);
        beats.tick().await;
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                _ = beats.tick() => self.beat(rows, bytes).await?,
            }
        }
    }
}

/// A file that is being made.
struct Attempt<'a> {
    pulse: Pulse<'a>,
    upload: ExportUpload,
    gzip: Option<GzEncoder<Vec<u8>>>,
    hash: Sha256,
    rows: i64,
    bytes: i64,
}

impl<'a> Attempt<'a> {
    fn new(pulse: Pulse<'a>) -> Self {
        let Pulse {
            services, record, ..
        } = pulse;
        let export = &record.export;
        let store = &services.store;
        Self {
            pulse,
            upload: store.upload_export(export.id, record.attempt, &export.file_name()),
            gzip: export
                .gzip
                .then(|| GzEncoder::new(Vec::new(), Compression::default())),
            hash: Sha256::new(),
            rows: 0,
            bytes: 0,
        }
    }

    async fn write(&mut self, selection: &Selection) -> Result<(), Halt> {
        let pulse = self.pulse;
        let (services, export) = (pulse.services, &pulse.record.export);
        // An estimate that takes too long is not worth waiting for: it is only shown.
        match pulse
            .during((0, 0), services.store.count(selection))
            .await?
        {
            Ok(Count::Exact(rows) | Count::About(rows)) => {
                services.store.note_expected_rows(export.id, rows).await?;
            }
            Err(error) => tracing::debug!(%error, "an export is not counted ahead"),
        }
        let opening = Rows::open(services, selection, export.format, &export.columns);
        let mut rows = pulse.during((0, 0), opening).await??;
        let mut beaten = tokio::time::Instant::now();
        while let Some(chunk) = pulse.during((self.rows, self.bytes), rows.next()).await? {
            let chunk = chunk?;
            self.push(&chunk.bytes).await?;
            self.rows += chunk.rows;
            if beaten.elapsed() >= BEAT {
                pulse.beat(self.rows, self.bytes).await?;
                beaten = tokio::time::Instant::now();
            }
        }
        Ok(())
    }

    async fn push(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        let Some(gzip) = &mut self.gzip else {
            return self.send(bytes).await;
        };
        gzip.write_all(bytes).map_err(store::Error::from)?;
        let packed = std::mem::take(gzip.get_mut());
        self.send(&packed).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        self.hash.update(bytes);
        self.bytes += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Ok(self.upload.push(bytes).await?)
    }

    /// Makes the file the export's, with its event.
    async fn finish(&mut self) -> Result<(), Halt> {
        if let Some(gzip) = self.gzip.take() {
            let rest = gzip.finish().map_err(store::Error::from)?;
            self.send(&rest).await?;
        }
        let pulse = self.pulse;
        pulse.beat(self.rows, self.bytes).await?;
        self.upload.finish().await?;
        let (services, export) = (pulse.services, &pulse.record.export);
        let now = services.now();
        let file = FinishedExport {
            rows: self.rows,
            bytes: self.bytes,
            sha256: self.hash.clone().finalize().into(),
            object: self.upload.object(),
            expires_at: now + KEPT,
        };
        let mut transaction = services.store.begin().await?;
        let ours = transaction
            .finish_export(export.id, pulse.record.attempt, &file, now)
            .await?;
        if !ours {
            return Err(Halt::Lost);
        }
        let mut details = details(export);
        details["rows"] = json!(file.rows);
        details["bytes"] = json!(file.bytes);
        details["sha256"] = json!(store::exports::hexadecimal(&file.sha256));
        let event = own(export, event("export.finished", export.id, details));
        transaction.record(own_event::prepare(&Caller::system("exports"), event, now));
        transaction.commit(now).await?;
        let kept = Some(self.upload.object());
        if let Err(error) = services.store.remove_export_files(export.id, kept).await {
            tracing::warn!(export = %export.id, %error, "files of earlier attempts stay until the export expires");
        }
        Ok(())
    }
}

/// Ends what has been kept for its term, and removes the files of what has ended.
pub async fn sweep(services: &Services, now: DateTime<Utc>) -> Result<()> {
    for export in services.store.expired_exports(now).await? {
        let mut transaction = services.store.begin().await?;
        let expired = transaction
            .end_export(export.id, &[ExportState::Ready], ExportState::Expired, now)
            .await?;
        if expired {
            let event = own(
                &export,
                event("export.expired", export.id, details(&export)),
            );
            transaction.record(own_event::prepare(&Caller::system("exports"), event, now));
        }
        transaction.commit(now).await?;
    }
    for id in services.store.exports_to_remove(now).await? {
        services.store.remove_export_files(id, None).await?;
        services.store.note_export_removed(id, now).await?;
    }
    Ok(())
}
