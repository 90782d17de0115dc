//! Generated events: people of three teams, two agents, office hours, a few bad days.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use model::demo::SESSION;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::{Builder, Uuid};

/// Name, e-mail, team, address.
const PEOPLE: &[(&str, &str, &str, &str)] = &[
    ("Ada Okafor", "ada@example.org", "payments", "192.0.2.11"),
    ("Ben Lindqvist", "ben@example.org", "payments", "192.0.2.12"),
    (
        "Chiara Moretti",
        "chiara@example.org",
        "payments",
        "192.0.2.13",
    ),
    ("Dai Nguyen", "dai@example.org", "research", "198.51.100.21"),
    ("Elif Kaya", "elif@example.org", "research", "198.51.100.22"),
    (
        "Farid Haddad",
        "farid@example.org",
        "research",
        "198.51.100.23",
    ),
    (
        "Grace Mensah",
        "grace@example.org",
        "support",
        "203.0.113.31",
    ),
    ("Hugo Silva", "hugo@example.org", "support", "203.0.113.32"),
];

/// Agent, team.
const AGENTS: &[(&str, &str)] = &[("etl-1", "payments"), ("masker-2", "research")];

/// Action, resource type, how often out of the sum.
const BY_PEOPLE: &[(&str, &str, u32)] = &[
    ("query.execute", "dataset", 40),
    ("dataset.opened", "dataset", 22),
    ("dashboard.viewed", "dashboard", 18),
    ("workflow.executed", "workflow", 9),
    ("workflow.updated", "workflow", 4),
    ("report.downloaded", "report", 5),
    ("trace.view", "trace", 2),
];

const BY_AGENTS: &[(&str, &str, u32)] = &[
    ("data.read", "dataset", 55),
    ("data.masked", "dataset", 30),
    ("data.written", "dataset", 15),
];

const DATASETS: &[&str] = &[
    "orders",
    "customers",
    "invoices",
    "sessions",
    "claims",
    "shipments",
    "ledger-2026",
    "survey",
];

/// `count` events over the 30 days before `now`, oldest first. The same seed, count and day
/// give the same events.
pub(super) fn generate(count: u32, now: DateTime<Utc>, seed: u64) -> impl Iterator<Item = Value> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut times: Vec<DateTime<Utc>> = (0..count).map(|_| time(&mut random, now)).collect();
    times.sort_unstable();
    times
        .into_iter()
        .enumerate()
        .map(move |(index, at)| event(&mut random, index, at))
}

/// A moment of the last 30 days, more likely in office hours and on recent days.
fn time(random: &mut StdRng, now: DateTime<Utc>) -> DateTime<Utc> {
    loop {
        let back = random.random_range(0..30 * 24 * 3600_i64);
        let at = now
            - TimeDelta::seconds(back)
            - TimeDelta::microseconds(random.random_range(0..1_000_000));
        let busy = matches!(at.hour(), 7..=18);
        if busy || random.random_ratio(1, 5) {
            return at;
        }
    }
}

fn event(random: &mut StdRng, index: usize, at: DateTime<Utc>) -> Value {
    let by_agent = random.random_ratio(3, 10);
    let (actor, team, (action, kind, _)) = if by_agent {
        let (name, team) = AGENTS[random.random_range(0..AGENTS.len())];
        (
            json!({ "type": "agent", "id": name, "name": name }),
            team,
            pick(random, BY_AGENTS),
        )
    } else {
        let (name, email, team, ip) = PEOPLE[skewed(random, PEOPLE.len())];
        let actor = json!({ "type": "user", "id": email, "name": name, "email": email, "ip": ip,
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0" });
        (actor, team, pick(random, BY_PEOPLE))
    };
    let name = DATASETS[skewed(random, DATASETS.len())];
    let (status, error) = outcome(random);
    let mut event = json!({
        "id": id(random, at),
        "occurred_at": at,
        "actor": actor,
        "action": action,
        "resource": { "type": kind, "id": format!("{name}-{}", random.random_range(1..=12)), "name": name },
        "status": status,
        "team": team,
        "session_id": SESSION,
        "request_id": format!("demo-{:08x}", random.random_range(0..u32::MAX)),
        "details": { "rows": random.random_range(1..250_000), "duration_ms": random.random_range(2..9_000) },
    });
    if let (Some(error), Some(fields)) = (error, event.as_object_mut()) {
        fields.insert("error_message".to_owned(), json!(error));
    }
    if action == "workflow.updated"
        && let Some(fields) = event.as_object_mut()
    {
        let schedule = ["hourly", "daily", "weekly"];
        fields.insert(
            "previous_state".to_owned(),
            json!({ "schedule": schedule[index % 3], "retries": 1 }),
        );
        fields.insert(
            "new_state".to_owned(),
            json!({ "schedule": schedule[(index + 1) % 3], "retries": 3 }),
        );
    }
    event
}

/// A version 7 of the time at which the event is said to have happened.
fn id(random: &mut StdRng, at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random.random()).into_uuid()
}

fn outcome(random: &mut StdRng) -> (&'static str, Option<&'static str>) {
    match random.random_range(0..1000) {
        0..=24 => (
            "failure",
            Some("timeout: the source did not answer within 30 s"),
        ),
        25..=34 => (
            "denied",
            Some("the role viewer may not read restricted columns"),
        ),
        _ => ("success", None),
    }
}

fn pick(
    random: &mut StdRng,
    choices: &'static [(&'static str, &'static str, u32)],
) -> (&'static str, &'static str, u32) {
    let sum = choices.iter().map(|(.., weight)| weight).sum();
    let mut left = random.random_range(0..sum);
    for choice in choices {
        if left < choice.2 {
            return *choice;
        }
        left -= choice.2;
    }
    choices[0]
}

/// An index below `count`; the first ones are the most frequent.
fn skewed(random: &mut StdRng, count: usize) -> usize {
    let (a, b) = (random.random_range(0..count), random.random_range(0..count));
    a.min(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_events_in_order_of_time() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let first: Vec<Value> = generate(200, now, 7).collect();
        let second: Vec<Value> = generate(200, now, 7).collect();
        assert_eq!(first, second);
        let times: Vec<&str> = first
            .iter()
            .filter_map(|event| event["occurred_at"].as_str())
            .collect();
        assert!(times.is_sorted());
    }

    #[test]
    fn every_event_can_be_deleted_again() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for event in generate(500, now, 1) {
            let action = event["action"].as_str().unwrap();
            assert!(
                model::action::classify(action, None)
                    .category
                    .is_deletable(),
                "{action}"
            );
        }
    }
}
