//! Removes what has ended long ago, once an hour.

use std::time::Duration;

use service::Services;
use service::purge::Terms;
use tokio_util::sync::CancellationToken;

const PAUSE: Duration = Duration::from_hours(1);

/// Purges until the process stops.
pub(super) async fn sweep(services: Services, terms: Terms, stop: CancellationToken) {
    loop {
        if let Err(error) = service::purge::run(&services, &terms, services.now()).await {
            tracing::error!(job = "purge", %error, "a job failed and will be tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
