//! `/api/v1/events/live`: server-sent events, one message for each group of new events that
//! match. A message's data is their number, or with `rows=true` the events themselves; its id is
//! the position after them, so that a browser that reconnects misses nothing.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use axum::routing::get;
use futures::stream::unfold;
use futures::{Stream, StreamExt as _};
use model::event::Event;
use model::live::{Arrival, ROWS};
use serde::Deserialize;
use service::logs::Watch;
use service::{Result, Services};
use tokio::sync::broadcast;

use crate::http::AppState;
use crate::http::caller::Identified;
use crate::http::error::ApiError;
use crate::http::extract::Input;
use crate::http::standing;

/// Commits of this process wake watchers at once; those of others are found this often.
const POLL: Duration = Duration::from_secs(2);

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/api/v1/events/live", get(live))
}

#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(default)]
    q: String,
    /// The head of the page that is shown.
    after: Option<i64>,
    /// Whether messages carry the events.
    #[serde(default)]
    rows: bool,
}

async fn live(
    State(state): State<AppState>,
    Identified(caller): Identified,
    Input(Query(parameters)): Input<Query<Parameters>>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Message, Infallible>>>, ApiError> {
    let resumed = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let from = resumed.or(parameters.after);
    let watch = service::logs::watch(&state.services, &caller, &parameters.q, from).await?;
    let ended = standing::ended(state.services.clone(), caller, state.stop);
    let committed = state.services.store.recorder().committed();
    let watcher = Watcher {
        services: state.services,
        watch,
        committed,
        rows: parameters.rows,
    };
    let messages = unfold(watcher, async |mut watcher| {
        let message = watcher.next().await?;
        Some((Ok(message), watcher))
    });
    Ok(Sse::new(messages.take_until(Box::pin(ended))).keep_alive(KeepAlive::default()))
}

struct Watcher {
    services: Services,
    watch: Watch,
    committed: broadcast::Receiver<i64>,
    rows: bool,
}

impl Watcher {
    /// Waits for new events that match. None when the process stops or the database fails; the
    /// browser then connects again.
    async fn next(&mut self) -> Option<Message> {
        loop {
            match self.watch.next(&self.services).await {
                Ok(events) if events.is_empty() => {}
                Ok(events) => {
                    let message = Message::default().id(self.watch.seen.to_string());
                    return Some(message.data(self.data(events)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a live stream ended");
                    return None;
                }
            }
            let woken = tokio::time::timeout(POLL, self.committed.recv()).await;
            if matches!(woken, Ok(Err(broadcast::error::RecvError::Closed))) {
                return None;
            }
        }
    }

    fn data(&self, mut events: Vec<Event>) -> String {
        let count = events.len();
        if !self.rows {
            return count.to_string();
        }
        let events = events.split_off(count.saturating_sub(ROWS));
        // A number and events always have a JSON.
        serde_json::to_string(&Arrival { count, events }).unwrap_or_default()
    }
}
