//! The purge, with a clock that is moved.

#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::{DateTime, TimeDelta, Utc};
use model::event::{Category, Event};
use model::log_page::Place;
use service::purge::{Terms, run};
use service::{Services, Settings};
use sqlx::postgres::PgConnection;
use store::logs::Selection;
use testing::TestStore;

const TERMS: Terms = Terms {
    session_days: 90,
    link_days: 30,
    token_days: 365,
    delivery_days: 30,
};

struct World {
    test: TestStore,
    services: Services,
    superuser: PgConnection,
}

impl World {
    async fn new() -> Self {
        let test = TestStore::new().await.unwrap();
        let settings = Settings {
            environment: "development".to_owned(),
            public_url: String::new(),
            session_hours: 8,
            token_days: 90,
        };
        let services = Services::new(test.store.clone(), settings);
        service::users::ensure_first_owner(&services).await.unwrap();
        let superuser = test.connect_as_superuser().await.unwrap();
        Self {
            test,
            services,
            superuser,
        }
    }

    async fn run(&mut self, statement: &'static str) {
        sqlx::raw_sql(statement)
            .execute(&mut self.superuser)
            .await
            .unwrap();
    }

    /// Sessions, links, tokens and deliveries that are left.
    async fn left(&mut self) -> (i64, i64, i64, i64) {
        sqlx::query_as(
            "select (select count(*) from sessions), (select count(*) from links),
                    (select count(*) from tokens), (select count(*) from alert_deliveries)",
        )
        .fetch_one(&mut self.superuser)
        .await
        .unwrap()
    }

    async fn purge(&self, now: DateTime<Utc>) {
        run(&self.services, &TERMS, now).await.unwrap();
    }

    async fn records(&self) -> Vec<Event> {
        let query = "action:installation.purged".parse().unwrap();
        let selection = Selection::new(query, true, self.services.now());
        let page = self.test.store.page(&selection, Place::First, 10).await;
        page.unwrap().events
    }
}

/// Of each kind one that is open, and one that has just ended; two deliveries that arrived.
const ROWS: &str = "
    delete from links;
    insert into sessions (id, secret_hash, user_id, created_at, expires_at, last_seen_at, ended_at)
        select gen_random_uuid(), sha256('open'), id, now(), now() + interval '8 hours', now(), null from users
        union all
        select gen_random_uuid(), sha256('ended'), id, now(), now() + interval '8 hours', now(), now() from users;
    insert into links (id, kind, user_id, secret_hash, created_at, expires_at, spent_at)
        select gen_random_uuid(), 'reset', id, sha256('open'), now(), now() + interval '40 days', null from users
        union all
        select gen_random_uuid(), 'reset', id, sha256('spent'), now(), now() + interval '40 days', now() from users;
    insert into tokens (id, name, kind, secret_hash, hint, scopes, created_at, created_by, expires_at, revoked_at)
        values (gen_random_uuid(), 'open', 'service', sha256('open'), 'a', '{}', now(), 'x', null, null),
               (gen_random_uuid(), 'revoked', 'service', sha256('revoked'), 'a', '{}', now(), 'x', null, now()),
               (gen_random_uuid(), 'past', 'service', sha256('past'), 'a', '{}', now(), 'x', now(), null);
    insert into alerts (id, kind, event_id, at, text, raised_at)
        select gen_random_uuid(), 'user.deleted', gen_random_uuid(), now(), 'x', now() from generate_series(1, 3);
    insert into alert_deliveries (alert_id, attempts, next_at, delivered_at)
        select id, 1, case when row_number() over (order by id) = 1 then now() end,
               case when row_number() over (order by id) > 1 then now() end from alerts;
";

#[tokio::test]
async fn what_ended_is_removed_after_its_term_and_what_is_open_stays() {
    let mut world = World::new().await;
    world.run(ROWS).await;
    let now = world.services.now();
    assert_eq!(world.left().await, (2, 2, 3, 3));
    world.purge(now + TimeDelta::days(29)).await;
    assert_eq!(world.left().await, (2, 2, 3, 3), "nothing is past its term");
    assert!(world.records().await.is_empty(), "and nothing is recorded");
    world.purge(now + TimeDelta::days(31)).await;
    // One delivery still waits; the newest that arrived says when the webhook last worked.
    assert_eq!(world.left().await, (2, 1, 3, 2));
    world.purge(now + TimeDelta::days(91)).await;
    // Both sessions are past by then, and so is the link that nobody opened.
    assert_eq!(world.left().await, (0, 0, 3, 2));
    world.purge(now + TimeDelta::days(366)).await;
    assert_eq!(world.left().await, (0, 0, 1, 2));
}

#[tokio::test]
async fn how_much_went_is_on_record() {
    let mut world = World::new().await;
    world.run(ROWS).await;
    world
        .purge(world.services.now() + TimeDelta::days(366))
        .await;
    let records = world.records().await;
    let [record] = &records[..] else {
        unreachable!("one record, not {}", records.len())
    };
    assert_eq!(record.category, Category::Admin);
    let details = record.details.as_ref().unwrap();
    assert_eq!(
        (&details["tokens"], &details["sessions"]),
        (&2.into(), &2.into())
    );
}

#[tokio::test]
async fn counters_of_failed_sign_ins_go_after_a_day_unless_they_still_block() {
    let mut world = World::new().await;
    world
        .run(
            "insert into sign_in_attempts (account, ip, failures, last_at, blocked_until) values
                 (sha256('a'), '192.0.2.1', 3, now(), null),
                 (sha256('b'), '192.0.2.1', 9, now(), now() + interval '3 days')",
        )
        .await;
    world.purge(world.services.now() + TimeDelta::days(2)).await;
    let left: i64 = sqlx::query_scalar("select count(*) from sign_in_attempts")
        .fetch_one(&mut world.superuser)
        .await
        .unwrap();
    assert_eq!(left, 1);
}
