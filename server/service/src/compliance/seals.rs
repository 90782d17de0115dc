//! Whether the trail is sealed, whether what is stored is what was sealed, and whether the keys
//! and the object store allow to believe it.

use chrono::{DateTime, Utc};
use model::integrity::{Damage, LogDamage, RowChecks};
use store::trail::{Refusal, StoredCheckpoint};

use super::verdict::{Finding, Verdict, of};
use crate::trail::Keys;
use crate::{Error, Services};

/// Seconds after which an event must be sealed, and the newest checkpoint signed again: it is
/// cosigned every 60 s.
const PATIENCE_S: i64 = 180;
/// Damaged stretches that are counted.
const COUNTED: i64 = 100;

pub(super) async fn check(services: &Services) -> Vec<Finding> {
    let now = services.now();
    let store = &services.store;
    let mut findings = vec![
        of("trail.sealed", state(services).await, |state| {
            sealed(state, now)
        }),
        of(
            "trail.rows_match",
            rows(services).await,
            |(damage, checked, size)| rows_match(damage, checked, *size),
        ),
        of(
            "trail.task_logs_match",
            logs(services).await,
            |(damage, (count, oldest))| logs_match(damage, *count, *oldest),
        ),
    ];
    if services.facts.s3.is_some() || services.facts.objects_folder.is_some() {
        let name = format!("check-{}", uuid::Uuid::new_v4().simple());
        findings.push(of(
            "objects.written_once",
            store.creates_once(&name).await,
            |once| written_once(*once),
        ));
    }
    if let Some(folder) = &services.facts.trail_keys {
        findings.push((
            "trail.recovery_key_apart",
            apart(Keys::open(folder).await).await,
        ));
    }
    findings
}

/// What sealing is at.
struct State {
    begun: bool,
    refusal: Option<Refusal>,
    newest: Option<StoredCheckpoint>,
    /// When the oldest event that no checkpoint covers was recorded.
    waiting_since: Option<DateTime<Utc>>,
}

async fn state(services: &Services) -> store::Result<State> {
    let store = &services.store;
    let newest = store.last_checkpoint().await?;
    let covered = newest.as_ref().map_or(0, |newest| newest.size);
    Ok(State {
        begun: store.trail_origin().await?.is_some(),
        refusal: store.open_refusal().await?,
        waiting_since: store
            .events_from(covered, 1)
            .await?
            .first()
            .map(|event| event.received_at),
        newest,
    })
}

fn sealed(state: &State, now: DateTime<Utc>) -> Verdict {
    const ADVICE: &str = "Open the integrity page; the log of the process that holds the folder \
        trail.keys says what stopped it.";
    if let Some(refusal) = &state.refusal {
        let since = refusal.since.format("%Y-%m-%d %H:%M UTC");
        let evidence = format!("Nothing is sealed since {since}: {}", refusal.reason);
        return Verdict::judge(false, evidence, ADVICE);
    }
    if !state.begun {
        return Verdict::unknown("The trail has not begun.", "Start `auditorium serve` once.");
    }
    let late = |at: DateTime<Utc>| (now - at).num_seconds() > PATIENCE_S;
    let silent = state
        .newest
        .as_ref()
        .is_none_or(|newest| late(newest.signed_at));
    let waits = state.waiting_since.is_some_and(late);
    let evidence = state.newest.as_ref().map_or_else(
        || "There is no checkpoint.".to_owned(),
        |newest| {
            format!(
                "Checkpoint {} over {} events was signed at {}.",
                newest.number.saturating_add(1),
                newest.size,
                newest.signed_at.format("%Y-%m-%d %H:%M:%S UTC")
            )
        },
    );
    Verdict::judge(!silent && !waits, evidence, ADVICE)
}

async fn rows(services: &Services) -> store::Result<(Vec<Damage>, RowChecks, i64)> {
    let store = &services.store;
    Ok((
        store.damage(COUNTED).await?,
        store.row_checks().await?,
        store.sealed().await?,
    ))
}

fn rows_match(damage: &[Damage], checked: &RowChecks, size: i64) -> Verdict {
    const ADVICE: &str = "Open the integrity page, which names the positions; keep the database's \
        logs, and compare with a backup. Somebody signed in with rights that the product has not.";
    let compared = format!(
        "{} of {size} sealed positions were compared with their leaves{}.",
        checked.compared,
        checked
            .oldest_at
            .map(|at| format!(", each since {}", at.format("%Y-%m-%d %H:%M UTC")))
            .unwrap_or_default()
    );
    if !damage.is_empty() {
        let count: i64 = damage
            .iter()
            .map(|found| found.last - found.first + 1)
            .sum();
        return Verdict::judge(
            false,
            format!(
                "{} from what was sealed. {compared}",
                if count == 1 {
                    "1 position differs".to_owned()
                } else {
                    format!("{count} positions differ")
                }
            ),
            ADVICE,
        );
    }
    if checked.compared == 0 {
        return Verdict::unknown(
            "Nothing was compared yet.",
            "The server begins by itself; check again in a minute.",
        );
    }
    Verdict::judge(true, compared, ADVICE)
}

type Logs = (Vec<LogDamage>, (i64, Option<DateTime<Utc>>));

async fn logs(services: &Services) -> store::Result<Logs> {
    let damage = services.store.log_damage(COUNTED).await?;
    Ok((damage, services.store.log_checks().await?))
}

fn logs_match(damage: &[LogDamage], count: i64, oldest: Option<DateTime<Utc>>) -> Verdict {
    let since = oldest
        .map(|at| format!(", each since {}", at.format("%Y-%m-%d %H:%M UTC")))
        .unwrap_or_default();
    Verdict::judge(
        damage.is_empty(),
        format!(
            "{count} task logs were read and compared with the digest in task.finished{since}; {} differ.",
            damage.len()
        ),
        "Open the integrity page, which names the tasks; find out who can write to the bucket of logs.",
    )
}

fn written_once(once: bool) -> Verdict {
    Verdict::judge(
        once,
        if once {
            "An object was written, and writing it again was refused."
        } else {
            "An object was written, and writing it again was not refused."
        },
        "The chain of checkpoints needs a store that honours If-None-Match on writes; choose one, \
         nothing is sealed on this one.",
    )
}

async fn apart(keys: Result<Option<Keys>, Error>) -> Verdict {
    match keys {
        Ok(Some(keys)) => {
            let together = keys.keeps_recovery_key().await;
            Verdict::judge(
                !together,
                if together {
                    "The file recovery.key lies beside the keys that sign."
                } else {
                    "The keys that sign are here and the recovery key is not."
                },
                "Move recovery.key out of the folder of the trail's keys to a safe place off this \
                 machine. It alone can name a successor, after a loss or a theft of the others.",
            )
        }
        Ok(None) => Verdict::unknown(
            "No keys of the trail are here: another process signs.",
            "Look at the folder trail.keys of that process, then attest what you found.",
        ),
        Err(error) => {
            tracing::warn!(%error, "the trail's keys could not be read");
            Verdict::unknown(
                "The folder of the trail's keys could not be read.",
                "The server's log names the cause.",
            )
        }
    }
}
