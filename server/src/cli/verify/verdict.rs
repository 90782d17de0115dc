//! The verdict on a bundle: one sentence, then what was found, by line, position and kind.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Value, json};
use trail::verify::{Finding, Report};

use super::reading::{Hole, Holes};

/// What a bundle turned out to be.
#[derive(Debug)]
pub struct Verdict {
    pub report: Report,
    pub holes: Holes,
    /// Why the file could not be read to its end.
    pub broken_off: Option<String>,
}

impl Verdict {
    /// Whether everything holds, somebody whom the policy knows vouches for it, and each position
    /// without content is explained by an event.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.report.is_proved() && !self.holes.unexplained && self.broken_off.is_none()
    }

    /// The sentence for somebody who has one minute.
    #[must_use]
    pub fn sentence(&self) -> String {
        let report = &self.report;
        let origin = report.head.as_ref().map_or("unknown", |head| &head.origin);
        let wrong = report.findings.len() as u64 + report.more_findings;
        if wrong > 0 || self.broken_off.is_some() {
            let wrong = wrong + u64::from(self.broken_off.is_some());
            let faults = if wrong == 1 { "fault" } else { "faults" };
            return format!("Not sound: {wrong} {faults} in this bundle of {origin}.");
        }
        if self.holes.unexplained {
            return format!(
                "Not sound: {origin} has lost content, and nothing that it recorded explains it."
            );
        }
        let events = report.counts.events;
        let size = report
            .checkpoint
            .as_ref()
            .map_or(0, |checkpoint| checkpoint.size);
        if report.trusted.is_none() {
            return format!(
                "Not proved: the {events} events of {origin} agree with each other, but nobody was named who vouches for them; give --policy."
            );
        }
        format!(
            "Sound: each of the {events} events is what {origin} recorded, in its place, under its checkpoint of {size} entries."
        )
    }

    /// The whole report.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let report = &self.report;
        let trusted = report.trusted.as_ref();
        json!({
            "sound": self.is_sound(),
            "sentence": self.sentence(),
            "origin": report.head.as_ref().map(|head| &head.origin),
            "size": report.head.as_ref().map(|head| head.size),
            "query": report.head.as_ref().and_then(|head| serde_json::from_str::<Value>(&head.query).ok()),
            "disclosed": report.head.as_ref().map(|head| &head.disclosed),
            "events": report.counts.events,
            "checkpoint": report.checkpoint.as_ref().map(|c| json!({"size": c.size, "root": c.root.base64()})),
            "trusted": trusted.is_some(),
            "witnesses": trusted.map(|t| t.witnesses.iter().map(|w| json!({"name": w.witness, "at": w.at})).collect::<Vec<_>>()),
            "seen_at": trusted.and_then(|t| t.seen_at),
            "export": report.export.as_ref().map(|e| json!({"position": e.position, "event": e.event})),
            "holes": self.holes.known.iter().map(hole_json).collect::<Vec<_>>(),
            "more_holes": self.holes.more,
            "findings": report.findings.iter().map(finding_json).collect::<Vec<_>>(),
            "more_findings": report.more_findings,
            "broken_off": self.broken_off,
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sentence())?;
        for finding in &self.report.findings {
            writeln!(f, "  [{}] {finding}", finding.damage.kind())?;
        }
        if self.report.more_findings > 0 {
            writeln!(f, "  and {} more", self.report.more_findings)?;
        }
        if let Some(why) = &self.broken_off {
            writeln!(
                f,
                "  [truncated] the file cannot be read any further: {why}"
            )?;
        }
        for hole in &self.holes.known {
            write_hole(hole, f)?;
        }
        if self.holes.more > 0 {
            writeln!(
                f,
                "  and {} more positions without content",
                self.holes.more
            )?;
        }
        if let Some(export) = &self.report.export {
            let text = |path: &str| export.event.pointer(path).and_then(Value::as_str);
            let who = text("/actor/name").or_else(|| text("/actor/id"));
            write!(f, "  Taken by {}", who.unwrap_or("somebody undisclosed"))?;
            if let Some(at) = text("/occurred_at") {
                write!(f, " at {at}")?;
            }
            writeln!(f, ", recorded at position {}.", export.position)?;
        } else if self.report.findings.is_empty() {
            writeln!(f, "  It does not say who took it.")?;
        }
        Ok(())
    }
}

fn write_hole(hole: &Hole, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (first, last) = (hole.positions.start(), hole.positions.end());
    let place = if first == last {
        format!("position {first}")
    } else {
        format!("positions {first} to {last}")
    };
    match &hole.event {
        Some((event, position)) => writeln!(
            f,
            "  {place}: no content; the log says that it was {} (event {event} at position {position})",
            hole.cause
        ),
        None => writeln!(
            f,
            "  [{}] {place}: no content, and nothing explains it",
            hole.cause
        ),
    }
}

fn hole_json(hole: &Hole) -> Value {
    json!({
        "positions": [hole.positions.start(), hole.positions.end()],
        "cause": hole.cause,
        "explained": hole.is_explained(),
        "event": hole.event.as_ref().map(|(id, _)| id),
        "event_position": hole.event.as_ref().map(|(_, position)| position),
    })
}

fn finding_json(finding: &Finding) -> Value {
    let pair = |range: &RangeInclusive<u64>| json!([range.start(), range.end()]);
    json!({
        "kind": finding.damage.kind(),
        "lines": pair(&finding.lines),
        "positions": finding.positions.as_ref().map(pair),
        "message": finding.damage.to_string(),
    })
}
