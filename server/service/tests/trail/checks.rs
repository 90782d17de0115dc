//! What the compliance checks and the frame say of the trail.

use model::compliance::Outcome;
use service::compliance::{self, Facts};
use service::trail::{check_next, policy, refusal, status};
use service::{Caller, Services};
use trail::policy::Policy;

use crate::world::{World, system};

async fn outcome(services: &Services, check: &str) -> (Outcome, String) {
    let run = compliance::run(services, &system()).await.unwrap();
    let result = run.result(check).unwrap();
    (result.outcome, result.evidence.clone())
}

/// A sealed trail whose installation knows its folder of keys.
async fn sealed() -> World {
    let mut world = World::new().await;
    world.record(3).await;
    world.seal().await;
    world.services.facts = std::sync::Arc::new(Facts {
        trail_keys: Some(world.keys.path().to_owned()),
        objects_folder: Some(world.database.folder.path().to_owned()),
        ..Facts::default()
    });
    world
}

#[tokio::test]
async fn sealing_and_its_refusal_are_told_by_the_check_and_the_frame() {
    let world = sealed().await;
    let services = &world.services;
    assert_eq!(outcome(services, "trail.sealed").await.0, Outcome::Holds);
    assert_eq!(refusal(services, &system()).await.unwrap(), None);
    let store = &services.store;
    let reason = "The chain is gone.";
    store
        .open_trail_refusal(reason, services.now())
        .await
        .unwrap();
    let (fails, evidence) = outcome(services, "trail.sealed").await;
    assert_eq!(fails, Outcome::Fails);
    assert!(evidence.ends_with(reason), "{evidence}");
    let told = refusal(services, &system()).await.unwrap().unwrap();
    assert_eq!(told.reason, reason);
}

#[tokio::test]
async fn a_stranger_does_not_learn_why_nothing_is_sealed() {
    let world = sealed().await;
    let asked = refusal(
        &world.services,
        &Caller::anonymous(service::Origin::default()),
    )
    .await;
    assert!(matches!(asked, Err(service::Error::Unauthenticated)));
}

#[tokio::test]
async fn the_recovery_key_must_be_moved_away() {
    let world = sealed().await;
    let check = "trail.recovery_key_apart";
    assert_eq!(outcome(&world.services, check).await.0, Outcome::Fails);
    std::fs::remove_file(world.keys.path().join("recovery.key")).unwrap();
    assert_eq!(outcome(&world.services, check).await.0, Outcome::Holds);
}

#[tokio::test]
async fn rows_and_the_store_are_really_tried() {
    let world = sealed().await;
    let services = &world.services;
    let once = outcome(services, "objects.written_once").await;
    assert_eq!(once.0, Outcome::Holds);
    let unknown = outcome(services, "trail.rows_match").await;
    assert_eq!(unknown.0, Outcome::CannotBeChecked);
    check_next(services).await.unwrap();
    assert_eq!(
        outcome(services, "trail.rows_match").await.0,
        Outcome::Holds
    );
    let mut owner = world.database.connect_as("auditorium_owner").await.unwrap();
    sqlx::query("delete from logs where seq = 1")
        .execute(&mut owner)
        .await
        .unwrap();
    services.store.seal_pending().await.unwrap();
    check_next(services).await.unwrap();
    let (fails, evidence) = outcome(services, "trail.rows_match").await;
    assert_eq!(fails, Outcome::Fails);
    assert!(evidence.starts_with("1 position differs"), "{evidence}");
}

#[tokio::test]
async fn the_policy_file_believes_the_newest_checkpoint() {
    let world = sealed().await;
    let text = policy(&world.services, &system()).await.unwrap();
    let policy: Policy = text.parse().unwrap();
    let status = status(&world.services, &system()).await.unwrap();
    let note = trail::note::Note::parse(&status.checkpoint.unwrap().note).unwrap();
    let now = u64::try_from(world.services.now().timestamp()).unwrap();
    policy.check(&note, now).unwrap();
}
