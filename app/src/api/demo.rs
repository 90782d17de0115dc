//! Demo data: loading it in the background, how far that is, removing it.

use leptos::prelude::*;
use model::demo::DemoState;

use crate::error::AppError;

/// Begins to load demo data; 50,000 events unless asked otherwise.
#[server(prefix = "/api/ui", endpoint = "demo/load")]
pub async fn load_demo(
    #[server(default)] events: Option<u32>,
    #[server(default)] seed: Option<u64>,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let count = events.unwrap_or(model::demo::EVENTS);
    let loading = service::demo::load(&services, &caller, count, seed.unwrap_or(1)).await;
    crate::ssr::report(loading)?;
    crate::response::redirect(crate::paths::LOGS);
    Ok(())
}

/// How far the demo data is.
#[server(prefix = "/api/ui", endpoint = "demo/state", input = server_fn::codec::Json)]
pub async fn read_demo() -> Result<DemoState, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::demo::state(&services, &caller).await)
}

/// Removes the demo's events; answers with how many went.
#[server(prefix = "/api/ui", endpoint = "demo/remove")]
pub async fn remove_demo() -> Result<i64, AppError> {
    let (services, caller) = crate::ssr::context()?;
    let removed = crate::ssr::report(service::demo::remove(&services, &caller).await)?;
    crate::response::redirect(crate::paths::LOGS);
    Ok(removed)
}
