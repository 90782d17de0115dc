//! Exports in the background: asked for, listed, taken, ended. [`super::worker`] makes the files.
//!
//! A person sees their own; whoever has `exports.manage` sees all. What an export holds was
//! decided when it was asked for, so a reader who may see less now does not get it.

use std::fmt;

use bytes::Bytes;
use futures::stream::BoxStream;
use model::event::{NewEvent, Resource};
use model::export::{BackgroundExport, ExportPage, ExportState, NewExport};
use model::permission::Permission;
use serde_json::{Value, json};
use store::exports::ExportRecord;
use uuid::Uuid;

use super::MAX_IDS;
use crate::logs::parse;
use crate::{Caller, Error, Result, Services, own_event};

/// Exports on one page of the list.
const PAGE: usize = 50;
/// Exports of one person that may wait or run.
const OPEN: i64 = 20;
/// Characters of a reason.
const REASON: usize = 1_000;

/// A file on its way to a reader.
pub struct Download {
    pub export: BackgroundExport,
    pub bytes: BoxStream<'static, store::Result<Bytes>>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("export", &self.export)
            .finish_non_exhaustive()
    }
}

/// Puts an export in the queue.
pub async fn create(
    services: &Services,
    caller: &Caller,
    new: NewExport,
) -> Result<BackgroundExport> {
    services.authorize(caller, Permission::LogsExport).await?;
    parse(&new.query)?;
    if new.ids.len() > MAX_IDS {
        return Err(Error::invalid(
            "ids",
            format!("at most {MAX_IDS} events can be chosen"),
        ));
    }
    let reason = new.reason.trim().to_owned();
    if reason.chars().count() > REASON {
        return Err(Error::invalid(
            "reason",
            format!("has more than {REASON} characters"),
        ));
    }
    if services.store.open_exports(&caller.actor.id).await? >= OPEN {
        return Err(Error::Conflict(format!(
            "{OPEN} of your exports are not finished. Wait for one, or cancel one."
        )));
    }
    let record = record(services, caller, &new, reason).await?;
    let now = record.export.created_at;
    let mut transaction = services.store.begin().await?;
    transaction.insert_export(&record, &new).await?;
    let event = event("export.created", record.export.id, details(&record.export));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(record.export)
}

async fn record(
    services: &Services,
    caller: &Caller,
    new: &NewExport,
    reason: String,
) -> Result<ExportRecord> {
    Ok(ExportRecord {
        export: BackgroundExport {
            id: Uuid::now_v7(),
            created_at: services.now(),
            created_by: caller.actor.id.clone(),
            created_by_name: caller.actor.label().to_owned(),
            query: new.query.clone(),
            chosen: Some(new.ids.len()).filter(|count| *count > 0),
            format: new.format,
            columns: new.columns.clone(),
            gzip: new.gzip,
            reason: Some(reason).filter(|reason| !reason.is_empty()),
            state: ExportState::Waiting,
            expected_rows: None,
            rows: 0,
            bytes: 0,
            sha256: None,
            finished_at: None,
            expires_at: None,
            error: None,
        },
        ids: new.ids.clone(),
        up_to_seq: services.store.head().await? - 1,
        restricted: caller.may(Permission::LogsReadRestricted),
        attempt: 0,
        failures: 0,
        object: None,
    })
}

/// What every event of an export says of it.
pub(super) fn details(export: &BackgroundExport) -> Value {
    let mut details = json!({
        "background": true,
        "format": export.format.as_str(),
        "gzip": export.gzip,
        "query": export.query,
    });
    if !export.columns.is_empty() {
        details["columns"] = json!(export.columns);
    }
    if let Some(chosen) = export.chosen {
        details["chosen"] = json!(chosen);
    }
    if let Some(reason) = &export.reason {
        details["reason"] = json!(reason);
    }
    details
}

pub(super) fn event(action: &str, id: Uuid, details: Value) -> NewEvent {
    NewEvent::new(action)
        .on(Resource::new("export", id.to_string()))
        .with_details(details)
}

/// A page of the caller's exports, or of everybody's for those who manage them.
pub async fn list(
    services: &Services,
    caller: &Caller,
    before: Option<Uuid>,
) -> Result<ExportPage> {
    services.authorize(caller, Permission::LogsExport).await?;
    let everybody = caller.may(Permission::ExportsManage);
    let of = (!everybody).then_some(caller.actor.id.as_str());
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut exports = services.store.exports(of, before, limit).await?;
    let more = exports.len() > PAGE;
    exports.truncate(PAGE);
    Ok(ExportPage {
        next: more
            .then(|| exports.last().map(|export| export.id))
            .flatten(),
        exports,
        everybody,
    })
}

/// An export of the caller, or anybody's for those who manage them.
pub async fn read(services: &Services, caller: &Caller, id: Uuid) -> Result<BackgroundExport> {
    Ok(find(services, caller, id).await?.export)
}

async fn find(services: &Services, caller: &Caller, id: Uuid) -> Result<ExportRecord> {
    services.authorize(caller, Permission::LogsExport).await?;
    let found = services.store.export(id).await?;
    found
        .filter(|record| {
            record.export.created_by == caller.actor.id || caller.may(Permission::ExportsManage)
        })
        .ok_or(Error::NotFound { what: "export" })
}

/// Opens the file of a finished export. Taking it is recorded before its first byte.
pub async fn download(services: &Services, caller: &Caller, id: Uuid) -> Result<Download> {
    let record = find(services, caller, id).await?;
    if record.restricted {
        services
            .authorize(caller, Permission::LogsReadRestricted)
            .await?;
    }
    let export = record.export;
    let gone = || Error::Gone("The file is no longer kept. Export again.".to_owned());
    let object = match export.state {
        ExportState::Ready => record.object.ok_or_else(gone)?,
        ExportState::Waiting | ExportState::Running => {
            return Err(Error::Conflict(
                "The export is not finished yet.".to_owned(),
            ));
        }
        ExportState::Failed | ExportState::Cancelled | ExportState::Expired => {
            return Err(gone());
        }
    };
    let bytes = services
        .store
        .export_bytes(&object)
        .await?
        .ok_or_else(gone)?;
    let mut details = details(&export);
    details["rows"] = json!(export.rows);
    details["sha256"] = json!(export.sha256);
    services
        .record_own(caller, event("export.downloaded", id, details))
        .await?;
    Ok(Download { export, bytes })
}

/// Ends an export that is not finished, or takes the file of a finished one away.
pub async fn cancel(services: &Services, caller: &Caller, id: Uuid) -> Result<BackgroundExport> {
    let record = find(services, caller, id).await?;
    let (from, to): (&[ExportState], _) = if record.export.state == ExportState::Ready {
        (&[ExportState::Ready], ExportState::Expired)
    } else {
        (
            &[ExportState::Waiting, ExportState::Running],
            ExportState::Cancelled,
        )
    };
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    if !transaction.end_export(id, from, to, now).await? {
        return Err(Error::Conflict(
            "The export has ended in the meantime.".to_owned(),
        ));
    }
    let action = if to == ExportState::Expired {
        "export.removed"
    } else {
        "export.cancelled"
    };
    let event = event(action, id, details(&record.export));
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    read(services, caller, id).await
}
