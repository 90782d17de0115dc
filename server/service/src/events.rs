//! Recording what others send: strict reading, then one write with whoever else sends now.
//!
//! Answered only after the commit. A batch is all or nothing unless the sender asks for an
//! answer line by line. Refuses what a `SELECT` would not give back as it was sent.

mod body;
mod fields;
mod shape;

use chrono::{DateTime, Utc};
use model::demo::SOURCE;
use model::event::{Event, NewEvent, Receipt};
use model::permission::Permission;
use model::problem::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use body::{BodyKind, MAX_EVENT_BYTES, MAX_EVENTS};
use body::{Document, MAX_ERRORS};

use crate::caller::{Caller, Origin};
use crate::own_event::complete;
use crate::trail::Proof;
use crate::{Error, Result, Services};

/// The answer for one sent event, in the order of sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// Only where a receipt was waited for: the entry of the log and the proof of its place.
    Proved {
        #[serde(flatten)]
        acknowledged: Receipt,
        /// In hexadecimal digits.
        leaf: String,
        /// A tlog-proof (c2sp.org/tlog-proof).
        receipt: String,
    },
    Recorded(Receipt),
    /// Only in answers line by line.
    Refused {
        /// Counted from 1.
        line: u64,
        errors: Vec<FieldError>,
    },
}

/// What came of a request to record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    pub results: Vec<Answer>,
}

/// Records the events of a request body. With `partial`, what can be taken is recorded and the
/// rest answered for; otherwise one refused event refuses all.
///
/// # Errors
///
/// [`crate::Error::Invalid`] with line, path and reason; [`crate::Error::TooLarge`].
pub async fn record(
    services: &Services,
    caller: &Caller,
    body: &[u8],
    kind: BodyKind,
    partial: bool,
) -> Result<Recorded> {
    services.authorize(caller, Permission::EventsWrite).await?;
    let now = services.now();
    let read: Vec<Read> = body::documents(body, kind)?
        .into_iter()
        .map(|document| read(document, now))
        .collect();
    if !partial {
        let errors = read
            .iter()
            .filter_map(|read| read.event.as_ref().err())
            .flatten();
        let errors: Vec<FieldError> = errors.take(MAX_ERRORS).cloned().collect();
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
    }
    let sender = sender(caller);
    let source = sender.source();
    let (events, refused) = divide(read);
    let events: Vec<Event> = events
        .into_iter()
        .map(|event| complete(&sender, event, source.clone(), now))
        .collect();
    let receipts = services.store.recorder().record(events, now).await?;
    Ok(Recorded {
        results: answers(refused, receipts),
    })
}

/// Waits until a checkpoint covers what was recorded, and adds its receipt to each answer. Where
/// sealing stands still, the answers stay as they are: recorded, not sealed.
///
/// # Errors
///
/// [`crate::Error::Internal`] where the database fails; the events are recorded all the same.
pub async fn with_receipts(services: &Services, recorded: Recorded) -> Result<Recorded> {
    let acknowledged: Vec<Receipt> = recorded
        .results
        .iter()
        .filter_map(|answer| match answer {
            Answer::Recorded(receipt) => Some(receipt.clone()),
            Answer::Proved { .. } | Answer::Refused { .. } => None,
        })
        .collect();
    let mut proofs = crate::trail::wait_for_checkpoint(services, &acknowledged)
        .await?
        .into_iter();
    let prove = |answer| match answer {
        Answer::Recorded(acknowledged) => match proofs.next() {
            Some(Proof { leaf, receipt }) => Answer::Proved {
                acknowledged,
                leaf,
                receipt,
            },
            None => Answer::Recorded(acknowledged),
        },
        other => other,
    };
    Ok(Recorded {
        results: recorded.results.into_iter().map(prove).collect(),
    })
}

/// Records generated events as the demo's, with everything checked that a sender's are checked for.
pub(crate) async fn record_demo(services: &Services, events: Vec<Value>) -> Result<()> {
    let now = services.now();
    let caller = Caller::system("demo");
    let mut complete_events = Vec::with_capacity(events.len());
    for event in events {
        let event = shape::event(event, now).map_err(Error::Invalid)?;
        complete_events.push(complete(&caller, event, SOURCE.to_owned(), now));
    }
    services
        .store
        .recorder()
        .record(complete_events, now)
        .await?;
    Ok(())
}

struct Read {
    line: Option<u64>,
    event: std::result::Result<NewEvent, Vec<FieldError>>,
}

fn read(document: Document, now: DateTime<Utc>) -> Read {
    let line = document.line;
    let event = match document.value {
        Ok(value) => shape::event(value, now).map_err(|mut errors| {
            for error in &mut errors {
                error.line = line;
            }
            errors
        }),
        Err(error) => Err(vec![error]),
    };
    Read { line, event }
}

/// What is refused, by its place among the answers.
type Refused = Vec<Option<Answer>>;

fn divide(read: Vec<Read>) -> (Vec<NewEvent>, Refused) {
    let mut events = Vec::with_capacity(read.len());
    let mut refused = Vec::with_capacity(read.len());
    for Read { line, event } in read {
        match event {
            Ok(event) => {
                events.push(event);
                refused.push(None);
            }
            Err(errors) => {
                refused.push(Some(Answer::Refused {
                    line: line.unwrap_or(1),
                    errors,
                }));
            }
        }
    }
    (events, refused)
}

fn answers(refused: Refused, receipts: Vec<Receipt>) -> Vec<Answer> {
    let mut receipts = receipts.into_iter();
    refused
        .into_iter()
        .filter_map(|refused| refused.or_else(|| receipts.next().map(Answer::Recorded)))
        .collect()
}

/// The caller without the request that carries the events: it is not the request in which the
/// recorded thing happened.
fn sender(caller: &Caller) -> Caller {
    let origin = Origin {
        request_id: None,
        ..caller.origin.clone()
    };
    Caller {
        origin,
        ..caller.clone()
    }
}
