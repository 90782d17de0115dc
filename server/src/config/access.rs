//! How long sessions and tokens live and how much one client may ask for. The upper ends are the
//! promises of the product (sessions of 8 hours, tokens of 90 days) and cannot be configured away.

use std::time::Duration;

use super::{Error, layers::Layers};

/// Life of what lets people and programs in.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Life of a session.
    pub session: Duration,
    /// Life of a token, in days.
    pub token_days: u32,
}

/// Rate and size limits; `None` means unlimited.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sign-in attempts of one address in a minute.
    pub sign_ins_per_minute: Option<u32>,
    /// Requests without a token, of one address, in a second.
    pub requests_per_second: Option<u32>,
    /// Requests of one token in a second.
    pub writes_per_second: Option<u32>,
    /// Largest request body in bytes, after decompression.
    pub body_bytes: usize,
}

impl Access {
    pub(super) fn read(layers: &Layers) -> Result<Self, Error> {
        let hours = layers.number("session.hours", 1..=8)?;
        Ok(Self {
            session: Duration::from_secs(u64::from(hours) * 3600),
            token_days: layers.number("token.days", 1..=90)?,
        })
    }
}

impl Limits {
    pub(super) fn read(layers: &Layers) -> Result<Self, Error> {
        let rate = |key| {
            layers
                .number(key, 0..=1_000_000)
                .map(|number| (number > 0).then_some(number))
        };
        let body_mib = layers.number("limits.body_mib", 1..=1024)?;
        Ok(Self {
            sign_ins_per_minute: rate("limits.sign_ins_per_minute")?,
            requests_per_second: rate("limits.requests_per_second")?,
            writes_per_second: rate("limits.writes_per_second")?,
            body_bytes: usize::try_from(body_mib)
                .unwrap_or(usize::MAX)
                .saturating_mul(1 << 20),
        })
    }
}
