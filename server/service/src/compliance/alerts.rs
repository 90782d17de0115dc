//! Whether alarming events are looked for, and whether somebody outside hears of them.

use chrono::Duration;

use super::verdict::{Finding, Verdict, of};
use crate::Services;

/// How long an event may wait to be looked at.
const PATIENCE_SECS: i64 = 60;

pub(super) async fn check(services: &Services) -> Vec<Finding> {
    let now = services.now();
    let watch = services.store.alert_watch().await;
    let webhook = services.store.webhook().await;
    vec![
        of("alerts.watching", watch, |watch| {
            let late = watch.behind > 0
                && watch
                    .since
                    .is_some_and(|since| since < now - Duration::seconds(PATIENCE_SECS));
            Verdict::judge(
                !late,
                match watch.since {
                    Some(since) if watch.behind > 0 => {
                        format!(
                            "{} events wait to be looked at, since {}.",
                            watch.behind,
                            since.format("%Y-%m-%d %H:%M:%S UTC")
                        )
                    }
                    _ => "Every event of the trail was looked at.".to_owned(),
                },
                "Start `auditorium serve`; its log says why the alerts job fails.",
            )
        }),
        of("alerts.delivered", webhook, |webhook| match webhook {
            Some(webhook) if webhook.enabled => Verdict::judge(
                webhook.last_error.is_none(),
                match &webhook.last_error {
                    Some(error) => format!(
                        "{} alerts wait; the last attempt failed: {error}.",
                        webhook.waiting
                    ),
                    None => match webhook.last_delivered_at {
                        Some(at) => format!(
                            "The last alert was delivered on {}.",
                            at.format("%Y-%m-%d %H:%M:%S UTC")
                        ),
                        None => "A webhook is on; no alert had to be sent yet.".to_owned(),
                    },
                },
                "Look at the receiver of the webhook, or change its address in the inbox.",
            ),
            _ => Verdict::judge(
                false,
                "No webhook is on: alerts wait in the inbox until somebody opens it.",
                "Set a webhook in the inbox, so that a breach is noticed within the terms of the law.",
            ),
        }),
    ]
}
