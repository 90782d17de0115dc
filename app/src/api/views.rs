//! Saved views of the Logs page.

use leptos::prelude::*;
use model::view::View;
use uuid::Uuid;

use crate::error::AppError;

/// The caller's views and those that are shared.
#[server(prefix = "/api/ui", endpoint = "views/list", input = server_fn::codec::Json)]
pub async fn list_views() -> Result<Vec<View>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::views::list(&services, &caller).await)
}

/// Saves a view and opens it. `columns` are names separated by commas.
#[server(prefix = "/api/ui", endpoint = "views/create")]
pub async fn create_view(
    #[server(default)] name: String,
    #[server(default)] query: String,
    #[server(default)] columns: String,
    #[server(default)] shared: bool,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let new = model::view::NewView::from_form(name, query, &columns, shared);
    let view = crate::ssr::report(service::views::create(&services, &caller, new).await)?;
    crate::response::redirect(&crate::paths::view(&view));
    Ok(())
}

/// Renames, shares or changes a view and opens it.
#[server(prefix = "/api/ui", endpoint = "views/change")]
pub async fn change_view(
    id: Uuid,
    #[server(default)] name: String,
    #[server(default)] query: String,
    #[server(default)] columns: String,
    #[server(default)] shared: bool,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let new = model::view::NewView::from_form(name, query, &columns, shared);
    let view = crate::ssr::report(service::views::change(&services, &caller, id, new).await)?;
    crate::response::redirect(&crate::paths::view(&view));
    Ok(())
}

/// Deletes a view.
#[server(prefix = "/api/ui", endpoint = "views/delete")]
pub async fn delete_view(id: Uuid) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::views::delete(&services, &caller, id).await)?;
    crate::response::redirect(crate::paths::LOGS);
    Ok(())
}
