//! Has the newest checkpoint cosigned, every ten seconds. Sealing never waits for it.

use std::time::Duration;

use service::Services;
use service::trail::Witnesses;
use tokio_util::sync::CancellationToken;

const PAUSE: Duration = Duration::from_secs(10);

/// Asks until the process stops. Without witnesses it only forgets what earlier ones said, or
/// sealing would be refused for their sake for ever.
pub(super) async fn ask(services: Services, witnesses: Option<Witnesses>, stop: CancellationToken) {
    let forgotten = match &witnesses {
        Some(witnesses) => witnesses.keep_only_these(&services).await,
        None => services
            .store
            .keep_only_witnesses(&[])
            .await
            .map_err(Into::into),
    };
    if let Err(error) = forgotten {
        tracing::error!(%error, "what former witnesses said could not be forgotten");
    }
    let Some(witnesses) = witnesses else {
        return;
    };
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => return,
            asked = witnesses.ask(&services) => if let Err(error) = asked {
                tracing::error!(%error, "witnesses could not be asked and will be again");
            },
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
