//! Puts a verdict into words: one sentence for whoever has a minute, then each finding with its
//! place and kind. It claims no more than the evidence shows.

use model::verification::{
    BundleDamage, ExportRecord, LineCounts, Pin, Verdict, Verification, Witnessed,
};
use trail::bundle::Counts;
use trail::checkpoint::Checkpoint;
use trail::policy::{Distrust, Policy};
use trail::verify::{Damage, Finding, Report};

use crate::session::Source;

/// What is known of a bundle beside the verifier's verdict.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) source: Source,
    pub(crate) lines: u64,
    /// The compressed file could not be unpacked to its end.
    pub(crate) spoiled: bool,
}

pub(crate) fn write(mut report: Report, about: &About, policy: &Policy) -> Verification {
    let source = about.source;
    if source == Source::Nobody {
        // Nobody was asked for, so nobody is missing.
        report.findings.retain(|finding| {
            !matches!(
                finding.damage,
                Damage::Distrust(Distrust::Origin { .. } | Distrust::Key { .. })
            )
        });
    }
    let mut findings: Vec<BundleDamage> = report.findings.iter().map(damage).collect();
    if about.spoiled {
        findings.push(spoiled(about.lines));
    }
    let verdict = match (findings.is_empty(), &report.trusted, source) {
        (false, ..) => Verdict::Damaged,
        (true, Some(_), Source::Chosen) => Verdict::Proved,
        (true, Some(_), Source::Stated) => Verdict::Stated,
        (true, ..) => Verdict::Unsigned,
    };
    let count = u64::try_from(findings.len()).unwrap_or(u64::MAX);
    let (sentence, meaning) = match verdict {
        Verdict::Damaged => damaged(&findings, count.saturating_add(report.more_findings)),
        _ => sound(verdict, &report),
    };
    Verification {
        verdict,
        sentence,
        meaning,
        findings,
        more_findings: report.more_findings,
        origin: report.head.as_ref().map(|head| head.origin.clone()),
        size: report.head.as_ref().map(|head| head.size),
        query: report
            .head
            .as_ref()
            .and_then(|head| serde_json::from_str(&head.query).ok()),
        disclosed: report.head.as_ref().and_then(|head| head.disclosed.clone()),
        counts: counts(report.counts, report.erased, about.lines),
        continues: continued(verdict, &report, policy),
        checkpoint: report.checkpoint.as_ref().map(pin),
        trusted: report.trusted.is_some(),
        seen_at: report.trusted.as_ref().and_then(|trusted| trusted.seen_at),
        witnesses: report.trusted.map_or_else(Vec::new, |trusted| {
            let witnesses = trusted.witnesses.into_iter();
            witnesses
                .map(|w| Witnessed {
                    name: w.witness,
                    at: w.at,
                })
                .collect()
        }),
        export: report.export.map(|export| ExportRecord {
            position: export.position,
            event: export.event,
        }),
    }
}

fn sound(verdict: Verdict, report: &Report) -> (String, String) {
    let origin = report.head.as_ref().map_or("", |head| head.origin.as_str());
    let events = number(report.counts.events, "event");
    let is_witnessed = report
        .trusted
        .as_ref()
        .is_some_and(|trusted| !trusted.witnesses.is_empty());
    match verdict {
        Verdict::Proved => (
            format!(
                "This file is genuine: it holds {events}, unaltered and in the order in which {origin} recorded them."
            ),
            if is_witnessed {
                "Checked against the policy that you chose. Nobody, the operator included, can have changed, \
                 reordered, inserted or dropped an event in it after the witnesses below signed."
            } else {
                "Checked against the policy that you chose. No witness signed: this shows what the holder of the \
                 log’s key vouches for, and not that the same was shown to everybody."
            }
            .to_owned(),
        ),
        Verdict::Stated => (
            format!(
                "This file agrees with the keys that this server states: {events} of {origin}, unaltered and in order."
            ),
            "Keys and code came from the server itself, so this does not protect from its operator. \
             Choose a policy file that you obtained elsewhere to check independently."
                .to_owned(),
        ),
        _ => (
            format!(
                "This file is whole and agrees with itself ({events}), but nobody told this page whose signature to believe."
            ),
            "Anybody could have made it. Choose a policy file, obtained from the log's operator or auditor \
             by another way than this file, and check again."
                .to_owned(),
        ),
    }
}

fn damaged(findings: &[BundleDamage], count: u64) -> (String, String) {
    let only = |kinds: &[&str]| {
        findings
            .iter()
            .all(|found| kinds.contains(&found.kind.as_str()))
    };
    let (sentence, meaning) = if only(&["forked"]) {
        (
            "This log contradicts what was seen of it before.",
            "Two versions of the same log exist. Keep this file and your saved checkpoint: together they prove it.",
        )
    } else if only(&["replayed"]) {
        (
            "This file is older than what was seen of the log before.",
            "It may be genuine, but it is not current. Ask for a newer one.",
        )
    } else if only(&["unproved"]) {
        (
            "This file does not show that it continues what was seen of the log before.",
            "Nothing in it is wrong. Ask for a file that proves the step from your saved checkpoint.",
        )
    } else if only(&["distrusted", "stale"]) {
        (
            "Nobody whom the policy names vouches for this file.",
            "It agrees with itself, but the signatures are not the ones that your policy asks for. Do not rely on it.",
        )
    } else if only(&["truncated", "dropped", "spoiled"]) {
        (
            "This file is incomplete: parts of it are missing or cannot be read.",
            "They are named below. Take the file again, and ask who handled it if they stay missing.",
        )
    } else {
        (
            "Do not rely on this file: it was changed after it was made.",
            "Each change is named below by its line, and by the position in the log where that can be told.",
        )
    };
    let meaning = match count {
        0 | 1 => meaning.to_owned(),
        more => format!("{meaning} There are {more} findings."),
    };
    (sentence.to_owned(), meaning)
}

fn damage(finding: &Finding) -> BundleDamage {
    BundleDamage {
        kind: finding.damage.kind().to_owned(),
        first_line: *finding.lines.start(),
        last_line: *finding.lines.end(),
        first_position: finding.positions.as_ref().map(|range| *range.start()),
        last_position: finding.positions.as_ref().map(|range| *range.end()),
        sentence: finding.damage.to_string(),
    }
}

fn spoiled(lines: u64) -> BundleDamage {
    BundleDamage {
        kind: "spoiled".to_owned(),
        first_line: lines.max(1),
        last_line: lines.max(1),
        first_position: None,
        last_position: None,
        sentence: "the compressed file is damaged or cut off: from here on it cannot be unpacked"
            .to_owned(),
    }
}

/// The largest checkpoint seen before, if the bundle's continues it.
fn continued(verdict: Verdict, report: &Report, policy: &Policy) -> Option<Pin> {
    let stated = report.checkpoint.as_ref()?;
    let seen = policy.pins(&stated.origin).max_by_key(|pin| pin.size)?;
    (verdict != Verdict::Damaged).then(|| pin(seen))
}

fn pin(checkpoint: &Checkpoint) -> Pin {
    Pin {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: checkpoint.root.base64(),
    }
}

fn counts(counts: Counts, erased: u64, lines: u64) -> LineCounts {
    LineCounts {
        lines,
        events: counts.events,
        holes: counts.holes,
        subtrees: counts.subtrees,
        tiles: counts.tiles,
        proofs: counts.proofs,
        erased,
    }
}

/// A number with its noun, in groups of three digits.
fn number(count: u64, noun: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let ending = if count == 1 { "" } else { "s" };
    format!("{grouped} {noun}{ending}")
}
