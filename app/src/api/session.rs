//! Who is signed in, and what the frame shows of the installation.

use leptos::prelude::*;
use model::person::Current;

use crate::error::AppError;

/// The person who is signed in and the installation's name and environment.
#[server(prefix = "/api/ui", endpoint = "session/current", input = server_fn::codec::Json)]
pub async fn read_current() -> Result<Current, AppError> {
    let (services, caller) = crate::ssr::context()?;
    Ok(Current {
        person: caller.person,
        environment: services.settings.environment.clone(),
    })
}
