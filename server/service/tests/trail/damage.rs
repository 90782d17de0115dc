//! What somebody does with SQL behind the product's back is found, named and dated.

use model::integrity::DamageKind;
use service::trail::check_next;
use sqlx::AssertSqlSafe;

use crate::world::World;

const OWNER: &str = "auditorium_owner";

/// Runs a statement as a role that is not the application's.
async fn tamper(world: &World, role: &str, statement: &str) {
    let mut connection = world.database.connect_as(role).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
}

/// Kind, first and last position of what the page would show, and whether it is dated.
async fn found(world: &World) -> Vec<(DamageKind, i64, i64, bool)> {
    check_next(&world.services).await.unwrap();
    let damage = world.services.store.damage(10).await.unwrap();
    damage
        .into_iter()
        .map(|d| (d.kind, d.first, d.last, d.intact_at.is_some()))
        .collect()
}

/// A trail of 41 events that was compared once and found whole.
async fn intact() -> World {
    let world = World::new().await;
    world.record(40).await;
    world.seal().await;
    assert_eq!(found(&world).await, []);
    world
}

#[tokio::test]
async fn a_changed_row_is_found() {
    for change in [
        "update logs set details = '{\"rows\": 8}' where seq = 7",
        "update logs set actor_ip = '10.0.0.1' where seq = 7",
        "update logs set status = 'denied' where seq = 7",
        "update logs set team = 'other' where seq = 7",
        "update logs set category = 'activity' where seq = 7",
        "update logs set received_at = received_at - interval '1 day' where seq = 7",
        "update logs set occurred_at = occurred_at + interval '1 microsecond' where seq = 7",
    ] {
        let world = intact().await;
        tamper(&world, OWNER, change).await;
        assert_eq!(
            found(&world).await,
            [(DamageKind::Altered, 7, 7, true)],
            "{change}"
        );
        let last = world.services.store.events_from(41, 1).await.unwrap();
        assert_eq!(last[0].action, "trail.damaged");
    }
}

#[tokio::test]
async fn deleted_rows_are_found() {
    let world = intact().await;
    tamper(&world, OWNER, "delete from logs where seq between 5 and 9").await;
    assert_eq!(found(&world).await, [(DamageKind::Missing, 5, 9, true)]);
}

#[tokio::test]
async fn a_deletion_that_nobody_recorded_does_not_explain_a_hole() {
    let world = intact().await;
    tamper(
        &world,
        OWNER,
        "alter table log_deletions disable trigger user;
         insert into log_deletions values ('0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88', now(), 'x', 'because', '', 5, 0);
         insert into log_deleted_positions values ('0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88', 5, 9, '{[5,10)}');
         delete from logs where seq between 5 and 9",
    )
    .await;
    assert_eq!(found(&world).await, [(DamageKind::Missing, 5, 9, true)]);
}

#[tokio::test]
async fn a_row_that_was_never_recorded_is_found() {
    let world = intact().await;
    tamper(
        &world,
        OWNER,
        "create temporary table copy as select * from logs where seq = 8;
         update copy set id = gen_random_uuid();
         delete from logs where seq = 8;
         insert into logs select * from copy",
    )
    .await;
    assert_eq!(found(&world).await, [(DamageKind::Foreign, 8, 8, true)]);
}

#[tokio::test]
async fn swapped_and_reordered_rows_are_found() {
    let world = intact().await;
    tamper(
        &world,
        OWNER,
        "update logs set seq = case seq when 11 then 1001 else 1002 end where seq in (11, 12);
         update logs set seq = case seq when 1001 then 12 else 11 end where seq > 1000",
    )
    .await;
    assert_eq!(found(&world).await, [(DamageKind::Moved, 11, 12, true)]);
    let world = intact().await;
    tamper(
        &world,
        OWNER,
        "update logs l set details = o.details from logs o
         where (l.seq, o.seq) in ((11, 12), (12, 11))",
    )
    .await;
    assert_eq!(found(&world).await, [(DamageKind::Altered, 11, 12, true)]);
}

#[tokio::test]
async fn a_truncation_is_a_hole_with_its_author_and_no_damage() {
    for table in ["logs", "logs_000000"] {
        let world = intact().await;
        tamper(&world, "auditorium_operator", &format!("truncate {table}")).await;
        world.seal().await;
        assert_eq!(found(&world).await, [], "{table}");
        let holes = world.services.store.holes(10).await.unwrap();
        assert_eq!(holes.len(), 1);
        assert_eq!((holes[0].first, holes[0].last), (0, 40));
    }
}

#[tokio::test]
async fn an_event_that_the_owner_slips_in_does_not_verify() {
    let world = intact().await;
    tamper(
        &world,
        OWNER,
        "insert into log_positions values ('0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88', 41, now());
         create temporary table copy as select * from logs where seq = 8;
         update copy set id = '0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88', seq = 41, salt = null, field_key = null;
         insert into logs select * from copy;
         update trail_head set size = 42",
    )
    .await;
    world.seal().await;
    let kinds = found(&world).await;
    assert_eq!(kinds, [(DamageKind::Foreign, 41, 41, true)]);
}
