//! Reads the times and ranges that people write behind `created:`.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

use super::time::TimeRange;

/// What is wrong with a written range; completes "`created` …".
pub(super) type Wrong = &'static str;

const NO_TIME: Wrong = "takes a date such as 2026-10-01 or a time such as 2026-10-01T12:00Z";
const EMPTY: Wrong = "has a range that ends before it begins";

/// The range that `created:` is given.
pub(super) fn range(text: &str) -> Result<TimeRange, Wrong> {
    let (from, to) = if let Some((first, last)) = text.split_once("..") {
        let first = if first.is_empty() {
            None
        } else {
            Some(stretch(first)?.start)
        };
        let last = if last.is_empty() {
            None
        } else {
            Some(stretch(last)?)
        };
        if first.is_none() && last.is_none() {
            return Err("takes a range with at least one end, such as 2026-10-01..");
        }
        (
            first,
            last.map(|last| if last.is_date { last.end } else { last.start }),
        )
    } else if let Some(after) = text.strip_prefix(">=") {
        (Some(stretch(after)?.start), None)
    } else if let Some(after) = text.strip_prefix('>') {
        (Some(stretch(after)?.end), None)
    } else if let Some(before) = text.strip_prefix("<=") {
        (None, Some(stretch(before)?.end))
    } else if let Some(before) = text.strip_prefix('<') {
        (None, Some(stretch(before)?.start))
    } else {
        let whole = stretch(text)?;
        (Some(whole.start), Some(whole.end))
    };
    TimeRange::new(from, to).ok_or(EMPTY)
}

/// A written time, which is as long as it is vague.
struct Stretch {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    is_date: bool,
}

fn stretch(text: &str) -> Result<Stretch, Wrong> {
    parse_stretch(text.trim()).ok_or(NO_TIME)
}

fn parse_stretch(text: &str) -> Option<Stretch> {
    if let Some((date, time)) = text.split_once(['T', 't', ' ']) {
        let (time, offset) = split_offset(time)?;
        let (time, length) = time_of_day(time)?;
        let local = day(date)?.and_time(time).and_utc();
        let start = local.checked_sub_signed(offset)?;
        let end = start.checked_add_signed(length)?;
        return Some(Stretch {
            start,
            end,
            is_date: false,
        });
    }
    let (first, next) = if text.len() == "2026-10".len() {
        let first = day(&format!("{text}-01"))?;
        (first, first.checked_add_months(Months::new(1))?)
    } else {
        let first = day(text)?;
        (first, first.succ_opt()?)
    };
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    Some(Stretch {
        start: midnight(first),
        end: midnight(next),
        is_date: true,
    })
}

fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(place, b)| match place {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let day = if shaped {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?
    } else {
        return None;
    };
    (day.year() >= 1).then_some(day)
}

/// The time of day, and how long a stretch its spelling leaves open.
fn time_of_day(text: &str) -> Option<(NaiveTime, TimeDelta)> {
    let read = |format| NaiveTime::parse_from_str(text, format).ok();
    let (time, length) = if let Some(time) = read("%H:%M") {
        (time, TimeDelta::minutes(1))
    } else if let Some(time) = read("%H:%M:%S") {
        (time, TimeDelta::seconds(1))
    } else {
        (read("%H:%M:%S%.f")?, TimeDelta::microseconds(1))
    };
    // chrono keeps a leap second in the nanoseconds; no event can be found there.
    (time.nanosecond() < 1_000_000_000).then_some((time, length))
}

fn split_offset(time: &str) -> Option<(&str, TimeDelta)> {
    if let Some(utc) = time.strip_suffix(['Z', 'z']) {
        return Some((utc, TimeDelta::zero()));
    }
    let Some((local, offset)) = time.split_once(['+', '-']) else {
        return Some((time, TimeDelta::zero()));
    };
    let digits = offset.replacen(':', "", 1);
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i64 = if minutes.is_empty() {
        0
    } else {
        minutes.parse().ok()?
    };
    let total = TimeDelta::minutes(hours.parse::<i64>().ok()? * 60 + minutes);
    let east = time.as_bytes().get(local.len()) == Some(&b'+');
    Some((local, if east { total } else { -total }))
}
