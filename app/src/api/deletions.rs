//! Deleting events: what would go, and the deletion itself.

use leptos::prelude::*;
use model::deletion::{Deletion, DeletionPreview};
use uuid::Uuid;

use crate::error::AppError;

/// What a deletion of these events would remove, and what it would skip.
#[server(prefix = "/api/ui", endpoint = "logs/delete/preview", input = server_fn::codec::Json)]
pub async fn preview_deletion(query: String, ids: Vec<Uuid>) -> Result<DeletionPreview, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::deletions::preview(&services, &caller, &query, &ids).await)
}

/// Deletes what was previewed. `ids` is a list separated by commas, empty for the whole query.
#[server(prefix = "/api/ui", endpoint = "logs/delete")]
pub async fn delete_logs(
    #[server(default)] query: String,
    #[server(default)] ids: String,
    up_to_seq: i64,
    reason: String,
    confirmation: String,
) -> Result<Deletion, AppError> {
    let (services, caller) = crate::ssr::context()?;
    let request = model::deletion::DeletionRequest {
        query,
        ids: model::deletion::read_ids(&ids),
        up_to_seq,
        reason,
        confirmation,
    };
    let deletion =
        crate::ssr::report(service::deletions::delete(&services, &caller, &request).await)?;
    crate::response::redirect(&format!("/logs?deleted={}", deletion.deleted));
    Ok(deletion)
}
