//! What an installation offers that has recorded nothing but itself.

use leptos::prelude::*;
use model::first_steps::FirstSteps;

use crate::error::AppError;

/// What is offered to the caller.
#[server(prefix = "/api/ui", endpoint = "first-steps/read", input = server_fn::codec::Json)]
pub async fn read_first_steps() -> Result<FirstSteps, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::first_steps::read(&services, &caller).await)
}

/// Makes a token for the line that sends the first event; the page shows it once.
#[server(prefix = "/api/ui", endpoint = "first-steps/token")]
pub async fn make_first_token() -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let issued = crate::ssr::report(service::first_steps::make_token(&services, &caller).await)?;
    crate::ssr::cookies::show_once(&services, &issued.secret);
    crate::response::redirect(&format!("/logs?made={}", issued.token.id));
    Ok(())
}
