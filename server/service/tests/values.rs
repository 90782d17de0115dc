//! Values offered while a query is typed, and the most frequent ones of a result: what a reader
//! may not read, neither may name.

#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::{TimeDelta, Utc};
use model::action::classify;
use model::event::{Actor, ActorType, Classification, Event, OWN_SOURCE, Resource, Status};
use model::permission::Role;
use model::query::Field;
use service::{Caller, Error, Origin, Services, Settings, logs};
use testing::TestStore;
use uuid::Uuid;

struct World {
    services: Services,
    database: TestStore,
}

impl World {
    async fn new() -> Self {
        let database = TestStore::new().await.unwrap();
        let settings = Settings {
            environment: "development".to_owned(),
            public_url: "http://127.0.0.1:3000".to_owned(),
            session_hours: 8,
            token_days: 90,
        };
        let services = Services::new(database.store.clone(), settings);
        Self { services, database }
    }

    async fn record(&self, events: Vec<Event>) {
        let recorder = self.database.store.recorder();
        recorder.record(events, Utc::now()).await.unwrap();
    }

    async fn values(&self, caller: &Caller, field: Field, prefix: &str) -> Vec<String> {
        let known = logs::values(&self.services, caller, field, prefix)
            .await
            .unwrap();
        known.into_iter().map(|known| known.value).collect()
    }
}

fn event(actor: &str, action: &str) -> Event {
    let derived = classify(action, None);
    Event {
        id: Uuid::now_v7(),
        seq: -1,
        occurred_at: Utc::now(),
        received_at: Utc::now(),
        actor: Actor::new(ActorType::User, actor),
        action: action.to_owned(),
        resource: None,
        status: Status::Success,
        error_message: None,
        request_id: None,
        session_id: None,
        team: None,
        category: derived.category,
        data_classification: Classification::Internal,
        compliance_tags: derived.compliance_tags,
        source: "token:test".to_owned(),
        schema_version: 1,
        details: None,
        previous_state: None,
        new_state: None,
    }
}

fn caller(role: Role) -> Caller {
    let person = model::person::Person {
        id: Uuid::now_v7(),
        name: format!("A {role}"),
        email: format!("{role}@example.org"),
        role,
    };
    let credential = service::Credential::Session { id: Uuid::now_v7() };
    Caller::person(person, credential, Origin::default())
}

#[tokio::test]
async fn a_viewer_learns_no_value_that_stands_only_in_restricted_events() {
    let world = World::new().await;
    let mut hidden = event("intruder", "login.failure");
    hidden.team = Some("secret-team".to_owned());
    hidden.resource = Some(Resource::new("vault", "7"));
    // Enough that whole blocks are indexed, and some events that are in none yet.
    let mut events: Vec<Event> = (0..600).map(|_| event("etl-1", "file.read")).collect();
    events.insert(10, hidden.clone());
    world.record(events).await;
    world.database.store.index_blocks().await.unwrap();
    hidden.id = Uuid::now_v7();
    world.record(vec![hidden]).await;

    let (viewer, admin) = (caller(Role::Viewer), caller(Role::Admin));
    for (field, prefix, value) in [
        (Field::Actor, "int", "intruder"),
        (Field::Action, "login.", "login.failure"),
        (Field::Team, "", "secret-team"),
        (Field::Resource, "va", "vault"),
        (Field::Resource, "vault/", "vault/7"),
        (Field::Category, "sec", "security"),
    ] {
        assert_eq!(
            world.values(&admin, field, prefix).await,
            [value],
            "{field}"
        );
        assert!(
            world.values(&viewer, field, prefix).await.is_empty(),
            "{field}"
        );
        if prefix.contains('/') {
            continue;
        }
        let top = async |caller: &Caller| {
            let top = logs::top_values(&world.services, caller, field, "").await;
            let top = top.unwrap();
            let known = top.values.iter().any(|found| found.value == value);
            (known, top.counted, top.is_all)
        };
        assert_eq!(top(&admin).await, (true, 602, true), "{field}");
        assert_eq!(top(&viewer).await, (false, 600, true), "{field}");
    }
}

#[tokio::test]
async fn values_begin_with_what_is_typed_and_the_frequent_come_first() {
    let world = World::new().await;
    let mut named = event("u17", "order.paid");
    named.actor.name = Some("Ada Lovelace".to_owned());
    world
        .record(vec![
            event("adam", "order.paid"),
            event("adam", "order.shipped"),
            event("adam", "order.shipped"),
            event("bert", "order.shipped"),
            named,
        ])
        .await;
    let viewer = caller(Role::Viewer);
    assert_eq!(
        world.values(&viewer, Field::Actor, "AD").await,
        ["adam", "u17"]
    );
    assert_eq!(
        world.values(&viewer, Field::Action, "order.").await,
        ["order.shipped", "order.paid"]
    );
    assert!(world.values(&viewer, Field::Id, "").await.is_empty());
}

#[tokio::test]
async fn top_values_count_the_result_and_say_what_they_rest_on() {
    let world = World::new().await;
    let start = Utc::now() - TimeDelta::hours(2);
    let events = (0..1_000_i64)
        .map(|number| {
            let mut event = event(if number % 4 == 0 { "ada" } else { "bert" }, "file.read");
            event.occurred_at = start + TimeDelta::seconds(number);
            event.team = (number % 10 == 0).then(|| "red".to_owned());
            if number % 5 == 0 {
                event.status = Status::Denied;
            }
            event
        })
        .collect();
    world.record(events).await;
    world.database.store.index_blocks().await.unwrap();
    let viewer = caller(Role::Viewer);
    let top = async |field, query: &str| {
        let top = logs::top_values(&world.services, &viewer, field, query).await;
        let top = top.unwrap();
        let values: Vec<_> = top
            .values
            .iter()
            .map(|v| (v.value.clone(), v.count))
            .collect();
        (values, top.without, top.counted, top.is_all)
    };
    let pair = |value: &str, count: i64| (value.to_owned(), count);
    assert_eq!(
        top(Field::Actor, "status:denied").await,
        (vec![pair("bert", 150), pair("ada", 50)], 0, 200, true)
    );
    assert_eq!(
        top(Field::Team, "").await,
        (vec![pair("red", 100)], 900, 1_000, true)
    );
    assert_eq!(top(Field::Team, "actor:nobody").await, (vec![], 0, 0, true));
    let refused = logs::top_values(&world.services, &viewer, Field::Id, "").await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn somebody_s_searches_are_their_own() {
    let world = World::new().await;
    let (ada, bert) = (caller(Role::Viewer), caller(Role::Admin));
    let search = async |caller: &Caller, query: &str| {
        let request = model::log_page::LogRequest {
            query: query.to_owned(),
            ..Default::default()
        };
        logs::list(&world.services, caller, &request).await.unwrap();
    };
    search(&ada, "status:denied").await;
    search(&ada, "actor:etl-1").await;
    search(&bert, "action:login.*").await;
    // Somebody who sends an event in Ada's name writes nothing into her list.
    let mut forged = event(&ada.actor.id, "logs.search");
    forged.details = Some(serde_json::json!({ "query": "forged" }));
    assert_ne!(forged.source, OWN_SOURCE);
    world.record(vec![forged]).await;
    let own = logs::searches(&world.services, &ada).await.unwrap();
    assert_eq!(own, ["actor:etl-1", "status:denied"]);
}
