//! Seals the trail while it grows, at most twice a second.

use std::time::Duration;

use service::Services;
use service::trail::{Sealer, Turn};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The shortest time between two checkpoints.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the last turn may take.
const LAST: Duration = Duration::from_secs(2);
/// Where others commit, no news reach this process.
const LOOK: Duration = Duration::from_secs(1);

/// Takes turns until the process stops, and a last one then.
pub(super) async fn seal(services: Services, sealer: Sealer, stop: CancellationToken) {
    let mut committed = services.store.recorder().committed();
    loop {
        turn(&services, &sealer).await;
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(PAUSE) => {}
        }
        tokio::select! {
            () = stop.cancelled() => break,
            // Having lagged behind is news too.
            _ = committed.recv() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        while committed.try_recv().is_ok() {}
    }
    // What was acknowledged last is sealed now, unless the database is what has stopped.
    let _ = timeout(LAST, turn(&services, &sealer)).await;
}

async fn turn(services: &Services, sealer: &Sealer) {
    match sealer.turn(services).await {
        Ok(Turn::Idle | Turn::Refused(_)) => {}
        Ok(Turn::Sealed(size)) => tracing::debug!(size, "sealed"),
        Err(error) => tracing::error!(%error, "sealing failed and will be tried again"),
    }
}
