//! The inbox of alerts and its webhook.

use leptos::prelude::*;
use model::alert::{Inbox, Webhook};
use uuid::Uuid;

use crate::error::AppError;

/// A page of the inbox.
#[server(prefix = "/api/ui", endpoint = "alerts/list", input = server_fn::codec::Json)]
pub async fn list_alerts(before: Option<Uuid>) -> Result<Inbox, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::alerts::inbox(&services, &caller, before).await)
}

/// How many alerts nobody has read, for the mark in the frame.
#[server(prefix = "/api/ui", endpoint = "alerts/unread", input = server_fn::codec::Json)]
pub async fn count_unread() -> Result<i64, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::alerts::unread(&services, &caller).await)
}

/// Marks one alert as read, or all of them when none is named.
#[server(prefix = "/api/ui", endpoint = "alerts/read")]
pub async fn mark_read(#[server(default)] id: Option<Uuid>) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::alerts::mark_read(&services, &caller, id).await)?;
    crate::response::redirect(crate::paths::INBOX);
    Ok(())
}

/// Where alerts are sent, for those who manage it.
#[server(prefix = "/api/ui", endpoint = "alerts/webhook", input = server_fn::codec::Json)]
pub async fn read_webhook() -> Result<Option<Webhook>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::alerts::read_webhook(&services, &caller).await)
}

/// Sets where alerts are sent.
#[server(prefix = "/api/ui", endpoint = "alerts/webhook/set")]
pub async fn set_webhook(
    #[server(default)] url: String,
    #[server(default)] enabled: bool,
    #[server(default)] new_secret: bool,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let new = model::alert::NewWebhook {
        url,
        enabled,
        new_secret,
    };
    crate::ssr::report(service::alerts::set_webhook(&services, &caller, new).await)?;
    crate::response::redirect(crate::paths::INBOX);
    Ok(())
}

/// Sends a test to the webhook; the page then says what came of it.
#[server(prefix = "/api/ui", endpoint = "alerts/webhook/test")]
pub async fn test_webhook() -> Result<model::alert::WebhookTest, AppError> {
    let (services, caller) = crate::ssr::context()?;
    let test = crate::ssr::report(service::alerts::test_webhook(&services, &caller).await)?;
    let result = test.failure.as_deref().unwrap_or("arrived");
    crate::response::redirect(&format!(
        "{}?tested={}#webhook",
        crate::paths::INBOX,
        crate::paths::encode(result)
    ));
    Ok(test)
}
