//! Checks of this very installation, what they found over time, and what people vouch for.
//!
//! How to add a check: name it in `model::compliance::checks`, list it behind a requirement or
//! a practice, measure it in the file of its area, and show both of its outcomes in a test.
//! Refuses outcomes that nothing measured: what no program can see says so.

mod accounts;
mod alerts;
mod database;
mod facts;
mod objects;
mod seals;
mod trail;
mod transport;
mod verdict;

use std::collections::HashMap;

use chrono::Duration;
pub use facts::Facts;
use model::compliance::checks::{Area, CHECKS, by_id};
use model::compliance::report::Report;
use model::compliance::{
    Attestation, CheckResult, History, MAX_ATTESTATION_DAYS, NewAttestation, Outcome, Run,
};
use model::event::{NewEvent, Resource};
use model::permission::Permission;
use serde_json::json;
use uuid::Uuid;
use verdict::{Finding, Verdict};

use crate::{Caller, Error, Result, Services, own_event};

/// After how many minutes the scheduled job runs the checks again.
pub const EVERY_MINUTES: i64 = 60;

/// The shortest note that says something.
const SHORTEST_NOTE: usize = 10;

/// Runs every check now and keeps what it found.
pub async fn run(services: &Services, caller: &Caller) -> Result<Run> {
    services
        .authorize(caller, Permission::ComplianceRun)
        .await?;
    let transaction = services.store.begin().await?;
    let run = run_and_record(services, caller, transaction).await?;
    with_attestations(services, run).await
}

/// Runs every check when the newest run is older than [`EVERY_MINUTES`] and no other process
/// is at it. For the scheduled job.
pub async fn run_if_due(services: &Services) -> Result<bool> {
    let mut transaction = services.store.begin().await?;
    let before = services.now() - Duration::minutes(EVERY_MINUTES);
    if !transaction.claim_check_run(before).await? {
        return Ok(false);
    }
    run_and_record(services, &Caller::system("schedule"), transaction).await?;
    Ok(true)
}

async fn run_and_record(
    services: &Services,
    caller: &Caller,
    mut transaction: store::Transaction,
) -> Result<Run> {
    let started_at = services.now();
    let results = measure(services).await;
    let run = Run {
        id: Uuid::now_v7(),
        started_at,
        finished_at: services.now(),
        by: caller.actor.label().to_owned(),
        results,
    };
    transaction.insert_run(&run).await?;
    let failing: Vec<&str> = run
        .results
        .iter()
        .filter(|result| result.outcome == Outcome::Fails)
        .map(|result| result.id.as_str())
        .collect();
    let event = NewEvent::new("compliance.checked")
        .on(Resource::new("check_run", run.id.to_string()))
        .with_details(json!({
            "holds": run.count(Outcome::Holds),
            "cannot_be_checked": run.count(Outcome::CannotBeChecked),
            "fails": failing,
        }));
    transaction.record(own_event::prepare(caller, event, run.finished_at));
    transaction.commit(run.finished_at).await?;
    Ok(run)
}

/// Measures everything. A check that cannot be measured says so and stops no other.
async fn measure(services: &Services) -> Vec<CheckResult> {
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(trail::check(services).await);
    findings.extend(seals::check(services).await);
    findings.extend(database::check(services).await);
    findings.extend(objects::check(services).await);
    findings.extend(accounts::check(services).await);
    findings.extend(transport::check(services));
    findings.extend(alerts::check(services).await);
    let mut verdicts: HashMap<&str, Verdict> = findings.into_iter().collect();
    CHECKS
        .iter()
        .map(|check| {
            let verdict = verdicts
                .remove(check.id)
                .unwrap_or_else(|| match check.area {
                    Area::People => Verdict::for_people(),
                    _ => Verdict::without_facts(),
                });
            CheckResult {
                id: check.id.to_owned(),
                title: check.title.to_owned(),
                outcome: verdict.outcome,
                evidence: verdict.evidence,
                checked_at: services.now(),
                advice: verdict.advice,
                attestation: None,
            }
        })
        .collect()
}

/// The newest run, with the attestations that stand now; none before the first run.
pub async fn latest(services: &Services, caller: &Caller) -> Result<Option<Run>> {
    services
        .authorize(caller, Permission::ComplianceRead)
        .await?;
    match services.store.latest_run().await? {
        Some(run) => Ok(Some(with_attestations(services, run).await?)),
        None => Ok(None),
    }
}

/// The newest run as one document.
pub async fn report(services: &Services, caller: &Caller) -> Result<Report> {
    let run = latest(services, caller).await?.ok_or(Error::NotFound {
        what: "run of the checks yet",
    })?;
    Ok(Report::of(
        run,
        &services.settings.environment,
        services.now(),
    ))
}

/// Lays attestations over what could not be checked, and puts results into the order of the
/// catalogue. What was measured stays: nobody can vouch a failure away. A word that has expired
/// stays beside the result, but counts no longer.
async fn with_attestations(services: &Services, mut run: Run) -> Result<Run> {
    let now = services.now();
    let newest = services.store.newest_attestations(now).await?;
    for result in &mut run.results {
        result.attestation = newest
            .iter()
            .find(|attestation| attestation.check == result.id)
            .cloned();
        let stands = result
            .attestation
            .as_ref()
            .is_some_and(|attestation| attestation.expires_at > now);
        if result.outcome == Outcome::CannotBeChecked && stands {
            result.outcome = Outcome::Attested;
        }
    }
    run.results
        .sort_by_key(|result| CHECKS.iter().position(|check| check.id == result.id));
    Ok(run)
}

/// When a check changed what it says, and who vouched for it.
pub async fn history(services: &Services, caller: &Caller, check: &str) -> Result<History> {
    services
        .authorize(caller, Permission::ComplianceRead)
        .await?;
    let known = by_id(check).ok_or(Error::NotFound { what: "check" })?;
    Ok(History {
        check: known.id.to_owned(),
        title: known.title.to_owned(),
        as_of: services.now(),
        changes: services.store.check_changes(known.id).await?,
        attestations: services.store.attestations(known.id).await?,
    })
}

/// Keeps a person's word for what cannot be checked.
pub async fn attest(
    services: &Services,
    caller: &Caller,
    new: NewAttestation,
) -> Result<Attestation> {
    services
        .authorize(caller, Permission::ComplianceAttest)
        .await?;
    let now = services.now();
    let new = NewAttestation {
        note: new.note.trim().to_owned(),
        ..new
    };
    let known = by_id(&new.check).ok_or(Error::NotFound { what: "check" })?;
    refuse_measured(services, known.id, known.area).await?;
    if new.note.chars().count() < SHORTEST_NOTE {
        return Err(Error::invalid(
            "note",
            "must say what was looked at, in 10 characters or more",
        ));
    }
    if new.expires_at <= now || new.expires_at > now + Duration::days(MAX_ATTESTATION_DAYS) {
        return Err(Error::invalid(
            "expires_at",
            "must lie in the future, at most 365 days from now",
        ));
    }
    let attestation = Attestation {
        id: Uuid::now_v7(),
        check: known.id.to_owned(),
        note: new.note.clone(),
        by: caller.actor.label().to_owned(),
        attested_at: now,
        expires_at: new.expires_at,
    };
    let event = NewEvent::new("compliance.attested")
        .on(Resource::new("check", known.id).named(known.title))
        .changing(
            None,
            Some(json!({ "note": new.note, "expires_at": new.expires_at })),
        );
    let mut transaction = services.store.begin().await?;
    let by = (caller.actor.id.as_str(), caller.actor.label());
    transaction
        .insert_attestation(attestation.id, &new, by, now)
        .await?;
    transaction.record(own_event::prepare(caller, event, now));
    transaction.commit(now).await?;
    Ok(attestation)
}

/// A word does not stand against a measurement.
async fn refuse_measured(services: &Services, check: &str, area: Area) -> Result<()> {
    if area == Area::People {
        return Ok(());
    }
    let measured = services
        .store
        .latest_run()
        .await?
        .and_then(|run| run.result(check).map(|result| result.outcome));
    match measured {
        Some(Outcome::CannotBeChecked) => Ok(()),
        _ => Err(Error::Conflict(
            "This check measures; only what cannot be checked can be attested.".to_owned(),
        )),
    }
}
