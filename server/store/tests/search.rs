//! Searching: SQL and the block index must find what `Query::matches` says, whatever the order
//! in which events arrive.

#![expect(clippy::unwrap_used, reason = "tests")]

mod sample;

use chrono::{DateTime, TimeDelta, Utc};
use model::event::{ActorType, Category, Event, Resource, Status};
use model::log_page::{Count, Place};
use model::query::Query;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use sample::event;
use store::logs::Selection;
use testing::TestStore;

fn start() -> DateTime<Utc> {
    "2026-10-01T00:00:00Z".parse().unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-10-03T00:00:00Z".parse().unwrap()
}

/// A stream of small numbers that is the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[usize::try_from(self.roll(values.len() as u64)).unwrap()]
    }
}

const ACTORS: &[&str] = &["etl-1", "Ada", "ada@example.org", "u17", "backup", "ETL-1"];
const ACTIONS: &[&str] = &[
    "user.created",
    "user.role.assigned",
    "user.role.removed",
    "file.read",
    "login.failure",
    "ping",
    "query.execute",
    "action.executed",
    "a.b.c.d",
    "a.b.c.e",
];
const IPS: &[&str] = &[
    "10.1.2.3",
    "10.1.9.9",
    "10.200.0.1",
    "192.0.2.1",
    "2001:db8:1::5",
    "2001:db8:2::5",
];

/// An event in which most fields may be absent and values repeat. `spread` is how far, in
/// milliseconds, its time may lie from its place in the stream.
fn random(dice: &mut Dice, place: u64, spread: u64) -> Event {
    let mut event = event(dice.pick(ACTIONS));
    let millis = i64::try_from(place * 20 + dice.roll(spread)).unwrap();
    event.occurred_at = start() + TimeDelta::milliseconds(millis);
    event.actor.id = String::from(dice.pick(ACTORS));
    event.actor.kind = ActorType::ALL[usize::try_from(dice.roll(6)).unwrap()];
    event.actor.name = (dice.roll(2) == 0).then(|| dice.pick(ACTORS).to_owned());
    event.actor.email = (dice.roll(3) == 0).then(|| dice.pick(ACTORS).to_owned());
    event.actor.ip = (dice.roll(3) > 0).then(|| dice.pick(IPS).parse().unwrap());
    event.resource = (dice.roll(3) > 0).then(|| Resource {
        kind: dice.pick(&["dataset", "person", "file"]).to_owned(),
        id: (dice.roll(4) > 0).then(|| format!("{}/{}", dice.roll(40), dice.roll(3))),
        name: (dice.roll(4) == 0).then(|| "Quarterly 100% \\ numbers_of".to_owned()),
    });
    event.status = Status::ALL[usize::try_from(dice.roll(12).saturating_sub(9)).unwrap()];
    event.team = (dice.roll(3) == 0).then(|| dice.pick(&["red", "green"]).to_owned());
    event.request_id = (dice.roll(4) == 0).then(|| format!("r{}", dice.roll(400)));
    event.session_id = (dice.roll(2) == 0).then(|| format!("s{}", dice.roll(50)));
    event.details = (dice.roll(3) == 0).then(|| {
        serde_json::json!({ "rows": dice.roll(90), "a b": [null, true, dice.pick(ACTORS)], "note": "tab\tand \"quote\"" })
    });
    event
}

/// Terms of every kind, exact and beginnings, alternatives and contraries.
fn term(dice: &mut Dice) -> String {
    let contrary = if dice.roll(5) == 0 { "-" } else { "" };
    let term = match dice.roll(22) {
        0 => format!("actor:{}", dice.pick(ACTORS)),
        1 => format!("actor:{},{}", dice.pick(ACTORS), dice.pick(ACTORS)),
        2 => format!("actor:{}*", dice.pick(&["et", "AD", "u", "zz"])),
        3 => format!("action:{}", dice.pick(ACTIONS)),
        4 => format!(
            "action:{}",
            dice.pick(&[
                "user.*",
                "user.role.*",
                "us*",
                "a.b.c.*",
                "user.role.as*",
                "*"
            ])
        ),
        5 => format!(
            "action:{},{}",
            dice.pick(ACTIONS),
            dice.pick(&["user.*", "login.*"])
        ),
        6 => format!("resource:{}", dice.pick(&["dataset", "person", "nothing"])),
        7 => format!("resource:dataset/{}/{}", dice.roll(40), dice.roll(3)),
        8 => format!("resource:/{}/{}", dice.roll(40), dice.roll(3)),
        number => other_term(dice, number),
    };
    format!("{contrary}{term}")
}

fn other_term(dice: &mut Dice, number: u64) -> String {
    match number {
        9 => format!(
            "status:{}",
            dice.pick(&["denied", "failure", "success", "denied,failure"])
        ),
        10 => format!("ip:{}", dice.pick(IPS)),
        11 => format!(
            "ip:{}",
            dice.pick(&[
                "10.0.0.0/8",
                "10.1.0.0/16",
                "10.1.2.0/23",
                "10.0.0.0/7",
                "2001:db8::/32",
                "2001:db8:1::/56",
                "::/0"
            ])
        ),
        12 => format!(
            "category:{}",
            dice.pick(&["admin", "security,remediation", "activity"])
        ),
        13 => format!("tag:{}", dice.pick(&["gdpr", "sox", "hipaa"])),
        14 => format!("team:{}", dice.pick(&["red", "green", "blue"])),
        15 => format!("request:r{}", dice.roll(400)),
        16 => format!("session:s{}", dice.roll(50)),
        17 => format!(
            "actor_type:{}",
            dice.pick(&["user", "agent,system", "anonymous"])
        ),
        18 => format!(
            "created:2026-10-01T00:0{}..2026-10-01T00:1{}",
            dice.roll(9),
            dice.roll(9)
        ),
        19 => format!("last:{}h", 47 + dice.roll(2)),
        20 => format!(
            "\"{}\"",
            dice.pick(&[
                "etl",
                "ADA",
                "100%",
                "\\\\ numbers",
                "_of",
                "rows\\\": 7",
                "quote"
            ])
        ),
        _ => "source:token:test".to_owned(),
    }
}

fn query(dice: &mut Dice) -> String {
    let terms: Vec<String> = (0..=dice.roll(3)).map(|_| term(dice)).collect();
    terms.join(" ")
}

/// A store with events in order of time but for `spread`, part of them indexed, and the events.
async fn filled(count: u64, spread: u64, seed: u64) -> (TestStore, Vec<Event>) {
    let test = TestStore::new().await.unwrap();
    let mut dice = Dice(seed);
    let mut events: Vec<Event> = (0..count)
        .map(|place| random(&mut dice, place, spread))
        .collect();
    let half = events.len() * 2 / 3;
    for (index, batch) in [&events[..half], &events[half..]].into_iter().enumerate() {
        for chunk in batch.chunks(4_000) {
            test.store
                .recorder()
                .record(chunk.to_vec(), now())
                .await
                .unwrap();
        }
        if index == 0 {
            test.store.index_blocks().await.unwrap();
        }
    }
    for (event, seq) in events.iter_mut().zip(0..) {
        event.seq = seq;
        event.received_at = now();
    }
    events.sort_by_key(|event| std::cmp::Reverse((event.occurred_at, event.seq)));
    (test, events)
}

fn seqs(events: &[Event]) -> Vec<i64> {
    events.iter().map(|event| event.seq).collect()
}

/// Reads page by page, older ones and then back again.
async fn assert_pages(test: &TestStore, events: &[Event], query: &str, restricted: bool) {
    let selection = Selection::new(Query::parse(query).unwrap(), restricted, now());
    let expected: Vec<Event> = events
        .iter()
        .filter(|event| selection.holds(event))
        .cloned()
        .collect();
    let mut place = Place::First;
    let mut read = Vec::new();
    let mut last = None;
    for _ in 0..6 {
        let page = test.store.page(&selection, place, 40).await.unwrap();
        assert_eq!(page.searched_back_to, None, "{query}");
        read.extend(page.events.iter().cloned());
        last = Some(page.clone());
        match page.older {
            Some(cursor) => place = Place::After(cursor),
            None => break,
        }
    }
    let wanted = &expected[..expected.len().min(240)];
    assert_eq!(seqs(&read), seqs(wanted), "{query}");
    assert_eq!(&read, wanted, "{query}: what is read back is what was sent");
    let last = last.unwrap();
    if let (Some(newer), true) = (last.newer, read.len() > 40) {
        let page = test
            .store
            .page(&selection, Place::Before(newer), 40)
            .await
            .unwrap();
        let end = read.len() - last.events.len();
        assert_eq!(
            seqs(&page.events),
            seqs(&read[end.saturating_sub(40)..end]),
            "{query}, backwards"
        );
    }
    let counted = test.store.histogram(&selection, 7).await.unwrap();
    if let Count::Exact(count) = counted.total {
        assert_eq!(usize::try_from(count).unwrap(), expected.len(), "{query}");
    }
}

#[tokio::test]
async fn pages_agree_with_the_oracle_when_events_arrive_in_order() {
    let (test, events) = filled(6_000, 40, 1).await;
    let mut dice = Dice(7);
    assert_pages(&test, &events, "", true).await;
    assert_pages(&test, &events, "", false).await;
    for round in 0..80 {
        assert_pages(&test, &events, &query(&mut dice), round % 3 > 0).await;
    }
}

#[tokio::test]
async fn pages_agree_with_the_oracle_when_ten_thousand_events_arrive_in_any_order() {
    let (test, events) = filled(10_000, 10_000 * 20, 2).await;
    let mut dice = Dice(9);
    for round in 0..60 {
        assert_pages(&test, &events, &query(&mut dice), round % 3 > 0).await;
    }
}

#[tokio::test]
async fn every_bar_of_a_histogram_agrees_with_the_oracle() {
    let (test, events) = filled(4_000, 3_000, 3).await;
    for text in [
        "",
        "status:denied",
        "created:2026-10-01T00:00..2026-10-01T00:01",
        "actor:etl-1 -team:red",
    ] {
        for restricted in [true, false] {
            let selection = Selection::new(Query::parse(text).unwrap(), restricted, now());
            let histogram = test.store.histogram(&selection, 13).await.unwrap();
            assert!(matches!(histogram.total, Count::Exact(_)), "{text}");
            let step = (histogram.to - histogram.from) / 13;
            for (bar, number) in histogram.bars.iter().zip(0..) {
                let from = histogram.from + step * number;
                let inside = |event: &&Event| {
                    event.occurred_at >= from
                        && event.occurred_at < from + step
                        && selection.holds(event)
                };
                let of = |status: Status| {
                    i64::try_from(
                        events
                            .iter()
                            .filter(inside)
                            .filter(|e| e.status == status)
                            .count(),
                    )
                    .unwrap()
                };
                let expected = (of(Status::Success), of(Status::Failure), of(Status::Denied));
                assert_eq!(
                    (bar.success, bar.failure, bar.denied),
                    expected,
                    "{text} bar {number}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_reader_without_the_permission_sees_no_restricted_category() {
    let (test, _) = filled(600, 40, 4).await;
    let selection = Selection::new(Query::default(), false, now());
    let page = test
        .store
        .page(&selection, Place::First, 500)
        .await
        .unwrap();
    assert!(
        page.events
            .iter()
            .all(|event| !event.category.is_restricted())
    );
    let admin = Selection::new(Query::parse("category:admin").unwrap(), false, now());
    assert!(
        test.store
            .page(&admin, Place::First, 500)
            .await
            .unwrap()
            .events
            .is_empty()
    );
    let seen = Selection::new(Query::parse("category:admin").unwrap(), true, now());
    let page = test.store.page(&seen, Place::First, 500).await.unwrap();
    assert!(
        page.events
            .iter()
            .all(|event| event.category == Category::Admin)
            && !page.events.is_empty()
    );
}

#[tokio::test]
async fn any_text_of_a_query_is_answered_or_refused_and_never_breaks_a_statement() {
    let (store, events) = filled(300, 40, 5).await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(proptest::test_runner::Config::default(), rng);
    let pattern = "[a-z]{0,9}:?[\\PC']{0,12}";
    for _ in 0..150 {
        let text = pattern.new_tree(&mut runner).unwrap().current();
        if let Ok(query) = Query::parse(&text) {
            let selection = Selection::new(query, true, now());
            let page = store
                .store
                .page(&selection, Place::First, 400)
                .await
                .unwrap();
            let expected: Vec<&Event> = events
                .iter()
                .filter(|event| selection.holds(event))
                .collect();
            assert_eq!(page.events.len(), expected.len(), "{text}");
        }
    }
}
