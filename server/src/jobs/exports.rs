//! Makes the files of background exports, and removes them after their term.

use std::time::Duration;

use service::Services;
use service::exports::worker;
use tokio_util::sync::CancellationToken;

/// How long a new export may wait for a process that is idle.
const PAUSE: Duration = Duration::from_secs(1);

/// Works until the process stops; what is under way then is given back at once.
pub(super) async fn work(services: Services, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = worker::run(&services, &stop).await {
            tracing::error!(%error, "exports cannot be made now; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
