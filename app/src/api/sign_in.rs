//! Signing in by password or link, and out. The only endpoints for those who are not known.

use leptos::prelude::*;
use model::person::LinkPreview;

use crate::error::AppError;

/// Opens a session and goes on to `next`, which must be a path of this installation.
#[server(prefix = "/api/ui", endpoint = "session/sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let password = password.into();
    let signed_in = crate::ssr::report(
        service::sign_in::with_password(&services, &caller, &email, password).await,
    )?;
    crate::ssr::cookies::begin_session(&services, &signed_in);
    crate::response::redirect(crate::response::safe_path(&next, "/logs"));
    Ok(())
}

/// Ends the session.
#[server(prefix = "/api/ui", endpoint = "session/sign-out")]
pub async fn sign_out() -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::sign_in::sign_out(&services, &caller).await)?;
    crate::ssr::cookies::end_session(&services);
    crate::response::redirect("/sign-in");
    Ok(())
}

/// What a link is for. Looking does not spend it.
#[server(prefix = "/api/ui", endpoint = "links/read", input = server_fn::codec::Json)]
pub async fn read_link(secret: String) -> Result<LinkPreview, AppError> {
    let services = crate::ssr::services()?;
    crate::ssr::report(service::sign_in::preview_link(&services, &secret.into()).await)
}

/// Spends a link: opens a session, with the name and password that were chosen.
#[server(prefix = "/api/ui", endpoint = "links/open")]
pub async fn open_link(
    secret: String,
    #[server(default)] name: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let answer = service::sign_in::LinkAnswer {
        name: Some(name).filter(|name| !name.trim().is_empty()),
        password: Some(password)
            .filter(|password| !password.is_empty())
            .map(Into::into),
    };
    let signed_in = crate::ssr::report(
        service::sign_in::with_link(&services, &caller, &secret.into(), answer).await,
    )?;
    crate::ssr::cookies::begin_session(&services, &signed_in);
    crate::response::redirect("/logs");
    Ok(())
}
