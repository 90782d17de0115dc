//! Compares rows with their leaves, a stretch at a time, round and round.

use model::event::{NewEvent, Status};
use serde_json::json;
use store::trail::STRETCH;

use crate::{Caller, Result, Services};

/// Positions of new damage that the event names.
const NAMED: usize = 20;

/// Compares the stretch that has waited longest; new damage becomes an event, from which an alert
/// follows.
///
/// # Errors
///
/// [`crate::Error`] where the database fails.
pub async fn check_next(services: &Services) -> Result<()> {
    let Some(stretch) = services.store.stretch_to_check().await? else {
        return Ok(());
    };
    let from = stretch * STRETCH;
    let sealed = services.store.sealed().await?;
    let to = sealed.min(from + STRETCH);
    let damage = services.store.check_rows(from, to).await?;
    let now = services.now();
    let found = services.store.keep_check(stretch, &damage, now).await?;
    if found > 0 {
        let named: Vec<_> = damage
            .iter()
            .take(NAMED)
            .map(|(seq, kind)| json!({ "seq": seq, "kind": kind.as_str() }))
            .collect();
        let message = format!("{found} positions differ from what was recorded");
        tracing::error!(stretch, found, "rows differ from their leaves");
        let event = NewEvent::new("trail.damaged")
            .with_details(json!({ "count": found, "positions": named }))
            .ended(Status::Failure, message);
        services.record_own(&Caller::system("trail"), event).await?;
    }
    Ok(())
}
