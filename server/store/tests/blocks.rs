//! Rows of the block index: those made while recording are those made from the table.

#![expect(clippy::unwrap_used, reason = "tests")]

mod sample;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, TimeDelta, Utc};
use model::event::{ActorType, Category, Event, Resource, Status};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sample::event;
use store::Store;
use testing::TestStore;

/// All of a row of `log_blocks`, its terms in order, and whether they stood so. Only rows made
/// while recording do.
type Row = (i64, [i16; 6], [Option<DateTime<Utc>>; 2], Vec<i32>, bool);

/// Number, counts, times and terms as they are stored.
type Stored = (i64, Vec<i16>, Vec<Option<DateTime<Utc>>>, Vec<i32>);

async fn rows(test: &TestStore) -> Vec<Row> {
    let mut connection = test.connect_as("auditorium_app").await.unwrap();
    let rows: Vec<Stored> = sqlx::query_as(
        "select block, array[events, failed, denied, restricted, restricted_failed, restricted_denied],
                array[min_occurred_at, max_occurred_at], terms from log_blocks order by block",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(block, counts, times, mut terms)| {
            let is_ordered = terms.is_sorted();
            terms.sort_unstable();
            let (counts, times) = (counts.try_into().unwrap(), times.try_into().unwrap());
            (block, counts, times, terms, is_ordered)
        })
        .collect()
}

/// The rows as the database makes them.
async fn rebuilt(test: &TestStore) -> Vec<Row> {
    let mut connection = test.connect_as("auditorium_owner").await.unwrap();
    sqlx::query("select log_blocks_build(0, (select size >> 8 from trail_head))")
        .execute(&mut connection)
        .await
        .unwrap();
    rows(test).await
}

fn same(one: &[Row], other: &[Row]) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!(
            (&one.0, &one.1, &one.2, &one.3),
            (&other.0, &other.1, &other.2, &other.3)
        );
    }
}

fn text() -> impl Strategy<Value = String> {
    // Without letters of which not every system makes the same.
    let is_known = |c: &char| *c != '\0' && (*c < '\u{530}' || c.to_lowercase().eq([*c]));
    prop_oneof![
        any::<String>().prop_map(move |text| text.chars().filter(is_known).collect()),
        "[a-zA-Z0-9ÄÖßΣİıжЖ.]{1,12}",
        "[A-Z]{40,90}",
        Just(String::new()),
    ]
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).into()),
        any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits).into()),
        // IPv4 within IPv6, zeros at either end and in between.
        (any::<u128>(), 0_u32..128).prop_map(|(bits, by)| Ipv6Addr::from_bits(bits >> by).into()),
        (any::<u32>(), 0_u32..96)
            .prop_map(|(bits, by)| Ipv6Addr::from_bits(u128::from(bits) << by).into()),
        any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).to_ipv6_mapped().into()),
    ]
}

fn actions() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,3}(\\.[a-z]{0,2}){0,4}",
        "\\.{1,3}[a-z]?",
        Just("user.created".to_owned()),
    ]
}

fn random() -> impl Strategy<Value = Event> {
    let maybe = || prop::option::of(text());
    (
        (
            0_usize..6,
            text(),
            maybe(),
            maybe(),
            prop::option::of(address()),
        ),
        (
            actions(),
            prop::option::of((text(), maybe())),
            prop::sample::select(Status::ALL),
        ),
        (
            prop::sample::select(Category::ALL),
            maybe(),
            maybe(),
            maybe(),
            text(),
        ),
        (
            prop::collection::vec(text(), 0..4),
            -1_000_000_i64..1_000_000,
        ),
    )
        .prop_map(|(actor, what, how, (tags, micros))| {
            let mut event = event(&what.0);
            event.actor.kind = ActorType::ALL[actor.0];
            (event.actor.id, event.actor.name, event.actor.email) = (actor.1, actor.2, actor.3);
            event.actor.ip = actor.4;
            let resource = what.1;
            event.resource = resource.map(|(kind, id)| Resource {
                kind,
                id,
                name: None,
            });
            (event.status, event.category) = (what.2, how.0);
            (event.team, event.request_id, event.session_id) = (how.1, how.2, how.3);
            event.source = how.4;
            event.compliance_tags = tags;
            event.occurred_at += TimeDelta::microseconds(micros);
            event
        })
}

fn drawn(count: usize) -> Vec<Event> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| random().new_tree(&mut runner).unwrap().current())
        .collect()
}

async fn record(test: &TestStore, events: &[Event]) {
    for some in events.chunks(100) {
        test.store
            .recorder()
            .record(some.to_vec(), Utc::now())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn rows_made_while_recording_are_those_made_from_the_table() {
    let test = TestStore::new().await.unwrap();
    record(&test, &drawn(1_100)).await;
    assert_eq!(test.store.index_blocks().await.unwrap(), 4);
    let ours = rows(&test).await;
    assert!(ours.iter().all(|row| row.4));
    let theirs = rebuilt(&test).await;
    assert!(!theirs.iter().any(|row| row.4));
    same(&ours, &theirs);
}

#[tokio::test]
async fn blocks_of_several_processes_are_made_from_the_table() {
    let test = TestStore::new().await.unwrap();
    let events = drawn(900);
    record(&test, &events[..300]).await;
    let other = Store::open(
        test.options.clone().username("auditorium_app"),
        2,
        test.store.objects.clone(),
    )
    .await
    .unwrap();
    let alone = events[300..301].to_vec();
    other.recorder().record(alone, Utc::now()).await.unwrap();
    record(&test, &events[301..]).await;
    assert_eq!(test.store.index_blocks().await.unwrap(), 3);
    let ours = rows(&test).await;
    let known: Vec<bool> = ours.iter().map(|row| row.4).collect();
    assert_eq!(known, [true, false, true]);
    same(&ours, &rebuilt(&test).await);
}

#[tokio::test]
async fn what_was_deleted_meanwhile_is_not_counted() {
    let test = TestStore::new().await.unwrap();
    record(&test, &drawn(520)).await;
    let mut connection = test.connect_as_superuser().await.unwrap();
    sqlx::query("delete from logs where seq = 300")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(test.store.index_blocks().await.unwrap(), 2);
    let ours = rows(&test).await;
    assert_eq!(ours[1].1[0], 255);
    same(&ours, &rebuilt(&test).await);
}

#[tokio::test]
async fn names_that_not_every_system_makes_small_are_left_to_the_database() {
    let test = TestStore::new().await.unwrap();
    let mut events = drawn(520);
    events[300].actor.id = "ᎠᏂᏴᏫᏯ".to_owned();
    record(&test, &events).await;
    assert_eq!(test.store.index_blocks().await.unwrap(), 2);
    let ours = rows(&test).await;
    let known: Vec<bool> = ours.iter().map(|row| row.4).collect();
    assert_eq!(known, [true, false]);
    same(&ours, &rebuilt(&test).await);
}
