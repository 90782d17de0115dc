//! Task logs: appended by agents, read by people in windows, searched, followed, downloaded.
//!
//! Opening a log is an event, once a person and task in 15 minutes; chunks and further windows
//! are not. Nothing here holds a whole log.

mod follow;
mod search;

use std::ops::Range;

use bytes::Bytes;
use chrono::Duration;
pub use follow::follow;
use futures::Stream;
use model::event::NewEvent;
use model::permission::Permission;
use model::task::Task;
use model::task_log::{
    Appended, CHUNK_BYTES, DEFAULT_LINES, LogMatches, LogOpening, LogPlace, LogWindow, MAX_LINES,
};
use store::task_logs::{Append, LogReader};
use uuid::Uuid;

use crate::{Caller, Error, Result, Services, own_event, tasks};

/// How long opening the same log again is the same event.
const SAME_VIEW: Duration = Duration::minutes(15);

/// Bytes that a download or a search holds at once.
const STEP: u64 = 4 * 1024 * 1024;

/// What became of a chunk that could be taken or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOutcome {
    /// Durable.
    Stored(Appended),
    /// Not stored, because bytes are missing before it: send from `length` on.
    Gap(Appended),
}

/// Appends bytes to the log of a task that the caller opened. Answered when they are durable.
pub async fn append(
    services: &Services,
    caller: &Caller,
    task: Uuid,
    offset: u64,
    bytes: &[u8],
) -> Result<AppendOutcome> {
    services.authorize(caller, Permission::TasksWrite).await?;
    if bytes.len() > CHUNK_BYTES {
        return Err(Error::TooLarge(format!(
            "A chunk has at most {CHUNK_BYTES} bytes."
        )));
    }
    let now = services.now();
    let store = &services.store;
    let mut append = store
        .append_to_log(task, &caller.actor.id, offset, bytes, now)
        .await?;
    if append == Append::Lost {
        tasks::resume(services, caller, task).await?;
        append = store
            .append_to_log(task, &caller.actor.id, offset, bytes, now)
            .await?;
    }
    match append {
        Append::Stored { length } => Ok(AppendOutcome::Stored(Appended { length })),
        Append::Gap { length } => Ok(AppendOutcome::Gap(Appended { length })),
        Append::Finished { length } => Err(Error::Conflict(format!(
            "The task has finished; its log has {length} bytes and takes no more."
        ))),
        Append::Lost => Err(Error::Conflict(
            "The task has just been taken for lost. Try again.".to_owned(),
        )),
        Append::Unknown => Err(Error::NotFound { what: "task" }),
    }
}

/// A window of lines; the last ones by default.
pub async fn window(
    services: &Services,
    caller: &Caller,
    task: Uuid,
    place: LogPlace,
    lines: u32,
) -> Result<LogWindow> {
    let mut reader = open(services, caller, task).await?;
    let lines = if lines == 0 {
        DEFAULT_LINES
    } else {
        lines.min(MAX_LINES)
    };
    Ok(reader
        .window(place, usize::try_from(lines).unwrap_or(usize::MAX))
        .await?)
}

/// Lines that stand before the match at which a log opens.
const LINES_BEFORE: u64 = 20;

/// A log as it is opened: a window of it and, where a text is given, where the whole log holds
/// that. A search without a place opens at its first match.
pub async fn opening(
    services: &Services,
    caller: &Caller,
    task: Uuid,
    place: LogPlace,
    find: &str,
) -> Result<LogOpening> {
    let mut reader = open(services, caller, task).await?;
    let matches = match find.trim() {
        "" => None,
        text => Some(search::search(&mut reader, text).await?),
    };
    let first = matches.as_ref().and_then(|matches| matches.matches.first());
    let place = match (place, first) {
        (LogPlace::End, Some(first)) => {
            LogPlace::From(first.line.saturating_sub(LINES_BEFORE).max(1))
        }
        (place, _) => place,
    };
    let window = reader.window(place, DEFAULT_LINES as usize).await?;
    let task = tasks::view(services, caller, task).await?;
    Ok(LogOpening {
        task,
        window,
        matches,
    })
}

/// Bytes of a range, cut at the log's end, and the log's length. Answers 8 MiB at most.
pub async fn bytes(
    services: &Services,
    caller: &Caller,
    task: Uuid,
    range: Range<u64>,
) -> Result<(Bytes, u64)> {
    let mut reader = open(services, caller, task).await?;
    let end = range.end.min(range.start.saturating_add(2 * STEP));
    let bytes = reader.read(range.start..end).await?;
    Ok((bytes, reader.shape().length))
}

/// The lines of the whole log that hold a text, in any case, colours aside.
pub async fn search(
    services: &Services,
    caller: &Caller,
    task: Uuid,
    text: &str,
) -> Result<LogMatches> {
    let mut reader = open(services, caller, task).await?;
    search::search(&mut reader, text).await
}

/// The whole log, as it stands now, in steps of constant memory. Taking it is an event.
pub async fn download(
    services: &Services,
    caller: &Caller,
    task: Uuid,
) -> Result<(Task, impl Stream<Item = Result<Bytes>> + Send + use<>)> {
    let task = tasks::view(services, caller, task).await?;
    let reader = reader(services, task.id).await?;
    let event = NewEvent::new("log.download")
        .on(tasks::resource(&task))
        .with_details(serde_json::json!({ "bytes": reader.shape().length }));
    services.record_own(caller, event).await?;
    Ok((task, steps(reader)))
}

/// Moves chunks to the object store, and finished logs into one object. A job calls it.
pub async fn move_parts(services: &Services) -> Result<()> {
    services.store.remove_left_parts().await?;
    while let Some(log) = services.store.lease_log(services.now()).await? {
        // A log that fails stays leased for a while, so that others are not held up by it.
        services.store.move_log(log.clone()).await?;
        services.store.release_log(&log).await?;
    }
    Ok(())
}

/// Opens a log to read it: permission, and the event where it is due.
async fn open(services: &Services, caller: &Caller, task: Uuid) -> Result<LogReader> {
    let task = tasks::view(services, caller, task).await?;
    let now = services.now();
    let mut transaction = services.store.begin().await?;
    if transaction
        .note_log_view(&caller.actor.id, task.id, SAME_VIEW, now)
        .await?
    {
        let event = NewEvent::new("log.view").on(tasks::resource(&task));
        transaction.record(own_event::prepare(caller, event, now));
    }
    transaction.commit(now).await?;
    reader(services, task.id).await
}

async fn reader(services: &Services, task: Uuid) -> Result<LogReader> {
    services
        .store
        .log_reader(task)
        .await?
        .ok_or(Error::NotFound { what: "task" })
}

fn steps(reader: LogReader) -> impl Stream<Item = Result<Bytes>> + Send {
    futures::stream::try_unfold((reader, 0), async |(mut reader, at): (LogReader, u64)| {
        let end = reader.shape().length.min(at + STEP);
        if at >= end {
            return Ok(None);
        }
        let bytes = reader.read(at..end).await?;
        Ok(Some((bytes, (reader, end))))
    })
}
