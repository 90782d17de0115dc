//! A bundle proves itself, and each way of damaging it is found and named.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod fixture;
mod reference;

use fixture::{NOW, ORIGIN, SIZE, bundle, bundle_hiding, policy, policy_with, verify, verify_with};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::LazyLock;
use trail::policy::Distrust;
use trail::verify::{Damage, Finding, Report, Step, Verifier};

static BUNDLE: LazyLock<Vec<String>> = LazyLock::new(|| bundle().lines);

/// The kinds found, without those that every change of bytes brings with it.
fn told(report: &Report) -> Vec<&Finding> {
    let general = |finding: &&Finding| !matches!(finding.damage, Damage::Digest | Damage::Counts);
    report.findings.iter().filter(general).collect()
}

fn names_line(report: &Report, line: usize) -> bool {
    let line = line as u64;
    report.findings.iter().any(|f| f.lines.contains(&line))
}

#[test]
fn a_sound_bundle_is_proved_and_says_who_asked_for_it() {
    let made = bundle();
    let mut verifier = Verifier::new(Some(policy()), NOW);
    let (mut events, mut holes) = (0, 0);
    for line in &made.lines {
        match verifier.push_line(line.as_bytes()).unwrap() {
            Step::Event(event) => {
                assert!(event.line.public.contains("invoice.read"));
                events += 1;
            }
            Step::Hole(hole, _) => {
                assert_eq!(hole.why, "{\"kind\":\"deleted\"}");
                holes += 1;
            }
            _ => (),
        }
    }
    assert_eq!(verifier.progress(), (SIZE, Some(SIZE)));
    let report = verifier.finish();
    assert_eq!(report.findings, []);
    assert!(report.is_proved());
    assert_eq!((report.counts.events, report.counts.holes), (events, holes));
    assert_eq!(report.counts.tiles, 2);
    let export = report.export.unwrap();
    assert_eq!(export.position, 602);
    assert_eq!(export.event["details"]["reason"], "audit");
    assert_eq!(export.event["actor"]["id"], "ada");
    assert_eq!(report.trusted.unwrap().seen_at, Some(NOW));
}

#[test]
fn without_a_policy_nothing_is_believed() {
    let mut verifier = Verifier::new(None, NOW);
    for line in BUNDLE.iter() {
        verifier.push_line(line.as_bytes()).unwrap();
    }
    let report = verifier.finish();
    assert_eq!(report.findings, []);
    assert!(!report.is_proved());
    assert_eq!(report.checkpoint.unwrap().origin, ORIGIN);
}

#[test]
fn every_line_that_is_dropped_is_missed() {
    for index in 0..BUNDLE.len() {
        let mut lines = BUNDLE.clone();
        let dropped = lines.remove(index);
        let report = verify(&lines);
        let told = told(&report);
        let damage: Vec<&Damage> = told.iter().map(|f| &f.damage).collect();
        let expected = match dropped.as_bytes()[2] {
            b'h' if dropped.starts_with("{\"head") => Damage::NoHead,
            b'e' if dropped.starts_with("{\"end") => Damage::Truncated,
            b't' => Damage::MissingTile,
            b'm' => {
                assert!(report.findings.iter().any(|f| f.damage == Damage::Counts));
                continue;
            }
            _ => Damage::Missing,
        };
        assert!(damage.contains(&&expected), "{dropped}: {told:?}");
        if let Some(position) = position(&dropped) {
            assert_eq!(told.len(), 1, "{dropped}: {told:?}");
            assert_eq!(told[0].positions, Some(position..=position));
            assert!(told[0].lines.contains(&(index as u64 + 1)));
        }
    }
}

/// The position of an event or a hole.
fn position(line: &str) -> Option<u64> {
    let rest = line
        .strip_prefix("{\"e\":")
        .or_else(|| line.strip_prefix("{\"h\":"))?;
    rest.split(',').next()?.parse().ok()
}

#[test]
fn every_line_that_is_doubled_is_named() {
    for index in 0..BUNDLE.len() {
        let mut lines = BUNDLE.clone();
        lines.insert(index + 1, lines[index].clone());
        let report = verify(&lines);
        if lines[index].starts_with("{\"m\"") {
            assert!(report.findings.iter().any(|f| f.damage == Damage::Counts));
            continue;
        }
        let told = told(&report);
        let expected = if lines[index].starts_with("{\"end") {
            Damage::Surplus
        } else {
            Damage::Duplicated
        };
        assert_eq!(told.len(), 1, "{}: {told:?}", lines[index]);
        assert_eq!(told[0].damage, expected, "{}", lines[index]);
        assert!(told[0].lines.contains(&(index as u64 + 2)));
    }
}

#[test]
fn every_two_lines_that_change_places_are_named() {
    for index in 0..BUNDLE.len() - 1 {
        let mut lines = BUNDLE.clone();
        lines.swap(index, index + 1);
        let report = verify(&lines);
        let told = told(&report);
        let named = told.iter().any(|f| {
            matches!(f.damage, Damage::Reordered | Damage::Surplus)
                && f.lines.contains(&(index as u64 + 2))
        });
        assert!(named, "{}: {told:?}", lines[index]);
        let lost = |f: &&Finding| matches!(f.damage, Damage::Missing);
        assert_eq!(told.iter().copied().find(lost), None, "{}", lines[index]);
    }
}

#[test]
fn a_cut_tail_is_named_wherever_it_is_cut() {
    let whole = BUNDLE.join("\n");
    for cut in (0..whole.len()).step_by(97) {
        let report = verify(whole.as_bytes()[..cut].split(|b| *b == b'\n'));
        let ended = |f: &Finding| {
            matches!(f.damage, Damage::Truncated)
                || (matches!(f.damage, Damage::Malformed(_))
                    && *f.lines.end() == BUNDLE.len() as u64)
        };
        assert!(
            report.findings.iter().any(ended),
            "{cut}: {:?}",
            report.findings
        );
    }
}

#[test]
fn an_altered_part_of_an_event_is_named() {
    let index = BUNDLE
        .iter()
        .position(|line| line.contains("192.0.2.7") && line.contains("/details"))
        .unwrap();
    let position = position(&BUNDLE[index]).unwrap();
    let stamp = format!("\"n\":{position}}}");
    for (from, to, damage) in [
        ("192.0.2.7", "192.0.2.8", Damage::Field("/actor/ip".into())),
        ("quoted", "Quoted", Damage::Field("/details".into())),
        ("invoice.read", "invoice.Read", Damage::Public),
        (stamp.as_str(), "\"n\":0}", Damage::Public),
        (",[\"/details\"", ",[\"/detailz\"", Damage::FieldList),
    ] {
        let mut lines = BUNDLE.clone();
        lines[index] = lines[index].replacen(from, to, 1);
        let report = verify(&lines);
        let found = told(&report);
        assert_eq!(found.len(), 1, "{from}: {found:?}");
        assert_eq!(found[0].damage, damage);
        assert_eq!(found[0].lines, index as u64 + 1..=index as u64 + 1);
        assert_eq!(found[0].positions, Some(position..=position));
    }
}

#[test]
fn an_altered_leaf_is_found_in_its_tile_and_an_altered_tile_hash_for_what_it_is() {
    let leaf = BUNDLE
        .iter()
        .position(|l| l.starts_with("{\"e\":5,"))
        .unwrap();
    let mut lines = BUNDLE.clone();
    // The id: nothing in the content vouches for it.
    let at = lines[leaf].find("leaf").unwrap() + 7 + 16;
    let other = if lines[leaf].as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    lines[leaf].replace_range(at..=at, other);
    let report = verify(&lines);
    let found = told(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].damage, Damage::Tile);
    assert_eq!(found[0].positions, Some(0..=255));

    let tile = BUNDLE
        .iter()
        .position(|l| l.starts_with("{\"t\":0,"))
        .unwrap();
    let mut lines = BUNDLE.clone();
    let at = lines[tile].len() - 12;
    let other = if lines[tile].as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    lines[tile].replace_range(at..=at, other);
    let report = verify(&lines);
    let found = told(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].damage, Damage::TileHash);
    assert_eq!(found[0].lines, tile as u64 + 1..=tile as u64 + 1);
}

#[test]
fn fields_can_stay_undisclosed_and_a_promise_is_kept() {
    let open = bundle_hiding(Some(vec!["/details".into()]), |path| path == "/actor/ip");
    assert!(verify(&open.lines).is_proved());
    let broken = bundle_hiding(None, |path| path == "/actor/ip");
    let report = verify(&broken.lines);
    let withheld = |f: &Finding| f.damage == Damage::Withheld("/actor/ip".into());
    assert!(report.findings.iter().all(withheld) && !report.findings.is_empty());
}

#[test]
fn another_key_is_named() {
    let stranger =
        trail::note::SigningKey::from_seed(ORIGIN, trail::note::Algorithm::Ed25519, &[9; 32])
            .unwrap();
    let policy = trail::policy::Policy::of_logs(vec![stranger.verifying_key().clone()]);
    let report = verify_with(BUNDLE.iter(), policy);
    let origin = ORIGIN.to_owned();
    assert_eq!(
        told(&report)[0].damage,
        Damage::Distrust(Distrust::Key { origin })
    );
    assert!(!report.is_proved());
}

#[test]
fn an_old_bundle_and_another_history_are_named() {
    let made = bundle();
    let size: u64 = made.note.lines().nth(1).unwrap().parse().unwrap();
    let root = made.note.lines().nth(2).unwrap();
    let wrong = trail::Hash::default().base64();
    let covered = made.root.base64();
    for (pin, damage) in [
        (format!("{size} {root}"), None),
        (format!("{SIZE} {covered}"), None),
        (
            format!("{} {root}", size + 1),
            Some(Damage::Replayed {
                size,
                pinned: size + 1,
            }),
        ),
        (
            format!("{size} {wrong}"),
            Some(Damage::Forked { pinned: size }),
        ),
        (
            format!("{SIZE} {wrong}"),
            Some(Damage::Forked { pinned: SIZE }),
        ),
        (format!("300 {wrong}"), Some(Damage::Forked { pinned: 300 })),
        (
            format!("301 {wrong}"),
            Some(Damage::Unpinned { pinned: 301 }),
        ),
    ] {
        let policy = policy_with(&format!("pin {ORIGIN} {pin}\n"));
        let report = verify_with(&made.lines, policy);
        let found = report.findings.first().map(|f| f.damage.clone());
        assert_eq!(found, damage, "{pin}");
    }
    let stale = policy_with("max-age 5\n");
    let report = verify_with(&made.lines, stale);
    assert!(matches!(
        report.findings[0].damage,
        Damage::Distrust(Distrust::Stale { .. })
    ));
}

#[test]
fn the_record_of_one_export_does_not_serve_another() {
    let other = bundle_hiding(Some(vec!["/details".into()]), |path| path == "/actor/ip");
    // The end of another bundle, with the digest put right.
    let mine = BUNDLE.last().unwrap();
    let digest = |end: &str| {
        let at = end.find("\"sha256\":\"").unwrap() + 10;
        end[at..at + 64].to_owned()
    };
    let theirs = other.lines.last().unwrap();
    let swapped = theirs.replacen(&digest(theirs), &digest(mine), 1);
    let at = swapped.rfind(",\"sum\":").unwrap();
    let sum = trail::Hash::of(&[&swapped.as_bytes()[..at]]);
    let mut lines = BUNDLE.clone();
    *lines.last_mut().unwrap() = format!("{},\"sum\":\"{sum}\"}}", &swapped[..at]);
    let report = verify(&lines);
    let found = told(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].damage, Damage::Statement);
}

#[test]
fn a_tile_beyond_every_log_has_no_place_even_where_the_head_is_lost() {
    let hash = trail::Hash::default().base64();
    for index in [1_u64 << 54, (1 << 56) - 1, 1 << 62] {
        let mut lines: Vec<String> = BUNDLE[1..20].to_vec();
        lines.push("{\"m\":1}".into());
        lines.push(format!("{{\"t\":{index},\"hash\":\"{hash}\"}}"));
        let report = verify(&lines);
        let surplus = |f: &Finding| f.damage == Damage::Surplus && f.lines == (21..=21);
        assert!(report.findings.iter().any(surplus), "{:?}", report.findings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_is_found_at_its_line(line in any::<Index>(), byte in any::<Index>(), bit in 0_u8..8) {
        let index = line.index(BUNDLE.len());
        let mut lines: Vec<Vec<u8>> = BUNDLE.iter().map(|l| l.clone().into_bytes()).collect();
        let at = byte.index(lines[index].len());
        lines[index][at] ^= 1 << bit;
        let report = verify(&lines);
        prop_assert!(names_line(&report, index + 1), "{:?}", report.findings);
        // Within an event the line itself is named, unless it is the leaf that changed.
        let text = &BUNDLE[index];
        let leaf = text.find("\"leaf\":").map(|at| at..at + 130);
        let inside = leaf.is_none_or(|leaf| !leaf.contains(&at));
        if text.starts_with("{\"e\":") && inside {
            let line = index as u64 + 1;
            prop_assert!(
                report.findings.iter().any(|f| f.lines == (line..=line)),
                "{:?}", report.findings
            );
        }
    }

    #[test]
    fn several_damages_at_once_are_never_taken_for_soundness(
        edits in vec((any::<Index>(), any::<Index>(), 0_u8..4), 1..6)
    ) {
        let mut lines = BUNDLE.clone();
        for (a, b, kind) in edits {
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            match kind {
                0 if lines.len() > 1 => { lines.remove(a); }
                1 => { let line = lines[a].clone(); lines.insert(b, line); }
                2 => lines.swap(a, b),
                _ => { let at = lines[a].len() / 2; lines[a].insert(at, '0'); }
            }
        }
        let report = verify(&lines);
        prop_assert_eq!(report.findings.is_empty(), lines == *BUNDLE);
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(
        lines in vec(
            "(\\{\"(head|e|h|s|t|m|end)\":|\\[|\\]|\\{|\\}|,|\"|\\\\|[0-9]{1,20}|hash|leaf|:|\\PC){0,30}",
            0..20,
        ),
        keep in 0_usize..40,
    ) {
        let lines = BUNDLE.iter().take(keep).chain(&lines);
        let report = verify(lines);
        prop_assert!(!report.findings.is_empty());
    }
}
