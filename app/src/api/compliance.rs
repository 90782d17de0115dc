//! What the checks of this installation found, and what people vouch for.

use leptos::prelude::*;
use model::compliance::{History, Run};

use crate::error::AppError;

/// The newest run of the checks; none before the first.
#[server(prefix = "/api/ui", endpoint = "compliance/latest", input = server_fn::codec::Json)]
pub async fn latest_checks() -> Result<Option<Run>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::compliance::latest(&services, &caller).await)
}

/// When a check changed what it says.
#[server(prefix = "/api/ui", endpoint = "compliance/history", input = server_fn::codec::Json)]
pub async fn check_history(check: String) -> Result<History, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::compliance::history(&services, &caller, &check).await)
}

/// Runs every check now.
#[server(prefix = "/api/ui", endpoint = "compliance/run")]
pub async fn run_checks() -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::compliance::run(&services, &caller).await)?;
    crate::response::redirect(crate::paths::COMPLIANCE);
    Ok(())
}

/// Keeps the caller's word for what cannot be checked, for so many days.
#[server(prefix = "/api/ui", endpoint = "compliance/attest")]
pub async fn attest_check(
    check: String,
    #[server(default)] note: String,
    days: u16,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let expires_at = services.now() + chrono::Duration::days(i64::from(days));
    let back = crate::paths::check(&check);
    let new = model::compliance::NewAttestation {
        check,
        note,
        expires_at,
    };
    crate::ssr::report(service::compliance::attest(&services, &caller, new).await)?;
    crate::response::redirect(&back);
    Ok(())
}
