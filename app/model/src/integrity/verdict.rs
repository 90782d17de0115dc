//! One sentence about the whole trail, for somebody who knows nothing of trees and hashes.
//!
//! The worst that is known comes first, and each kind of it has words of its own. Refuses to say
//! more than was looked at: what was not compared yet is not called intact.

use chrono::{DateTime, Utc};

use super::{Damage, DamageKind, Hole, HoleCause, LogDamage, LogDamageKind, TrailStatus};

/// Seconds without a word from whoever signs before that is said: it speaks every 60 seconds.
const SILENCE_S: i64 = 180;

/// How a sentence is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Good,
    /// Nothing is wrong, and something is awaited.
    Pending,
    /// Somebody should ask why.
    Warning,
    /// What is stored is not what was recorded, or nothing vouches for it.
    Bad,
}

/// What the integrity page leads with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub meaning: Meaning,
    pub sentence: String,
}

/// The sentence for this state.
#[must_use]
pub fn verdict(status: &TrailStatus) -> Verdict {
    let (meaning, sentence) = if !status.damage.is_empty() {
        (Meaning::Bad, damaged(&status.damage))
    } else if !status.log_damage.is_empty() {
        (Meaning::Bad, logs_damaged(&status.log_damage))
    } else if let Some(refusal) = &status.refusal {
        let since = time(refusal.since);
        let reason = refusal.reason.trim_end_matches('.');
        (
            Meaning::Bad,
            format!(
                "Since {since} events are recorded, but not sealed, because of this: {reason}."
            ),
        )
    } else if let Some(witness) = status.witnesses.iter().find(|witness| witness.contradicts) {
        (
            Meaning::Bad,
            format!(
                "The witness {} has seen another history than this installation shows.",
                witness.name
            ),
        )
    } else {
        undamaged(status)
    };
    Verdict { meaning, sentence }
}

/// Where nothing is refused and nothing is known to be damaged.
fn undamaged(status: &TrailStatus) -> (Meaning, String) {
    let Some((origin, checkpoint)) = status.origin.as_ref().zip(status.checkpoint.as_ref()) else {
        return (
            Meaning::Pending,
            "Nothing is sealed yet: the first checkpoint follows the first event within a second."
                .to_owned(),
        );
    };
    if (status.as_of - checkpoint.signed_at).num_seconds() > SILENCE_S {
        return (
            Meaning::Bad,
            format!(
                "Nothing was sealed since {}, and nobody recorded why: the process that holds the keys may not be running.",
                time(checkpoint.signed_at)
            ),
        );
    }
    if let Some(sentence) = truncated(&status.holes) {
        return (Meaning::Warning, format!("{sentence}; {}.", rest(status)));
    }
    let events = match checkpoint.size {
        1 => "The only event".to_owned(),
        size => format!("All {} events", grouped(size)),
    };
    let verb = if checkpoint.size == 1 { "is" } else { "are" };
    let start = format!(
        "{events} since {} {verb} sealed",
        origin.since.format("%-d %B %Y")
    );
    let gone = [lost(&status.holes), deleted(&status.holes)];
    let gone: Vec<(Meaning, String)> = gone.into_iter().flatten().collect();
    let Some((meaning, _)) = gone.first() else {
        return (Meaning::Good, format!("{start}, and {}.", rest(status)));
    };
    let words: Vec<&str> = gone.iter().map(|(_, words)| words.as_str()).collect();
    (
        *meaning,
        format!("{start}; {}, and {}.", words.join(", "), rest(status)),
    )
}

/// What is known of everything that was neither damaged nor emptied.
fn rest(status: &TrailStatus) -> String {
    let compared = status.checked.compared;
    let other = if status.holes.is_empty() {
        "each"
    } else {
        "everything else"
    };
    if compared == 0 {
        "this server has not compared what is stored with the seals yet".to_owned()
    } else if compared
        < status
            .checkpoint
            .as_ref()
            .map_or(0, |checkpoint| checkpoint.size)
    {
        format!(
            "of the {} that this server has compared so far {other} is stored as it was recorded",
            grouped(compared)
        )
    } else {
        format!("{other} is stored as it was recorded")
    }
}

fn truncated(holes: &[Hole]) -> Option<String> {
    let truncations: Vec<(&Hole, &DateTime<Utc>, &str)> = holes
        .iter()
        .filter_map(|hole| match &hole.cause {
            HoleCause::Truncation { at, role, .. } => Some((hole, at, role.as_str())),
            HoleCause::Deletion { .. } | HoleCause::Lost { .. } => None,
        })
        .collect();
    let (hole, at, role) = truncations.first()?;
    Some(if truncations.len() == 1 {
        format!(
            "{} by the SQL role {role} on {}, which nobody approved",
            match hole.count {
                1 => format!(
                    "One event, {}, was truncated",
                    positions(hole.first, hole.last)
                ),
                count => format!(
                    "{} events, {}, were truncated",
                    grouped(count),
                    positions(hole.first, hole.last)
                ),
            },
            at.format("%-d %B %Y")
        )
    } else {
        format!(
            "The table of events was truncated {} times, last by the SQL role {role} on {}, which nobody approved",
            truncations.len(),
            at.format("%-d %B %Y")
        )
    })
}

/// What an owner declared to be lost with a restore.
fn lost(holes: &[Hole]) -> Option<(Meaning, String)> {
    let (mut events, mut last) = (0, None);
    for hole in holes {
        if let HoleCause::Lost { at, actor, .. } = &hole.cause {
            events += hole.count;
            last = last.max(Some((*at, actor)));
        }
    }
    let (at, actor) = last?;
    let were = if events == 1 {
        "1 was".to_owned()
    } else {
        format!("{} were", grouped(events))
    };
    Some((
        Meaning::Warning,
        format!(
            "{were} lost with a restore from an older copy, which {actor} declared on {}",
            at.format("%-d %B %Y")
        ),
    ))
}

/// How often events were deleted in the product; a warning where one person ever acted alone.
fn deleted(holes: &[Hole]) -> Option<(Meaning, String)> {
    let count = |approved: bool| {
        holes
            .iter()
            .filter(|hole| {
                matches!(&hole.cause, HoleCause::Deletion { approver, .. } if approver.is_some() == approved)
            })
            .count()
    };
    let ranges = |count: usize| match count {
        1 => "1 range was".to_owned(),
        count => format!("{count} ranges were"),
    };
    match (count(true), count(false)) {
        (0, 0) => None,
        (approved, 0) => Some((
            Meaning::Good,
            format!("{} deleted with approval", ranges(approved)),
        )),
        (0, alone) => Some((
            Meaning::Warning,
            format!(
                "{} deleted by one person without a second one's approval",
                ranges(alone)
            ),
        )),
        (approved, alone) => Some((
            Meaning::Warning,
            format!(
                "{} deleted with approval and {alone} without a second person's",
                ranges(approved)
            ),
        )),
    }
}

fn damaged(damage: &[Damage]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for kind in DamageKind::ALL {
        let ranges: Vec<&Damage> = damage.iter().filter(|found| found.kind == *kind).collect();
        let count: i64 = ranges
            .iter()
            .map(|found| found.last - found.first + 1)
            .sum();
        let Some(first) = ranges.first() else {
            continue;
        };
        let places = if ranges.len() == 1 {
            positions(first.first, first.last)
        } else {
            format!("from position {} on", grouped(first.first))
        };
        let one = count == 1;
        let events = if one { "event" } else { "events" };
        let words = match kind {
            DamageKind::Altered if one => "says something else than was recorded",
            DamageKind::Altered => "say something else than was recorded",
            DamageKind::Moved if one => "stands in another's place",
            DamageKind::Moved => "changed places",
            DamageKind::Missing if one => "is gone without a recorded deletion",
            DamageKind::Missing => "are gone without a recorded deletion",
            DamageKind::Foreign if one => "was never recorded",
            DamageKind::Foreign => "were never recorded",
        };
        parts.push(format!("{} {events} ({places}) {words}", grouped(count)));
    }
    format!(
        "Somebody changed the stored events behind this product's back: {}.",
        listed(&parts)
    )
}

fn logs_damaged(damage: &[LogDamage]) -> String {
    let count = |kind| damage.iter().filter(|log| log.kind == kind).count();
    let mut parts = Vec::new();
    let (altered, missing) = (count(LogDamageKind::Altered), count(LogDamageKind::Missing));
    if altered > 0 {
        let logs = if altered == 1 {
            "log holds"
        } else {
            "logs hold"
        };
        parts.push(format!("{altered} {logs} other bytes than were recorded"));
    }
    if missing > 0 {
        let logs = if missing == 1 { "log is" } else { "logs are" };
        parts.push(format!("{missing} {logs} gone"));
    }
    format!(
        "Every event is in order, but somebody changed what finished tasks printed: {}.",
        listed(&parts)
    )
}

/// `position 7`, `positions 5 to 9`.
fn positions(first: i64, last: i64) -> String {
    if first == last {
        format!("position {}", grouped(first))
    } else {
        format!("positions {} to {}", grouped(first), grouped(last))
    }
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1,204,331`
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}
