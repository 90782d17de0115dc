//! Logs that somebody changes in the object store are found, named and dated.

use model::integrity::LogDamageKind;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use service::trail::check_next_logs;

use crate::World;

/// Compares every log, as if the round before had begun long ago.
async fn compare(world: &World) -> Vec<(LogDamageKind, bool)> {
    sqlx::query("update trail_log_cursor set seq = 0, round_at = '-infinity'")
        .execute(world.services.store.pool())
        .await
        .unwrap();
    check_next_logs(&world.services).await.unwrap();
    let damage = world.services.store.log_damage(10).await.unwrap();
    damage
        .into_iter()
        .map(|log| (log.kind, log.intact_at.is_some()))
        .collect()
}

#[tokio::test]
async fn a_log_that_was_changed_or_removed_in_the_bucket_is_found_even_with_its_table_changed() {
    let world = World::new().await;
    let task = world.open().await;
    world.write(&task, b"42 rows\n", 64).await;
    world.finish(&task, 0).await;
    service::task_logs::move_parts(&world.services)
        .await
        .unwrap();
    let store = &world.services.store;
    store.seal_pending().await.unwrap();
    assert_eq!(compare(&world).await, []);
    assert_eq!(store.log_checks().await.unwrap().0, 1);

    let object: String = sqlx::query_scalar("select log_object from tasks")
        .fetch_one(store.pool())
        .await
        .unwrap();
    let place = Path::from(object);
    let logs = &store.objects.logs;
    logs.put(&place, "43 rows\n".into()).await.unwrap();
    sqlx::query("update tasks set log_sha256 = sha256('43 rows\n')")
        .execute(store.pool())
        .await
        .unwrap();
    let altered = [(LogDamageKind::Altered, true)];
    assert_eq!(compare(&world).await, altered);
    assert_eq!(compare(&world).await, altered);

    logs.put(&place, "42 rows\n".into()).await.unwrap();
    assert_eq!(compare(&world).await, []);
    logs.delete(&place).await.unwrap();
    assert_eq!(compare(&world).await, [(LogDamageKind::Missing, true)]);

    let told = world.actions().await;
    let told = told
        .iter()
        .filter(|(_, action, _)| action == "trail.damaged");
    assert_eq!(told.count(), 2, "each damage is told of once");
}

#[tokio::test]
async fn a_round_reads_each_log_once_and_the_next_waits() {
    let world = World::new().await;
    let task = world.open().await;
    world.write(&task, b"x\n", 64).await;
    world.finish(&task, 0).await;
    service::task_logs::move_parts(&world.services)
        .await
        .unwrap();
    let (store, now) = (&world.services.store, world.services.now());
    store.seal_pending().await.unwrap();
    let round = chrono::Duration::hours(1);
    assert_eq!(store.logs_to_check(now, round).await.unwrap().len(), 1);
    assert_eq!(store.logs_to_check(now, round).await.unwrap(), []);
    let later = now + round;
    assert_eq!(store.logs_to_check(later, round).await.unwrap().len(), 1);
}
