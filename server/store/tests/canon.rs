//! What is hashed before storing is what Postgres gives back: JSONB, `inet`, `timestamptz`, text.

#![expect(clippy::unwrap_used, reason = "tests")]

mod sample;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Utc};
use model::event::{Event, Resource};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sample::event;
use serde_json::Value;
use testing::TestStore;
use trail::canon::{canonical, inet, parse};
use trail::public::split;

/// Postgres is asked about this many values at once.
const BATCH: usize = 400;

/// Values that a person would doubt, before those that chance makes.
const KNOWN: &[&str] = &[
    "0",
    "-0.0",
    "1.0",
    "1e21",
    "99999999999999999999999999999999999999",
    "-99999999999999999999999999999999999999",
    "9007199254740993",
    "1e-7",
    "5e-324",
    "2.2250738585072014e-308",
    "1424953923781206.2",
    "0.1",
    r#""\u0001\u001f\u007f\u2028\ud83d\ude00\\\"\/""#,
    r#"{"":"","\uffff":1,"\ud800\udc00":2,"aa":3,"b":4}"#,
    r#"[[],{},null,true,false,[[{"a":[{}]}]]]"#,
];

fn drawn<T>(strategy: &impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Any text that Postgres can hold, with more characters beyond the basic plane than chance gives.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        '\u{1}', '\u{7f}', '\u{2028}', '\u{ffff}', '𐀀', '\\', '"',
    ]);
    (any::<String>(), prop::collection::vec(odd, 0..4))
        .prop_map(|(text, odd)| text.replace('\0', "") + &odd.into_iter().collect::<String>())
}

fn number() -> impl Strategy<Value = Value> {
    let double = any::<f64>().prop_map(|number| format!("{number:e}"));
    let eighths = (any::<u32>(), any::<u16>()).prop_map(|(high, low)| {
        let number = f64::from(high) * 65_536.0 + f64::from(low);
        format!("{:e}", number / 8.0)
    });
    let fraction = (any::<i32>(), 0_u8..12).prop_map(|(n, power)| format!("{n}e-{power}"));
    let whole = "-?[1-9][0-9]{0,37}".prop_map(String::from);
    // What is no number, or has no canonical form, would have been answered with 400.
    prop_oneof![double, eighths, fraction, whole]
        .prop_map(|text| parse(&text).unwrap_or(Value::Bool(false)))
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), number(), text().prop_map(Value::String),];
    leaf.prop_recursive(5, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((text(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[tokio::test]
async fn jsonb_gives_back_what_was_hashed() {
    let test = TestStore::new().await.unwrap();
    let mut connection = test.connect_as("auditorium_app").await.unwrap();
    let mut documents = drawn(&document(), BATCH);
    documents.extend(KNOWN.iter().map(|text| parse(text).unwrap()));
    let hashed: Vec<String> = documents
        .iter()
        .map(|document| canonical(document).unwrap())
        .collect();
    for sent in [
        hashed.clone(),
        documents.iter().map(Value::to_string).collect(),
    ] {
        let stored: Vec<Value> = sqlx::query_scalar("select unnest($1::text[]::jsonb[])")
            .bind(sent)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let read: Vec<String> = stored
            .iter()
            .map(|document| canonical(document).unwrap())
            .collect();
        assert_eq!(read, hashed);
    }
}

#[tokio::test]
async fn inet_gives_back_what_was_hashed() {
    let test = TestStore::new().await.unwrap();
    let mut connection = test.connect_as("auditorium_app").await.unwrap();
    let group = prop_oneof![Just(0_u16), Just(0), Just(1), Just(0xffff), any::<u16>()];
    let v6 = prop::array::uniform8(group).prop_map(|groups| Ipv6Addr::from(groups).into());
    let v4 = any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).into());
    let mut addresses: Vec<IpAddr> = drawn(&prop_oneof![4 => v6, 1 => v4], BATCH);
    for known in [
        "::",
        "::1",
        "::1:0",
        "::0.1.0.0",
        "::192.0.2.7",
        "::ffff:192.0.2.7",
        "::fffe:1:2",
        "1:0:0:2::",
        "1::2:0:0:3",
        "1:0:2:3:4:5:6:7",
        "fe80::1",
        "64:ff9b::c000:207",
        "0.0.0.0",
    ] {
        addresses.push(known.parse().unwrap());
    }
    let sent: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let printed: Vec<String> =
        sqlx::query_scalar("select format('%s', unnest($1::text[]::inet[]))")
            .bind(sent)
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let hashed: Vec<String> = addresses.into_iter().map(inet).collect();
    assert_eq!(hashed, printed);
}

fn whole_event() -> impl Strategy<Value = Event> {
    let words = prop::collection::vec(prop::option::of(text()), 10);
    let states = prop::array::uniform3(prop::option::of(document()));
    let times = (
        -62_135_596_800_000_000_i64..=253_402_300_799_999_999,
        0_i64..1000,
    );
    (words, states, times, any::<IpAddr>()).prop_map(|(words, states, (micros, nanos), ip)| {
        let mut words = words.into_iter();
        let mut next = || words.next().flatten();
        let mut event = event("thing.changed");
        event.occurred_at = DateTime::<Utc>::from_timestamp_micros(micros).unwrap()
            + chrono::TimeDelta::nanoseconds(nanos);
        event.actor.ip = Some(ip);
        event.actor.id = next().unwrap_or_default();
        event.actor.name = next();
        event.actor.user_agent = next();
        event.actor.on_behalf_of = next();
        event.resource = next().map(|kind| Resource {
            kind,
            id: None,
            name: None,
        });
        event.error_message = next();
        event.request_id = next();
        event.session_id = next();
        event.team = next();
        [event.details, event.previous_state, event.new_state] = states;
        event
    })
}

#[tokio::test]
async fn an_event_is_parted_alike_before_and_after_it_is_stored() {
    let test = TestStore::new().await.unwrap();
    let sent = drawn(&whole_event(), BATCH);
    let hashed: Vec<_> = sent.iter().map(|event| split(event).unwrap()).collect();
    test.store
        .recorder()
        .record(sent, Utc::now())
        .await
        .unwrap();
    let stored = test.store.events_from(0, i64::MAX).await.unwrap();
    assert_eq!(stored.len(), BATCH);
    for (event, hashed) in stored.iter().zip(hashed) {
        assert_eq!(split(event).unwrap(), hashed);
    }
}

#[derive(serde::Deserialize)]
struct Printed {
    text: String,
    jsonb: String,
}

#[tokio::test]
async fn postgres_prints_the_test_vectors_as_they_say() {
    let test = TestStore::new().await.unwrap();
    let mut connection = test.connect_as("auditorium_app").await.unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/trail-vectors.json");
    let mut vectors: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let vectors: Vec<Printed> = serde_json::from_value(vectors["jsonb"].take()).unwrap();
    let (sent, expected): (Vec<_>, Vec<_>) = vectors
        .into_iter()
        .map(|vector| (vector.text, vector.jsonb))
        .unzip();
    let printed: Vec<String> = sqlx::query_scalar("select unnest($1::text[]::jsonb[])::text")
        .bind(sent)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(printed, expected);
}
