//! What one event puts into its block's row: its terms as hashes, and what is counted.
//!
//! The terms are those of `log_blocks_build` in the migrations, which makes the same row from
//! what is stored; [`super::terms`] asks with the same prefixes.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use model::event::{Actor, Event, Status};
use model::query::IpRange;
use trail::canon::inet;

use super::hashtext::hashtext;
use super::terms::{is_settled, lower};

/// An event as the index sees it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) hashes: Vec<i32>,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) status: Status,
    pub(super) restricted: bool,
}

impl Entry {
    /// None where only the database knows the terms, since it makes letters small.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        if !names(&event.actor).all(is_settled) {
            return None;
        }
        let mut terms = Terms {
            text: String::with_capacity(64),
            hashes: Vec::with_capacity(24),
        };
        terms.actor(event);
        terms.action(&event.action);
        terms.resource(event);
        terms.add("s:", event.status.as_str());
        terms.add("c:", event.category.as_str());
        terms.add("d:", event.data_classification.as_str());
        terms.maybe("m:", event.team.as_deref());
        terms.add("o:", &event.source);
        terms.maybe("q:", event.request_id.as_deref());
        terms.maybe("e:", event.session_id.as_deref());
        for tag in &event.compliance_tags {
            terms.add("g:", tag);
        }
        Some(Self {
            hashes: terms.hashes,
            occurred_at: event.occurred_at,
            status: event.status,
            restricted: event.category.is_restricted(),
        })
    }
}

/// What an actor is found by, without regard to case.
fn names(actor: &Actor) -> impl Iterator<Item = &str> {
    [Some(&actor.id), actor.name.as_ref(), actor.email.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
}

struct Terms {
    /// Room for one term, used again and again.
    text: String,
    hashes: Vec<i32>,
}

impl Terms {
    fn add(&mut self, prefix: &str, value: &str) {
        self.text.clear();
        self.text.push_str(prefix);
        self.text.push_str(value);
        self.hashes.push(hashtext(&self.text));
    }

    fn maybe(&mut self, prefix: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(prefix, value);
        }
    }

    fn actor(&mut self, event: &Event) {
        let actor = &event.actor;
        for name in names(actor) {
            self.add("a:", &lower(name));
        }
        self.add("k:", actor.kind.as_str());
        if let Some(ip) = actor.ip {
            self.address(ip);
        }
    }

    /// `user.role.assigned` is found by `user.*` and by `user.role.*`.
    fn action(&mut self, action: &str) {
        self.add("n:", action);
        let mut dots = action.match_indices('.').map(|(place, _)| place);
        let (first, second) = (dots.next(), dots.next());
        if let Some(segment) = first.and_then(|end| action.get(..end)) {
            self.add("p:", segment);
        }
        if let Some(end) = second
            && let (Some(segments), Some(rest)) = (action.get(..end), action.get(end + 1..))
            && !rest.is_empty()
            && !rest.starts_with('.')
        {
            self.add("p:", segments);
        }
    }

    fn resource(&mut self, event: &Event) {
        if let Some(resource) = &event.resource {
            self.add("t:", &resource.kind);
            self.maybe("i:", resource.id.as_deref());
        }
    }

    /// The address and the networks around it.
    fn address(&mut self, ip: IpAddr) {
        self.add("x:", &inet(ip));
        let networks = if ip.is_ipv4() {
            [24, 16, 8]
        } else {
            [64, 48, 32]
        };
        for prefix in networks {
            if let Some(range) = IpRange::new(ip, prefix) {
                self.add("x:", &format!("{}/{prefix}", inet(range.network())));
            }
        }
    }
}
