//! The purge: what ended longer ago than its term is removed, and how much went is recorded.

use chrono::{DateTime, TimeDelta, Utc};
use model::event::NewEvent;
use serde_json::json;
use store::purge::{Ends, Purged};

use crate::{Caller, Result, Services, own_event};

/// How long counters mean something: a block of a sign-in is over within the day.
const COUNTERS: TimeDelta = TimeDelta::days(1);

/// How many days what has ended is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Sessions that were ended or ran out.
    pub session_days: u32,
    /// Links that were opened or ran out.
    pub link_days: u32,
    /// Tokens that were revoked or ran out.
    pub token_days: u32,
    /// Webhook deliveries that arrived or were given up.
    pub delivery_days: u32,
}

impl Terms {
    fn ends(&self, now: DateTime<Utc>) -> Ends {
        let before = |days: u32| now - TimeDelta::days(days.into());
        Ends {
            sessions: before(self.session_days),
            links: before(self.link_days),
            tokens: before(self.token_days),
            deliveries: before(self.delivery_days),
            counters: now - COUNTERS,
        }
    }
}

/// Removes what is past its term. Several processes may do so at once.
pub async fn run(services: &Services, terms: &Terms, now: DateTime<Utc>) -> Result<()> {
    while purge(services, terms, now).await?.is_full() {}
    Ok(())
}

async fn purge(services: &Services, terms: &Terms, now: DateTime<Utc>) -> Result<Purged> {
    let mut transaction = services.store.begin().await?;
    let purged = transaction.purge(&terms.ends(now)).await?;
    if !purged.is_empty() {
        let event = NewEvent::new("installation.purged").with_details(json!(purged));
        transaction.record(own_event::prepare(
            &Caller::system("purge"),
            event,
            services.now(),
        ));
    }
    transaction.commit(services.now()).await?;
    Ok(purged)
}
