//! Tokens, and what is shown once.

use leptos::prelude::*;
use model::permission::Permission;
use model::token::Token;
use uuid::Uuid;

use crate::error::AppError;

/// The caller's own tokens, or everybody's.
#[server(prefix = "/api/ui", endpoint = "tokens/list", input = server_fn::codec::Json)]
pub async fn list_tokens(all: bool) -> Result<Vec<Token>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    let tokens = if all {
        service::tokens::list_all(&services, &caller).await
    } else {
        service::tokens::list_own(&services, &caller).await
    };
    crate::ssr::report(tokens)
}

/// Makes a token; the next page shows its secret once.
#[server(prefix = "/api/ui", endpoint = "tokens/create")]
pub async fn create_token(
    #[server(default)] name: String,
    #[server(default)] scopes: Vec<Permission>,
    #[server(default)] days: Option<u16>,
    #[server(default)] for_service: bool,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let new = model::token::NewToken {
        name,
        scopes,
        days,
        for_service,
    };
    let issued = crate::ssr::report(service::tokens::create(&services, &caller, new).await)?;
    crate::ssr::cookies::show_once(&services, &issued.secret);
    crate::response::redirect(&format!("/settings/tokens?made={}", issued.token.id));
    Ok(())
}

/// Revokes a token.
#[server(prefix = "/api/ui", endpoint = "tokens/revoke")]
pub async fn revoke_token(id: Uuid) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::tokens::revoke(&services, &caller, id).await)
}

/// The token or link that was just made. Reading it takes it away.
#[server(prefix = "/api/ui", endpoint = "shown/take", input = server_fn::codec::Json)]
pub async fn take_shown() -> Result<Option<String>, AppError> {
    let services = crate::ssr::services()?;
    Ok(crate::ssr::cookies::take_shown(&services))
}
