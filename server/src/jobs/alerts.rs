//! Follows the trail for what alarms: at once after each commit of this process, and every
//! second for those of other processes and of `psql`.

use std::time::Duration;

use service::Services;
use tokio_util::sync::CancellationToken;

/// How long another process' event may wait.
const PAUSE: Duration = Duration::from_secs(1);

/// Watches until the process stops. The place that was reached is kept in the database.
pub(super) async fn watch(services: Services, stop: CancellationToken) {
    let mut committed = services.store.recorder().committed();
    loop {
        if let Err(error) = service::alerts::watch(&services).await {
            tracing::error!(%error, "the trail could not be watched for alerts and will be tried again");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
            // A receiver that fell behind looks at everything anyway; a recorder that stopped
            // ends the process, and the pause keeps this from spinning until then.
            woken = committed.recv() => if woken.is_err() { tokio::task::yield_now().await; },
        }
    }
}
