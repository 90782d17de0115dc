//! The state of the trail, and the proof of one event.

use leptos::prelude::*;
use model::integrity::{EventProof, TrailRefusal, TrailStatus};
use uuid::Uuid;

use crate::error::AppError;

/// Size, checkpoint, holes and damage.
#[server(prefix = "/api/ui", endpoint = "trail/status", input = server_fn::codec::Json)]
pub async fn read_trail() -> Result<TrailStatus, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::trail::status(&services, &caller).await)
}

/// Why nothing is sealed at present, for the frame of every page.
#[server(prefix = "/api/ui", endpoint = "trail/refusal", input = server_fn::codec::Json)]
pub async fn read_refusal() -> Result<Option<TrailRefusal>, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::trail::refusal(&services, &caller).await)
}

/// What proves that an event stands in the trail.
#[server(prefix = "/api/ui", endpoint = "trail/proof", input = server_fn::codec::Json)]
pub async fn read_proof(id: Uuid) -> Result<EventProof, AppError> {
    let (services, caller) = crate::ssr::context()?;
    crate::ssr::report(service::trail::receipt(&services, &caller, id).await)
}
