//! Reading events: pages, one event, counts, values, live rows.
//!
//! Everybody who may read logs reads all but the categories admin and security, which need a
//! permission of their own. Opening an event and each distinct search are events themselves;
//! paging, counting and live rows are not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use model::event::{Event, NewEvent, OWN_SOURCE, Resource};
use model::log_page::{EventView, Histogram, LogPage, LogRequest, Place, Related};
use model::permission::Permission;
use model::query::{Field, Pattern, Predicate, Query, ResourcePattern, Term};
use model::values::{KnownValue, TopValues};
use serde_json::json;
use store::logs::Selection;
use uuid::Uuid;

use crate::{Caller, Error, Result, Services};

/// Rows of a page.
const PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 500;
/// Stretches of a histogram.
const BARS: u16 = 60;
/// Related events of each kind.
const RELATED: usize = 5;
/// Values that completion offers.
const OFFERED: i64 = 10;
/// Values that are listed with their counts.
const TOP: usize = 12;
/// The same person asking the same again within this time is one search.
const SEARCH_REMEMBERED: TimeDelta = TimeDelta::minutes(15);
/// Searches that are remembered at most; then the oldest are forgotten and recorded again.
const SEARCHES: usize = 10_000;

/// When each actor last searched for what, in this process.
#[derive(Debug, Default)]
pub(crate) struct Searches(Mutex<HashMap<(String, String), DateTime<Utc>>>);

impl Searches {
    /// Remembers a search, and whether it is another one than lately.
    fn is_new(&self, actor: &str, query: &str, now: DateTime<Utc>) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (actor.to_owned(), query.to_owned());
        if last
            .get(&key)
            .is_some_and(|last| now - *last < SEARCH_REMEMBERED)
        {
            return false;
        }
        if last.len() >= SEARCHES {
            last.retain(|_, last| now - *last < SEARCH_REMEMBERED);
        }
        if last.len() >= SEARCHES {
            last.clear();
        }
        last.insert(key, now);
        true
    }
}

/// Reads a query, naming the field `query` in errors.
pub(crate) fn parse(query: &str) -> Result<Query> {
    Query::parse(query).map_err(|error| Error::invalid("query", error.to_string()))
}

/// What a query finds for a caller.
pub(crate) fn selection(services: &Services, caller: &Caller, query: Query) -> Selection {
    Selection::new(
        query,
        caller.may(Permission::LogsReadRestricted),
        services.now(),
    )
}

/// A page of the events that match, newest first.
pub async fn list(services: &Services, caller: &Caller, request: &LogRequest) -> Result<LogPage> {
    services.authorize(caller, Permission::LogsRead).await?;
    let query = parse(&request.query)?;
    let limit = if request.limit == 0 {
        PAGE
    } else {
        request.limit.min(LARGEST_PAGE)
    };
    if request.place == Place::First {
        record_search(services, caller, &query).await?;
    }
    let selection = selection(services, caller, query);
    Ok(services
        .store
        .page(&selection, request.place, limit.into())
        .await?)
}

async fn record_search(services: &Services, caller: &Caller, query: &Query) -> Result<()> {
    let text = query.to_string();
    if query.is_empty()
        || !services
            .searches
            .is_new(&caller.actor.id, &text, services.now())
    {
        return Ok(());
    }
    let event = NewEvent::new("logs.search").with_details(json!({ "query": text }));
    services.record_own(caller, event).await
}

/// One event with those around it. Opening it is recorded.
pub async fn view(services: &Services, caller: &Caller, id: Uuid) -> Result<EventView> {
    let event = event(services, caller, id).await?;
    let related = related(services, caller, &event).await?;
    Ok(EventView { event, related })
}

/// One event. Opening it is recorded.
///
/// # Errors
///
/// [`Error::NotFound`] also for what the caller may not see; [`Error::Gone`] with the position
/// of the deletion where the content is gone.
pub async fn event(services: &Services, caller: &Caller, id: Uuid) -> Result<Event> {
    services.authorize(caller, Permission::LogsRead).await?;
    let restricted = caller.may(Permission::LogsReadRestricted);
    let Some(event) = services.store.event(id, restricted, services.now()).await? else {
        return Err(match services.store.remains(id).await? {
            Some(remains) => Error::Gone(remains_text(&remains)),
            None => Error::NotFound { what: "event" },
        });
    };
    let viewed = NewEvent::new("event.view").on(Resource::new("event", id.to_string()));
    services.record_own(caller, viewed).await?;
    Ok(event)
}

fn remains_text(remains: &store::logs::Remains) -> String {
    let at = remains.received_at.format("%Y-%m-%d %H:%M UTC");
    match remains.deleted_by {
        Some(by) => format!("Event #{} of {at} was deleted by #{by}.", remains.seq),
        None => format!(
            "Event #{} of {at} has lost its content without a deletion.",
            remains.seq
        ),
    }
}

/// Events that share the request, session, actor or resource, a few of each.
async fn related(services: &Services, caller: &Caller, event: &Event) -> Result<Vec<Related>> {
    let mut all = Vec::new();
    for (by, predicate) in shared(event) {
        let query = Query {
            terms: vec![Term::only(predicate)],
        };
        let text = query.to_string();
        let selection = selection(services, caller, query);
        let page = services
            .store
            .page(&selection, Place::First, RELATED + 1)
            .await?;
        let mut events = page.events;
        events.retain(|other| other.id != event.id);
        events.truncate(RELATED);
        if !events.is_empty() {
            all.push(Related {
                by: by.to_owned(),
                query: text,
                events,
            });
        }
    }
    Ok(all)
}

fn shared(event: &Event) -> Vec<(&'static str, Predicate)> {
    let resource = event.resource.as_ref().and_then(|resource| {
        let id = resource.id.clone()?;
        let pattern = ResourcePattern::Both(resource.kind.clone(), id);
        Some(("resource", Predicate::Resource(vec![pattern])))
    });
    let request = event
        .request_id
        .clone()
        .map(|id| ("request", Predicate::Request(vec![id])));
    let session = event
        .session_id
        .clone()
        .map(|id| ("session", Predicate::Session(vec![id])));
    let actor = Predicate::Actor(vec![Pattern::Exact(event.actor.id.clone())]);
    request
        .into_iter()
        .chain(session)
        .chain([("actor", actor)])
        .chain(resource)
        .collect()
}

/// The matching events over time, and how many they are.
pub async fn histogram(services: &Services, caller: &Caller, query: &str) -> Result<Histogram> {
    services.authorize(caller, Permission::LogsRead).await?;
    let selection = selection(services, caller, parse(query)?);
    Ok(services.store.histogram(&selection, BARS).await?)
}

/// Values of a field that begin with `prefix`, from events that the caller may read. Quick and
/// not complete: frequent values are found, a rare and old one may not be.
pub async fn values(
    services: &Services,
    caller: &Caller,
    field: Field,
    prefix: &str,
) -> Result<Vec<KnownValue>> {
    services.authorize(caller, Permission::LogsRead).await?;
    // A group of actions has an index of its own, so even a rare action of it is found.
    let terms = match prefix.rsplit_once('.') {
        Some((group, _)) if field == Field::Action => {
            let group = Pattern::Prefix(format!("{group}."));
            vec![Term::only(Predicate::Action(vec![group]))]
        }
        _ => Vec::new(),
    };
    let selection = selection(services, caller, Query { terms });
    Ok(services
        .store
        .known_values(&selection, field, prefix, OFFERED)
        .await?)
}

/// The most frequent values of a field among the newest matching events.
///
/// # Errors
///
/// [`Error::Invalid`] for a field whose values are not counted, or a query that does not parse.
pub async fn top_values(
    services: &Services,
    caller: &Caller,
    field: Field,
    query: &str,
) -> Result<TopValues> {
    services.authorize(caller, Permission::LogsRead).await?;
    let selection = selection(services, caller, parse(query)?);
    let found = services.store.top_values(&selection, field, TOP).await?;
    found.ok_or_else(|| Error::invalid("field", "is not one whose values are counted"))
}

/// What the caller searched for lately, the latest first, from the caller's own events.
pub async fn searches(services: &Services, caller: &Caller) -> Result<Vec<String>> {
    const LOOKED_AT: usize = 50;
    const SHOWN: usize = 8;
    services.authorize(caller, Permission::LogsRead).await?;
    let actor = vec![Pattern::Exact(caller.actor.id.clone())];
    let action = vec![Pattern::Exact("logs.search".to_owned())];
    let terms = vec![
        Term::only(Predicate::Actor(actor)),
        Term::only(Predicate::Action(action)),
    ];
    let selection = selection(services, caller, Query { terms });
    let page = services
        .store
        .page(&selection, Place::First, LOOKED_AT)
        .await?;
    let mut searches: Vec<String> = Vec::new();
    // An actor is found by name as well, and a name is not proof of being the same.
    for event in page.events.iter().filter(|e| e.actor.id == caller.actor.id) {
        let query = event
            .details
            .as_ref()
            .and_then(|details| details.get("query"));
        if let Some(query) = query.and_then(|query| query.as_str())
            && event.source == OWN_SOURCE
            && !searches.iter().any(|known| known == query)
        {
            searches.push(query.to_owned());
        }
    }
    searches.truncate(SHOWN);
    Ok(searches)
}

/// What somebody watches: new events that match, from a position on.
#[derive(Clone, Debug)]
pub struct Watch {
    selection: Selection,
    /// Positions before this one were looked at.
    pub seen: i64,
}

/// Starts to watch; nothing is recorded for it.
pub async fn watch(
    services: &Services,
    caller: &Caller,
    query: &str,
    from: Option<i64>,
) -> Result<Watch> {
    services.authorize(caller, Permission::LogsRead).await?;
    let selection = selection(services, caller, parse(query)?);
    let head = services.store.head().await?;
    Ok(Watch {
        selection,
        seen: from.unwrap_or(head).clamp(0, head),
    })
}

impl Watch {
    /// New events that match, a page of positions at a time; empty when there are none.
    pub async fn next(&mut self, services: &Services) -> Result<Vec<Event>> {
        const AT_ONCE: i64 = 500;
        self.selection.now = services.now();
        loop {
            let new = services.store.events_from(self.seen, AT_ONCE).await?;
            let Some(last) = new.last() else {
                return Ok(Vec::new());
            };
            self.seen = last.seq + 1;
            let matching: Vec<Event> = new
                .into_iter()
                .filter(|event| self.selection.holds(event))
                .collect();
            if !matching.is_empty() {
                return Ok(matching);
            }
        }
    }
}
