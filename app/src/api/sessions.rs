//! One's own sessions.

use leptos::prelude::*;
use model::person::Session;
use uuid::Uuid;

use crate::error::AppError;

/// The caller's live sessions, and which of them asks.
#[server(prefix = "/api/ui", endpoint = "sessions/list", input = server_fn::codec::Json)]
pub async fn list_sessions() -> Result<(Vec<Session>, Option<Uuid>), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let sessions = crate::ssr::report(service::sessions::list(&services, &caller).await)?;
    Ok((sessions, service::sessions::current(&caller)))
}

/// Ends one of the caller's sessions.
#[server(prefix = "/api/ui", endpoint = "sessions/end")]
pub async fn end_session(id: Uuid) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::sessions::end(&services, &caller, id).await)
}

/// Ends all of the caller's sessions but this one.
#[server(prefix = "/api/ui", endpoint = "sessions/end-others")]
pub async fn end_other_sessions() -> Result<u64, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::sessions::end_others(&services, &caller).await)
}
