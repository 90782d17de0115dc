//! Exports: whole results as files, streamed, uncapped, each on record.
//!
//! Two events tell of one export. `export.started` is committed before the first byte, so that
//! nothing leaves unrecorded even when the process dies. `export.created` follows the last byte
//! and says how many events went; it is a failure when the reader went away before.

pub mod background;
mod file;
pub mod worker;

use std::sync::Arc;

use file::Rows;
use model::event::{NewEvent, Resource, Status};
use model::export::{Column, ExportFormat};
use model::permission::Permission;
use serde_json::{Value, json};
use store::logs::Chunk;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::logs::{parse, selection};
use crate::{Caller, Error, Result, Services};

/// Exports that run at once; each holds a connection for as long as its reader takes.
pub(crate) const AT_ONCE: usize = 4;
/// How long those are asked to wait who come when all are taken.
const RETRY_AFTER_SECS: u64 = 5;
/// Ids that one export can name.
const MAX_IDS: usize = 10_000;

/// What is asked to be exported.
#[derive(Clone, Debug, Default)]
pub struct ExportRequest {
    pub query: String,
    /// Chosen events; empty for all that the query finds.
    pub ids: Vec<Uuid>,
    pub format: Option<ExportFormat>,
    /// Empty: all columns, and in JSON the whole event.
    pub columns: Vec<Column>,
}

/// An export that has begun.
#[derive(Debug)]
pub struct Export {
    pub format: ExportFormat,
    pub file_name: String,
    /// The file's bytes; an error ends it before its end.
    pub bytes: Receiver<Result<Vec<u8>>>,
}

/// Begins an export. The work goes on in a task of its own and stops with its reader.
pub async fn start(services: &Services, caller: &Caller, request: ExportRequest) -> Result<Export> {
    services.authorize(caller, Permission::LogsExport).await?;
    if request.ids.len() > MAX_IDS {
        return Err(Error::invalid(
            "id",
            format!("at most {MAX_IDS} events can be chosen"),
        ));
    }
    let mut selection = selection(services, caller, parse(&request.query)?);
    if !request.ids.is_empty() {
        selection.ids = Some(request.ids.clone());
    }
    let permit = Arc::clone(&services.exports)
        .try_acquire_owned()
        .map_err(|_| busy())?;
    let format = request.format.unwrap_or(ExportFormat::Csv);
    let id = Uuid::now_v7();
    let details = details(&request, format);
    services
        .record_own(caller, event("export.started", id, details.clone()))
        .await?;
    let rows = Rows::open(services, &selection, format, &request.columns).await?;
    let (sender, bytes) = channel(4);
    let run = Run {
        services: services.clone(),
        caller: caller.clone(),
        id,
        details,
        permit,
    };
    tokio::spawn(run.send(rows, sender));
    let file_name = format!(
        "auditorium-events-{}.{format}",
        services.now().format("%Y%m%dT%H%M%SZ")
    );
    Ok(Export {
        format,
        file_name,
        bytes,
    })
}

pub(crate) fn busy() -> Error {
    Error::Busy {
        retry_after_secs: RETRY_AFTER_SECS,
        message: format!(
            "{AT_ONCE} exports run already. Try again in a few seconds, or let this one be prepared in the background: choose that in the menu Export, or POST it to /api/v1/exports."
        ),
    }
}

fn details(request: &ExportRequest, format: ExportFormat) -> Value {
    let columns: Vec<&str> = request
        .columns
        .iter()
        .map(|column| column.as_str())
        .collect();
    let mut details = json!({ "format": format.as_str(), "query": request.query });
    if !columns.is_empty() {
        details["columns"] = json!(columns);
    }
    if !request.ids.is_empty() {
        details["chosen"] = json!(request.ids.len());
        // The choice itself while it is short enough to be read.
        details["ids"] = json!(request.ids.iter().take(100).collect::<Vec<_>>());
    }
    details
}

fn event(action: &str, id: Uuid, details: Value) -> NewEvent {
    NewEvent::new(action)
        .on(Resource::new("export", id.to_string()))
        .with_details(details)
}

/// The export's task.
struct Run {
    services: Services,
    caller: Caller,
    id: Uuid,
    details: Value,
    permit: OwnedSemaphorePermit,
}

impl Run {
    async fn send(self, mut rows: Rows, sender: Sender<Result<Vec<u8>>>) {
        let mut sent = 0;
        let mut failure = None;
        while let Some(chunk) = rows.next().await {
            match chunk {
                Ok(Chunk { bytes, rows }) => {
                    if sender.send(Ok(bytes)).await.is_err() {
                        failure = Some(format!("the reader went away after {sent} events"));
                        break;
                    }
                    sent += rows;
                }
                Err(error) => {
                    tracing::error!(export = %self.id, %error, "an export failed");
                    failure = Some(format!("failed after {sent} events"));
                    let _ = sender.send(Err(error.into())).await;
                    break;
                }
            }
        }
        drop(rows);
        self.record(sent, failure).await;
        // The file ends here, after its event.
        drop(sender);
    }

    async fn record(self, rows: i64, failure: Option<String>) {
        let mut details = self.details;
        details["rows"] = json!(rows);
        let mut event = event("export.created", self.id, details);
        if let Some(failure) = failure {
            event = event.ended(Status::Failure, failure);
        }
        if let Err(error) = self.services.record_own(&self.caller, event).await {
            tracing::error!(export = %self.id, %error, "the end of an export is not on record");
        }
        drop(self.permit);
    }
}

/// The places for exports that run at once.
pub(crate) fn places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AT_ONCE))
}
