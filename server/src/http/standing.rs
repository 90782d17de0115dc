//! How long a stream may last: no longer than the credential that opened it, nor than the process.
//!
//! A permission is checked when a request begins; a stream outlives that check by hours. It ends
//! here, and whoever connects again is checked again.

use std::time::Duration;

use service::credentials::still_holds;
use service::{Caller, Services};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// A session that this process ends is noticed at once, since ending it is an event; one that
/// runs out, or that another process ended, this late.
const CHECKED_EVERY: Duration = Duration::from_secs(2);

/// Returns when the process stops, or when what the caller showed holds no longer: an ended
/// session, a revoked token, another role.
pub(super) async fn ended(services: Services, caller: Caller, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = fell(&services, &caller) => {}
    }
}

async fn fell(services: &Services, caller: &Caller) {
    let mut committed = services.store.recorder().committed();
    let mut changes = services.store.recorder().changes();
    loop {
        match still_holds(services, caller).await {
            Ok(true) => {}
            Ok(false) => return,
            // A credential that cannot be checked is not known to hold.
            Err(error) => {
                tracing::warn!(%error, "a stream ended, since its credential could not be checked");
                return;
            }
        }
        let pause = tokio::time::sleep(CHECKED_EVERY);
        tokio::pin!(pause);
        // Events of others change no credential; only own events are worth a look.
        loop {
            tokio::select! {
                () = &mut pause => break,
                woken = committed.recv() => match woken {
                    Err(RecvError::Closed) => return,
                    _ if services.store.recorder().changes() != changes => break,
                    _ => {}
                },
            }
        }
        changes = services.store.recorder().changes();
    }
}
