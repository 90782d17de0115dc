//! Times in queries: ranges between written times, and stretches that end now.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

/// Events from `from` on and before `to`, in whole microseconds of the years 1 to 9999; at least
/// one end is given, and the range is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl TimeRange {
    /// The range `[from, to)`, cut to microseconds; none when it would be empty, without ends, or
    /// outside the years 1 to 9999.
    #[must_use]
    pub fn new(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<Self> {
        let (from, to) = (from.map(whole_micros), to.map(whole_micros));
        let ordered = match (from, to) {
            (None, None) => false,
            (Some(from), Some(to)) => from < to,
            _ => true,
        };
        let dated = from.is_none_or(|from| (1..=9999).contains(&from.year()))
            && to.is_none_or(|to| (1..=9999).contains(&(to - TimeDelta::microseconds(1)).year()));
        (ordered && dated).then_some(Self { from, to })
    }

    /// The first instant inside; none: from the beginning.
    #[must_use]
    pub const fn from(&self) -> Option<DateTime<Utc>> {
        self.from
    }

    /// The first instant behind; none: without end.
    #[must_use]
    pub const fn to(&self) -> Option<DateTime<Utc>> {
        self.to
    }

    /// Whether the instant lies inside.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

/// Unit of a [`Last`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUnit {
    Minutes,
    Hours,
    Days,
    Weeks,
}

impl LastUnit {
    pub(super) const fn letter(self) -> char {
        match self {
            Self::Minutes => 'm',
            Self::Hours => 'h',
            Self::Days => 'd',
            Self::Weeks => 'w',
        }
    }

    const fn minutes(self) -> u32 {
        match self {
            Self::Minutes => 1,
            Self::Hours => 60,
            Self::Days => 24 * 60,
            Self::Weeks => 7 * 24 * 60,
        }
    }
}

/// From so long ago on. Kept as written, so that `24h` does not turn into `1d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    count: u32,
    unit: LastUnit,
}

impl Last {
    /// Ten years; whoever wants more wants everything.
    const MAX_MINUTES: u32 = 3_660 * 24 * 60;

    /// None for nothing, and for more than ten years.
    #[must_use]
    pub fn new(count: u32, unit: LastUnit) -> Option<Self> {
        let minutes = count.checked_mul(unit.minutes())?;
        (1..=Self::MAX_MINUTES)
            .contains(&minutes)
            .then_some(Self { count, unit })
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let letter = text.chars().last()?.to_ascii_lowercase();
        let unit = [
            LastUnit::Minutes,
            LastUnit::Hours,
            LastUnit::Days,
            LastUnit::Weeks,
        ]
        .into_iter()
        .find(|unit| unit.letter() == letter)?;
        let count = text.get(..text.len() - 1)?;
        if !count.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Self::new(count.parse().ok()?, unit)
    }

    /// How long.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.count) * i64::from(self.unit.minutes()))
    }

    /// The first instant inside, seen from `now`.
    #[must_use]
    pub fn from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_sub_signed(self.length())
            .unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl std::fmt::Display for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.count, self.unit.letter())
    }
}

fn whole_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
