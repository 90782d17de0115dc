//! Deleting events: first what would go, then, with a reason and a typed confirmation, exactly
//! that. What goes and its `logs.deleted` event are one transaction.

use model::deletion::{Deletion, DeletionPreview, DeletionRequest};
use model::event::{NewEvent, Resource};
use model::permission::Permission;
use serde_json::{Value, json};
use store::logs::{Deleted, DeletionRecord, Selection};
use uuid::Uuid;

use crate::logs::{parse, selection};
use crate::own_event::prepare;
use crate::{Caller, Error, Result, Services};

/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 3..=1_000;
/// Stretches of positions that the event names; of more it gives the number.
const RANGES: usize = 50;
const MAX_IDS: usize = 10_000;

/// What a deletion of the query's result, or of the chosen events, would do.
pub async fn preview(
    services: &Services,
    caller: &Caller,
    query: &str,
    ids: &[Uuid],
) -> Result<DeletionPreview> {
    services.authorize(caller, Permission::LogsDelete).await?;
    let selection = chosen(services, caller, query, ids)?;
    look(services, &selection).await
}

async fn look(services: &Services, selection: &Selection) -> Result<DeletionPreview> {
    let preview = services.store.deletion_preview(selection).await?;
    let noun = if preview.count == 1 {
        "event"
    } else {
        "events"
    };
    Ok(DeletionPreview {
        confirmation: format!("delete {} {noun}", preview.count),
        ..preview
    })
}

fn chosen(services: &Services, caller: &Caller, query: &str, ids: &[Uuid]) -> Result<Selection> {
    if ids.len() > MAX_IDS {
        return Err(Error::invalid(
            "ids",
            format!("at most {MAX_IDS} events can be chosen"),
        ));
    }
    let mut selection = selection(services, caller, parse(query)?);
    if !ids.is_empty() {
        selection.ids = Some(ids.to_vec());
    }
    Ok(selection)
}

/// Deletes what was shown, if it is still the same.
///
/// # Errors
///
/// [`Error::Invalid`] for a reason or a confirmation that does not hold; [`Error::Conflict`]
/// when the result has changed since it was shown, or holds nothing that can go.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    request: &DeletionRequest,
) -> Result<Deletion> {
    services.authorize(caller, Permission::LogsDelete).await?;
    let reason = request.reason.trim();
    if !REASON.contains(&reason.chars().count()) {
        return Err(Error::invalid(
            "reason",
            "say why, in 3 to 1,000 characters",
        ));
    }
    let mut selection = chosen(services, caller, &request.query, &request.ids)?;
    selection.up_to_seq = Some(request.up_to_seq);
    let shown = look(services, &selection).await?;
    if request.confirmation.trim() != shown.confirmation {
        return Err(refusal(&request.confirmation, &shown.confirmation));
    }
    if shown.count == 0 {
        return Err(Error::Conflict(
            "Nothing in this result can be deleted.".to_owned(),
        ));
    }
    let now = services.now();
    let id = Uuid::now_v7();
    let record = DeletionRecord {
        id,
        at: now,
        actor_id: &caller.actor.id,
        reason,
        query: &request.query,
    };
    let mut transaction = services.store.begin().await?;
    let done = transaction.delete_events(&selection, &record).await?;
    if done.deleted != shown.count {
        return Err(Error::Conflict(CHANGED.to_owned()));
    }
    let event = NewEvent {
        id: Some(id),
        ..NewEvent::new("logs.deleted")
            .on(Resource::new("table", "logs"))
            .with_details(details(request, reason, &shown, &done))
    };
    transaction.record(prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(Deletion {
        id,
        deleted: done.deleted,
        skipped: done.skipped,
        event_id: id,
    })
}

const CHANGED: &str = "The result has changed since it was shown. Nothing was deleted; look again.";

/// A confirmation of another number was right when it was typed; anything else is a slip.
fn refusal(typed: &str, expected: &str) -> Error {
    let mut words = typed.split_whitespace();
    let number = words.nth(1).and_then(|word| word.parse::<i64>().ok());
    if typed.trim().starts_with("delete ") && number.is_some() {
        return Error::Conflict(CHANGED.to_owned());
    }
    Error::invalid("confirmation", format!("type “{expected}”"))
}

fn details(
    request: &DeletionRequest,
    reason: &str,
    shown: &DeletionPreview,
    done: &Deleted,
) -> Value {
    let mut details = json!({
        "query": request.query,
        "reason": reason,
        "deleted": done.deleted,
        "skipped": done.skipped,
        "first_occurred_at": shown.first_occurred_at,
        "last_occurred_at": shown.last_occurred_at,
        "up_to_seq": request.up_to_seq,
    });
    if !request.ids.is_empty() {
        details["chosen"] = json!(request.ids.len());
    }
    if done.ranges.len() <= RANGES {
        details["asked_positions"] = json!(done.ranges);
    } else {
        details["asked_stretches"] = json!(done.ranges.len());
    }
    details
}
