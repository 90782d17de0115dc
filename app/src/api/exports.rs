//! Exports in the background. Their files are a plain route, `/api/v1/exports/{id}/content`.

use leptos::prelude::*;
use model::export::{ExportFormat, ExportPage};
use uuid::Uuid;

use crate::error::AppError;

/// A page of one's own exports, or of everybody's for those who manage them.
#[server(prefix = "/api/ui", endpoint = "exports/list", input = server_fn::codec::Json)]
pub async fn list_exports(before: Option<Uuid>) -> Result<ExportPage, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::exports::background::list(&services, &caller, before).await)
}

/// Asks for an export. `ids` and `columns` are lists separated by commas.
#[server(prefix = "/api/ui", endpoint = "exports/create")]
pub async fn create_export(
    #[server(default)] query: String,
    #[server(default)] ids: String,
    format: ExportFormat,
    #[server(default)] columns: String,
    #[server(default)] gzip: bool,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    let new = model::export::NewExport {
        query,
        ids: model::deletion::read_ids(&ids),
        format,
        columns: columns
            .split(',')
            .filter_map(|name| name.parse().ok())
            .collect(),
        gzip,
        reason,
    };
    crate::ssr::report(service::exports::background::create(&services, &caller, new).await)?;
    crate::response::redirect(crate::paths::EXPORTS);
    Ok(())
}

/// Ends an export that is not finished, or takes a finished one's file away.
#[server(prefix = "/api/ui", endpoint = "exports/cancel")]
pub async fn cancel_export(id: Uuid) -> Result<(), AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::exports::background::cancel(&services, &caller, id).await)?;
    crate::response::redirect(crate::paths::EXPORTS);
    Ok(())
}
