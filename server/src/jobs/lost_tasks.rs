//! Closes tasks of which nothing is heard any more.

use std::time::Duration;

use service::Services;
use tokio_util::sync::CancellationToken;

use crate::jobs::every;

/// How long agents have to come back to a server that was away itself: more than the longest
/// pause between their attempts.
const GRACE: Duration = Duration::from_mins(2);

/// Looks every minute, beginning a while after the start.
pub(super) async fn watch(services: Services, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => return,
        () = tokio::time::sleep(GRACE) => {}
    }
    every(
        Duration::from_mins(1),
        stop,
        services,
        "lost tasks",
        service::tasks::mark_lost,
    )
    .await;
}
