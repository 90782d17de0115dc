//! Begins the trail: once for an installation, before anything else is recorded.

use std::path::Path;

use model::event::{NewEvent, Resource};
use serde_json::json;
use store::trail::Origin;

use super::{Keys, Sealer};
use crate::own_event::prepare;
use crate::{Caller, Result, Services};

/// Seals what is older than the trail, records `trail.started` with origin and keys, and answers
/// with whoever signs from now on: none where the keys are in another process's hands.
///
/// # Errors
///
/// [`crate::Error`] where the database fails or the folder of the keys cannot be used.
pub async fn start(services: &Services, folder: &Path) -> Result<Option<Sealer>> {
    let before = services.store.seal_pending().await?;
    let mut keys = Keys::open(folder).await?;
    let mut origin = services.store.trail_origin().await?;
    if origin.is_none() {
        let (made, recovery) = if let Some(keys) = keys.take() {
            (keys, None)
        } else {
            let (keys, recovery) = Keys::create(folder, &name(services)).await?;
            (keys, Some(recovery))
        };
        begin(services, &made, recovery.map(|key| key.to_string()), before).await?;
        origin = services.store.trail_origin().await?;
        keys = Some(made);
    }
    let expected = origin.map(|origin| origin.log_key);
    Ok(match keys {
        Some(keys) if Some(keys.log.verifying_key().to_string()) == expected => {
            Some(Sealer::new(keys))
        }
        Some(_) => {
            tracing::warn!(folder = %folder.display(), "the keys here are not this trail's: others sign it");
            None
        }
        None => {
            tracing::warn!(folder = %folder.display(), "no keys of the trail here: others sign it");
            None
        }
    })
}

/// Records origin and keys, unless another process was first.
async fn begin(
    services: &Services,
    keys: &Keys,
    recovery: Option<String>,
    before: i64,
) -> Result<()> {
    let now = services.now();
    let origin = Origin {
        origin: keys.log.name().to_owned(),
        log_key: keys.log.verifying_key().to_string(),
        cosigner_key: keys.cosigner.verifying_key().to_string(),
        recovery_key: recovery.unwrap_or_default(),
        since: now,
    };
    let mut transaction = services.store.begin().await?;
    if !transaction.begin_trail(&origin).await? {
        return Ok(());
    }
    let event = NewEvent::new("trail.started")
        .on(Resource::new("trail", &origin.origin))
        .with_details(json!({
            "origin": origin.origin,
            "log_key": origin.log_key,
            "cosigner_key": origin.cosigner_key,
            "recovery_key": origin.recovery_key,
            "sealed_from_before": before,
            "deletable_at_once": ["activity", "data_access"],
        }));
    transaction.record(prepare(&Caller::system("start"), event, now));
    transaction.commit(now).await?;
    Ok(())
}

/// A name that no other log has: where the console is, and something random, since that address
/// may come to belong to somebody else.
pub(super) fn name(services: &Services) -> String {
    let address = &services.settings.public_url;
    let host = address
        .split_once("://")
        .map_or(address.as_str(), |(_, rest)| rest);
    let host = if host.is_empty() { "auditorium" } else { host };
    format!("{host}/trail/{:08x}", rand::random::<u32>())
}
