//! How often one client may ask: by token, else by address; sign-ins apart.
//!
//! Counted in this process, by the generic cell rate algorithm (`governor`): a quota is also the
//! burst. A refusal is 429 with `Retry-After`, before any work is done.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use service::{Caller, Credential, Error};
use uuid::Uuid;

use crate::config::Limits;
use crate::http::error::ApiError;
use crate::http::request_id::RequestId;

/// The path that takes a password. Links are 256 random bits: nobody guesses one.
const SIGN_IN: &str = "/api/ui/session/sign-in";

/// The quotas; unlimited by default.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    by_token: Option<Arc<DefaultKeyedRateLimiter<Uuid>>>,
    by_address: Option<Arc<DefaultKeyedRateLimiter<IpAddr>>>,
    sign_ins: Option<Arc<DefaultKeyedRateLimiter<IpAddr>>>,
}

impl Rates {
    /// The quotas of the configuration.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            by_token: limiter(limits.writes_per_second, Quota::per_second),
            by_address: limiter(limits.requests_per_second, Quota::per_second),
            sign_ins: limiter(limits.sign_ins_per_minute, Quota::per_minute),
        }
    }

    /// Counts a request; the seconds to wait when it is one too many.
    fn count(&self, path: &str, caller: &Caller) -> Result<(), u64> {
        if let Credential::Token { id, .. } = &caller.credential {
            return check(self.by_token.as_deref(), id);
        }
        let Some(ip) = caller.origin.ip else {
            return Ok(());
        };
        if path == SIGN_IN {
            check(self.sign_ins.as_deref(), &ip)?;
        }
        check(self.by_address.as_deref(), &ip)
    }
}

fn limiter<K: std::hash::Hash + Eq + Clone>(
    number: Option<u32>,
    quota: fn(NonZeroU32) -> Quota,
) -> Option<Arc<DefaultKeyedRateLimiter<K>>> {
    number
        .and_then(NonZeroU32::new)
        .map(|number| Arc::new(RateLimiter::keyed(quota(number))))
}

fn check<K: std::hash::Hash + Eq + Clone>(
    limiter: Option<&DefaultKeyedRateLimiter<K>>,
    key: &K,
) -> Result<(), u64> {
    let Some(limiter) = limiter else {
        return Ok(());
    };
    limiter.check_key(key).map_err(|refused| {
        let wait = refused.wait_time_from(DefaultClock::default().now());
        wait.as_secs() + 1
    })
}

/// Refuses what comes too often. Runs after the caller is known.
#[expect(
    clippy::result_large_err,
    reason = "an answer, made once where one is needed"
)]
pub fn limit(rates: &Rates, request: &Request) -> Result<(), Response> {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return Ok(());
    };
    rates
        .count(request.uri().path(), caller)
        .map_err(|retry_after_secs| {
            let id = RequestId(caller.origin.request_id.clone().unwrap_or_default());
            ApiError::of(Error::TooMany { retry_after_secs }, &id).into_response()
        })
}

#[cfg(test)]
mod tests {
    use service::Origin;

    use super::*;

    fn from(ip: &str) -> Caller {
        Caller::anonymous(Origin {
            ip: ip.parse().ok(),
            ..Origin::default()
        })
    }

    fn limits(sign_ins: Option<u32>, requests: Option<u32>) -> Limits {
        Limits {
            sign_ins_per_minute: sign_ins,
            requests_per_second: requests,
            writes_per_second: None,
            body_bytes: 1,
        }
    }

    #[test]
    fn one_address_cannot_use_up_the_quota_of_another() {
        let rates = Rates::new(&limits(Some(2), None));
        let path = SIGN_IN;
        assert!(rates.count(path, &from("192.0.2.1")).is_ok());
        assert!(rates.count(path, &from("192.0.2.1")).is_ok());
        let wait = rates.count(path, &from("192.0.2.1")).unwrap_err();
        assert!((1..=31).contains(&wait), "{wait}");
        assert!(rates.count(path, &from("192.0.2.2")).is_ok());
        assert!(rates.count("/logs", &from("192.0.2.1")).is_ok());
    }

    #[test]
    fn without_a_quota_nothing_is_refused() {
        let rates = Rates::new(&limits(None, None));
        for _ in 0..1_000 {
            assert!(rates.count("/logs", &from("192.0.2.1")).is_ok());
        }
    }
}
