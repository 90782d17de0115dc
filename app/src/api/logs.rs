//! Events: a page of them, one of them, and what stands around the table.

use leptos::prelude::*;
use model::log_page::{EventView, Histogram, LogPage, LogRequest};
use model::query::Field;
use model::values::{KnownValue, TopValues};
use uuid::Uuid;

use crate::error::AppError;

/// A page of the events that match.
#[server(prefix = "/api/ui", endpoint = "logs/list", input = server_fn::codec::Json)]
pub async fn list_logs(request: LogRequest) -> Result<LogPage, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::logs::list(&services, &caller, &request).await)
}

/// The matching events over time, and how many they are.
#[server(prefix = "/api/ui", endpoint = "logs/histogram", input = server_fn::codec::Json)]
pub async fn log_histogram(query: String) -> Result<Histogram, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::logs::histogram(&services, &caller, &query).await)
}

/// One event with those around it. Opening it is recorded.
#[server(prefix = "/api/ui", endpoint = "logs/event", input = server_fn::codec::Json)]
pub async fn read_event(id: Uuid) -> Result<EventView, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::logs::view(&services, &caller, id).await)
}

/// Values of a field that begin with a text, for completion.
#[server(prefix = "/api/ui", endpoint = "logs/values", input = server_fn::codec::Json)]
pub async fn list_values(field: Field, prefix: String) -> Result<Vec<KnownValue>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::logs::values(&services, &caller, field, &prefix).await)
}

/// The most frequent values of a field among the newest matching events.
#[server(prefix = "/api/ui", endpoint = "logs/top-values", input = server_fn::codec::Json)]
pub async fn count_values(field: Field, query: String) -> Result<TopValues, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::logs::top_values(&services, &caller, field, &query).await)
}

/// What the caller searched for lately.
#[server(prefix = "/api/ui", endpoint = "logs/searches", input = server_fn::codec::Json)]
pub async fn list_searches() -> Result<Vec<String>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::logs::searches(&services, &caller).await)
}
