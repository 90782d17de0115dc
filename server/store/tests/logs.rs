//! The table `logs`: positions without gaps, one way to delete, every truncation on record.

#![expect(clippy::unwrap_used, reason = "tests")]

mod sample;

use chrono::Utc;
use model::event::Event;
use sample::event;
use sqlx::{Connection as _, PgConnection};
use testing::TestStore;
use uuid::Uuid;

/// The positions that have content, ascending.
const SEQS: &str = "select seq from logs order by seq";

/// New events of plain activity.
fn events(count: usize) -> Vec<Event> {
    (0..count).map(|_| event("thing.changed")).collect()
}

async fn record(test: &TestStore, count: usize) -> Vec<i64> {
    let receipts = test
        .store
        .recorder()
        .record(events(count), Utc::now())
        .await
        .unwrap();
    receipts.iter().map(|receipt| receipt.seq).collect()
}

async fn app(test: &TestStore) -> PgConnection {
    test.connect_as("auditorium_app").await.unwrap()
}

#[tokio::test]
async fn positions_have_no_gaps_under_concurrent_writers_and_rollbacks() {
    let test = TestStore::new().await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let store = test.store.clone();
        writers.spawn(async move {
            for round in 0..8 {
                let now = Utc::now();
                store.recorder().record(events(3), now).await.unwrap();
                let mut transaction = store.begin().await.unwrap();
                transaction.record(event("thing.changed"));
                transaction.commit(now).await.unwrap();
                if (writer + round) % 3 == 0 {
                    // Written and then undone: what Postgres refuses gives its positions back.
                    let mut refused = event("thing.refused");
                    refused.actor.id = "nul \0 is refused".to_owned();
                    let batch = vec![event("thing.lost"), refused];
                    store.recorder().record(batch, now).await.unwrap_err();
                }
            }
        });
    }
    writers.join_all().await;
    let expected: Vec<i64> = (0..16 * 8 * 4).collect();
    let mut connection = app(&test).await;
    let found: Vec<i64> = sqlx::query_scalar(SEQS)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, expected);
    let positions: Vec<i64> = sqlx::query_scalar("select seq from log_positions order by seq")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(positions, expected);
}

#[tokio::test]
async fn time_of_receipt_never_goes_back_along_the_trail() {
    let test = TestStore::new().await.unwrap();
    let now = Utc::now();
    let recorder = test.store.recorder();
    recorder.record(events(1), now).await.unwrap();
    recorder
        .record(events(1), now - chrono::TimeDelta::hours(1))
        .await
        .unwrap();
    let rising: bool = sqlx::query_scalar(
        "select (array_agg(received_at order by seq))[1] <= (array_agg(received_at order by seq))[2] from logs",
    )
    .fetch_one(&mut app(&test).await)
    .await
    .unwrap();
    assert!(rising);
}

#[tokio::test]
async fn the_same_id_is_stored_once_and_acknowledged_twice() {
    let test = TestStore::new().await.unwrap();
    let one = event("thing.changed");
    let first = test
        .store
        .recorder()
        .record(vec![one.clone(), one.clone()], Utc::now())
        .await
        .unwrap();
    assert_eq!((first[0].seq, first[0].duplicate), (0, false));
    assert_eq!((first[1].seq, first[1].duplicate), (0, true));
    let again = test
        .store
        .recorder()
        .record(vec![one.clone()], Utc::now())
        .await
        .unwrap();
    assert_eq!(
        (again[0].id, again[0].seq, again[0].duplicate),
        (one.id, 0, true)
    );
    assert_eq!(record(&test, 1).await, [1]);
}

#[tokio::test]
async fn events_cross_into_the_next_partition() {
    let test = TestStore::new().await.unwrap();
    let mut owner = test.connect_as("auditorium_owner").await.unwrap();
    // As many positions, and a tree with as many subtrees as that size has.
    sqlx::query(
        "update trail_head set size = (1 << 21) - 2, sealed = (1 << 21) - 2, \
         frontier = decode('00000000001ffffe' || repeat('00', 20 * 32), 'hex')",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    // The partition that a restore or a jump left out is made on the way.
    sqlx::query("select logs_add_partition((1 << 21) - 2)")
        .execute(&mut owner)
        .await
        .unwrap();
    assert_eq!(record(&test, 4).await.last(), Some(&((1 << 21) + 1)));
    let partitions: Vec<String> = sqlx::query_scalar(
        "select inhrelid::regclass::text from pg_inherits where inhparent = 'logs'::regclass order by 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(
        partitions,
        ["logs_000000", "logs_000001", "logs_000002", "logs_000003"]
    );
}

#[tokio::test]
async fn the_application_can_insert_and_read_and_nothing_else() {
    let test = TestStore::new().await.unwrap();
    record(&test, 2).await;
    let mut connection = app(&test).await;
    for statement in [
        "update logs set action = 'x'",
        "delete from logs",
        "truncate logs",
        "update logs_000000 set action = 'x'",
        "delete from logs_000000",
        "truncate logs_000000",
        "alter table logs_000000 add column x int",
        "alter table logs detach partition logs_000000",
        "drop table logs_000000",
        "alter table logs disable trigger all",
        "delete from log_positions",
        "update log_positions set seq = 7",
        "truncate log_positions",
        "delete from trail_head",
        "delete from log_deletions",
        "insert into log_truncations select",
        "update log_blocks set terms = '{}'",
        "select log_blocks_build(0, 1)",
        "create table mine (x int)",
        "set role auditorium_owner",
        "set session_replication_role = replica",
    ] {
        let refused = sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(|e| e.code().map(std::borrow::Cow::into_owned));
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {refused}");
    }
    let found: Vec<i64> = sqlx::query_scalar(SEQS)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, [0, 1]);
}

async fn truncations(connection: &mut PgConnection) -> Vec<(i64, String, String)> {
    sqlx::query_as(
        "select seq, actor_id, resource_id from logs where action = 'logs.truncated' order by seq",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn truncating_the_table_is_recorded_once() {
    let test = TestStore::new().await.unwrap();
    record(&test, 3).await;
    let mut operator = test.connect_as("auditorium_operator").await.unwrap();
    sqlx::query("truncate logs")
        .execute(&mut operator)
        .await
        .unwrap();
    let who = "postgres:auditorium_operator".to_owned();
    assert_eq!(
        truncations(&mut operator).await,
        [(3, who.clone(), "logs".to_owned())]
    );
    assert_eq!(
        record(&test, 1).await,
        [4],
        "the trail goes on where it stood"
    );
    let kept: i64 = sqlx::query_scalar("select count(*) from log_positions")
        .fetch_one(&mut operator)
        .await
        .unwrap();
    assert_eq!(kept, 5);
}

#[tokio::test]
async fn truncating_one_partition_is_recorded_once() {
    let test = TestStore::new().await.unwrap();
    record(&test, 3).await;
    let mut operator = test.connect_as("auditorium_operator").await.unwrap();
    sqlx::query("truncate logs_000001")
        .execute(&mut operator)
        .await
        .unwrap();
    let who = "postgres:auditorium_operator".to_owned();
    assert_eq!(
        truncations(&mut operator).await,
        [(3, who.clone(), "logs_000001".to_owned())]
    );
    sqlx::query("truncate logs_000000")
        .execute(&mut operator)
        .await
        .unwrap();
    assert_eq!(
        truncations(&mut operator).await,
        [(4, who, "logs_000000".to_owned())]
    );
}

#[tokio::test]
async fn a_second_truncation_in_a_transaction_cannot_hide_the_first() {
    let test = TestStore::new().await.unwrap();
    record(&test, 3).await;
    let mut operator = test.connect_as("auditorium_operator").await.unwrap();
    let mut transaction = operator.begin().await.unwrap();
    sqlx::query("truncate logs")
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query("truncate logs")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let found = truncations(&mut operator).await;
    assert_eq!(found.len(), 1, "the event of the last one stands");
    assert_eq!(found[0].0, 4);
}

#[tokio::test]
async fn truncating_while_others_record_stops_neither() {
    let test = TestStore::new().await.unwrap();
    let writers = (0..4).map(|_| {
        let store = test.store.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                store
                    .recorder()
                    .record(events(2), Utc::now())
                    .await
                    .unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut operator = test.connect_as("auditorium_operator").await.unwrap();
    for statement in ["truncate logs", "truncate logs_000000", "truncate logs"] {
        sqlx::query(statement).execute(&mut operator).await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let (rows, head): (i64, i64) =
        sqlx::query_as("select (select count(*) from log_positions), size from trail_head")
            .fetch_one(&mut operator)
            .await
            .unwrap();
    assert_eq!((rows, head), (163, 163));
}

async fn delete(connection: &mut PgConnection, id: Uuid, seqs: &[i64]) -> sqlx::Result<(i64, i64)> {
    sqlx::query_as("select * from logs_delete($1, now(), 'u1', 'asked by the subject', '', $2)")
        .bind(id)
        .bind(seqs)
        .fetch_one(connection)
        .await
}

#[tokio::test]
async fn a_deletion_spares_what_keeps_its_term_and_keeps_positions() {
    let test = TestStore::new().await.unwrap();
    let mut batch = events(3);
    batch.extend(
        [
            "user.created",
            "login.failure",
            "action.executed",
            "action.proposed",
            "query.execute",
        ]
        .map(event),
    );
    test.store
        .recorder()
        .record(batch, Utc::now())
        .await
        .unwrap();
    let id = Uuid::now_v7();
    let mut connection = app(&test).await;
    let mut transaction = connection.begin().await.unwrap();
    let counts = delete(&mut transaction, id, &[1, 2, 3, 4, 5, 6, 7, 900])
        .await
        .unwrap();
    assert_eq!(counts, (3, 4), "unknown positions count for nothing");
    let refused = transaction.commit().await.unwrap_err();
    assert!(refused.to_string().contains("has no event"), "{refused}");
    let found: Vec<i64> = sqlx::query_scalar(SEQS)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn a_deletion_without_a_reason_is_refused() {
    let test = TestStore::new().await.unwrap();
    record(&test, 2).await;
    let refused = sqlx::query("select * from logs_delete($1, now(), 'u1', '  x ', '', '{1}')")
        .bind(Uuid::now_v7())
        .execute(&mut app(&test).await)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("needs a reason"), "{refused}");
}
