//! What the integrity page leads with, for each state of the trail.

#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::{DateTime, TimeDelta, Utc};
use model::integrity::{
    CheckpointSummary, Damage, DamageKind, Hole, HoleCause, LogDamage, LogDamageKind, Meaning,
    RowChecks, TrailOrigin, TrailRefusal, TrailStatus, WitnessStatus, verdict,
};
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    "2026-11-21T14:03:07Z".parse().unwrap()
}

/// A sealed trail of 1,204,331 events, all of them compared and found whole.
fn sound() -> TrailStatus {
    let size = 1_204_331;
    TrailStatus {
        origin: Some(TrailOrigin {
            origin: "audit.example.com/trail/1".to_owned(),
            log_key: String::new(),
            cosigner_key: String::new(),
            recovery_key: String::new(),
            since: "2026-05-03T08:00:00Z".parse().unwrap(),
        }),
        size,
        root: String::new(),
        checkpoint: Some(CheckpointSummary {
            number: 9,
            size,
            root: String::new(),
            note: String::new(),
            signed_at: now() - TimeDelta::seconds(20),
            signers: Vec::new(),
        }),
        refusal: None,
        holes: Vec::new(),
        damage: Vec::new(),
        checked: RowChecks {
            compared: size,
            oldest_at: None,
            newest_at: None,
        },
        log_damage: Vec::new(),
        as_of: now(),
        witnesses: Vec::new(),
    }
}

fn deletion(approver: Option<&str>) -> Hole {
    let cause = HoleCause::Deletion {
        event: Uuid::nil(),
        at: now(),
        actor: "ada".to_owned(),
        approver: approver.map(ToOwned::to_owned),
        reason: "asked for".to_owned(),
    };
    hole(cause, 10, 19)
}

fn hole(cause: HoleCause, first: i64, last: i64) -> Hole {
    Hole {
        cause,
        first,
        last,
        count: last - first + 1,
    }
}

fn damage(kind: DamageKind, first: i64, last: i64) -> Damage {
    Damage {
        kind,
        first,
        last,
        intact_at: None,
        found_at: now(),
    }
}

fn says(status: &TrailStatus, meaning: Meaning, sentence: &str) {
    let verdict = verdict(status);
    assert_eq!(verdict.sentence, sentence);
    assert_eq!(verdict.meaning, meaning, "{sentence}");
}

#[test]
fn a_whole_trail_is_called_whole_as_far_as_it_was_compared() {
    says(
        &sound(),
        Meaning::Good,
        "All 1,204,331 events since 3 May 2026 are sealed, and each is stored as it was recorded.",
    );
    let mut partly = sound();
    partly.checked.compared = 4_096;
    says(
        &partly,
        Meaning::Good,
        "All 1,204,331 events since 3 May 2026 are sealed, and of the 4,096 that this server has compared so far each is stored as it was recorded.",
    );
    partly.checked.compared = 0;
    says(
        &partly,
        Meaning::Good,
        "All 1,204,331 events since 3 May 2026 are sealed, and this server has not compared what is stored with the seals yet.",
    );
}

#[test]
fn deletions_say_who_approved_them_by_their_number() {
    let with = |holes: Vec<Hole>| TrailStatus { holes, ..sound() };
    says(
        &with(vec![deletion(Some("grace")), deletion(Some("grace"))]),
        Meaning::Good,
        "All 1,204,331 events since 3 May 2026 are sealed; 2 ranges were deleted with approval, and everything else is stored as it was recorded.",
    );
    says(
        &with(vec![deletion(None)]),
        Meaning::Warning,
        "All 1,204,331 events since 3 May 2026 are sealed; 1 range was deleted by one person without a second one's approval, and everything else is stored as it was recorded.",
    );
    says(
        &with(vec![deletion(Some("grace")), deletion(None)]),
        Meaning::Warning,
        "All 1,204,331 events since 3 May 2026 are sealed; 1 range was deleted with approval and 1 without a second person's, and everything else is stored as it was recorded.",
    );
}

#[test]
fn a_truncation_names_its_role_and_that_nobody_approved_it() {
    let truncation = |last| {
        let cause = HoleCause::Truncation {
            event: Uuid::nil(),
            at: now(),
            role: "auditorium_operator".to_owned(),
        };
        hole(cause, 0, last)
    };
    let mut status = sound();
    status.holes = vec![truncation(40)];
    says(
        &status,
        Meaning::Warning,
        "41 events, positions 0 to 40, were truncated by the SQL role auditorium_operator on 21 November 2026, which nobody approved; everything else is stored as it was recorded.",
    );
    status.holes.push(truncation(0));
    says(
        &status,
        Meaning::Warning,
        "The table of events was truncated 2 times, last by the SQL role auditorium_operator on 21 November 2026, which nobody approved; everything else is stored as it was recorded.",
    );
}

#[test]
fn a_declared_restore_is_never_plain_green() {
    let cause = HoleCause::Lost {
        event: Uuid::nil(),
        at: now(),
        actor: "ada".to_owned(),
        approver: Some("grace".to_owned()),
        reason: "the disk died".to_owned(),
    };
    let status = TrailStatus {
        holes: vec![hole(cause, 100, 149), deletion(Some("grace"))],
        ..sound()
    };
    says(
        &status,
        Meaning::Warning,
        "All 1,204,331 events since 3 May 2026 are sealed; 50 were lost with a restore from an older copy, which ada declared on 21 November 2026, 1 range was deleted with approval, and everything else is stored as it was recorded.",
    );
}

#[test]
fn each_kind_of_damage_has_words_of_its_own() {
    let with = |damage: Vec<Damage>| TrailStatus { damage, ..sound() };
    let start = "Somebody changed the stored events behind this product's back:";
    for (kind, first, last, words) in [
        (
            DamageKind::Altered,
            7,
            7,
            "1 event (position 7) says something else than was recorded",
        ),
        (
            DamageKind::Altered,
            7,
            8,
            "2 events (positions 7 to 8) say something else than was recorded",
        ),
        (
            DamageKind::Moved,
            11,
            12,
            "2 events (positions 11 to 12) changed places",
        ),
        (
            DamageKind::Missing,
            5,
            9,
            "5 events (positions 5 to 9) are gone without a recorded deletion",
        ),
        (
            DamageKind::Foreign,
            8,
            8,
            "1 event (position 8) was never recorded",
        ),
    ] {
        let status = with(vec![damage(kind, first, last)]);
        says(&status, Meaning::Bad, &format!("{start} {words}."));
    }
    let several = with(vec![
        damage(DamageKind::Missing, 5, 9),
        damage(DamageKind::Altered, 20, 20),
        damage(DamageKind::Altered, 30, 31),
    ]);
    says(
        &several,
        Meaning::Bad,
        &format!(
            "{start} 3 events (from position 20 on) say something else than was recorded and 5 events (positions 5 to 9) are gone without a recorded deletion."
        ),
    );
}

#[test]
fn a_changed_task_log_is_told_apart_from_a_changed_event() {
    let log = |kind| LogDamage {
        task: Uuid::nil(),
        agent: Uuid::nil(),
        name: "nightly".to_owned(),
        kind,
        intact_at: None,
        found_at: now(),
    };
    let status = TrailStatus {
        log_damage: vec![log(LogDamageKind::Altered), log(LogDamageKind::Missing)],
        ..sound()
    };
    says(
        &status,
        Meaning::Bad,
        "Every event is in order, but somebody changed what finished tasks printed: 1 log holds other bytes than were recorded and 1 log is gone.",
    );
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let refusal = Some(TrailRefusal {
        reason: "The chain of checkpoints is gone from the object store.".to_owned(),
        since: now(),
    });
    says(
        &TrailStatus { refusal, ..sound() },
        Meaning::Bad,
        "Since 21 November 2026, 14:03 UTC events are recorded, but not sealed, because of this: The chain of checkpoints is gone from the object store.",
    );
}

#[test]
fn a_witness_of_another_history_is_named() {
    let witness = WitnessStatus {
        name: "w.example".to_owned(),
        key: String::new(),
        size: 7,
        cosigned_at: None,
        tried_at: now(),
        error: None,
        contradicts: true,
    };
    says(
        &TrailStatus {
            witnesses: vec![witness],
            ..sound()
        },
        Meaning::Bad,
        "The witness w.example has seen another history than this installation shows.",
    );
}

#[test]
fn silence_is_not_taken_for_order() {
    let mut silent = sound();
    silent.as_of = now() + TimeDelta::minutes(10);
    let told = verdict(&silent);
    assert_eq!(told.meaning, Meaning::Bad);
    assert!(
        told.sentence
            .starts_with("Nothing was sealed since 21 November 2026, 14:02 UTC")
    );
    let unbegun = TrailStatus {
        origin: None,
        checkpoint: None,
        ..sound()
    };
    assert_eq!(verdict(&unbegun).meaning, Meaning::Pending);
}
