//! Declared restores: what comes back, who must say so, and what everybody can see afterwards.

use model::integrity::{DamageKind, EventProof, HoleCause};
use model::permission::Role;
use service::trail::{Declaration, Keys, Sealer, Turn, outlook, recover, start};
use service::{Error, Services};
use testing::TestStore;
use trail::checkpoint::Checkpoint;
use trail::note::Note;
use trail::receipt::Receipt;
use trail::tree::verify_inclusion;
use uuid::Uuid;

use crate::world::{World, published, record, services, system};

const OWNER: &str = "owner@localhost";

fn declared(approver: Option<&str>) -> Declaration {
    Declaration {
        owner: OWNER.to_owned(),
        approver: approver.map(str::to_owned),
        reason: "The disk failed; the backup is of Friday.".to_owned(),
    }
}

/// 21 events are in the dump, 400 more were sealed after it; the restored database has recorded a
/// few of its own.
async fn restored(world: &World) -> TestStore {
    service::users::ensure_first_owner(&world.services)
        .await
        .unwrap();
    world.record(20).await;
    world.seal().await;
    let dump = world.database.copy(true).await.unwrap();
    world.record(400).await;
    world.seal().await;
    let after = services(&dump);
    let sealer = start(&after, world.keys.path()).await.unwrap().unwrap();
    record(&after, 3).await;
    let turn = sealer.turn(&after).await.unwrap();
    assert!(matches!(turn, Turn::Refused(_)), "{turn:?}");
    dump
}

#[tokio::test]
async fn after_a_declared_restore_the_trail_goes_on_and_the_loss_is_shown_as_declared() {
    let world = World::new().await;
    let dump = restored(&world).await;
    let before = published(&world.services).await.unwrap();
    let lost_id = world.services.store.events_from(200, 1).await.unwrap()[0].id;
    let receipt = service::trail::receipt(&world.services, &system(), lost_id)
        .await
        .unwrap();
    let after = services(&dump);
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let common = after.store.last_checkpoint().await.unwrap().unwrap().size;
    let ahead = outlook(&after, &keys).await.unwrap();
    assert!(ahead.continues(), "{ahead:?}");
    assert_eq!(i64::try_from(ahead.common).unwrap(), common);
    assert_eq!(ahead.signed, before);
    let event = recover(&after, world.keys.path(), &keys, ahead, declared(None))
        .await
        .unwrap();
    // The same chain, signed on by the same keys.
    let sealed = published(&after).await.unwrap();
    assert_eq!(sealed.origin, before.origin);
    assert!(sealed.size > before.size);
    assert_eq!(
        after.store.trail_root(before.size).await.unwrap(),
        before.root
    );
    assert_eq!(after.store.open_refusal().await.unwrap(), None);
    // What was recorded since the restore moved behind what was lost, content and all.
    let end = i64::try_from(before.size).unwrap();
    let moved = after.store.events_from(end, 100).await.unwrap();
    let actions: Vec<&str> = moved.iter().map(|event| event.action.as_str()).collect();
    let expected = [
        "query.execute",
        "query.execute",
        "query.execute",
        "trail.refused",
    ];
    assert!(actions.starts_with(&expected), "{actions:?}");
    assert!(actions.contains(&"trail.recovered"), "{actions:?}");
    let place = after.store.position_of(lost_id).await.unwrap();
    assert_eq!(place, Some(200), "lost events keep id and position");
    still_proved(&after, lost_id, &receipt).await;
    // The hole is explained, and nothing else is missing.
    let holes = after.store.holes(10).await.unwrap();
    assert_eq!((holes[0].first, holes[0].last), (common, end - 1));
    assert!(
        matches!(&holes[0].cause, HoleCause::Lost { event: e, actor, approver: None, .. } if *e == event && actor == OWNER),
        "{holes:?}"
    );
    let damage = after
        .store
        .check_rows(0, after.store.sealed().await.unwrap())
        .await
        .unwrap();
    assert_eq!(damage, []);
    record(&after, 2).await;
    let signer = Sealer::new(keys);
    assert!(matches!(
        signer.turn(&after).await.unwrap(),
        Turn::Sealed(_)
    ));
}

/// The receipt of before verifies under the new checkpoint's tree, and a new one does.
async fn still_proved(after: &Services, id: Uuid, receipt: &EventProof) {
    let old = Receipt::parse(&receipt.receipt).unwrap();
    let said = Checkpoint::of(&old.checkpoint).unwrap();
    assert_eq!(after.store.trail_root(said.size).await.unwrap(), said.root);
    let again = service::trail::receipt(after, &system(), id).await.unwrap();
    assert_eq!(again.leaf, receipt.leaf);
    assert_eq!(again.opening, None, "the content is lost");
    let proof = Receipt::parse(&again.receipt).unwrap();
    let leaf = after.store.leaves(200, 201).await.unwrap()[0].hash();
    let checkpoint = Checkpoint::of(&proof.checkpoint).unwrap();
    verify_inclusion(leaf, 200, checkpoint.size, &proof.proof, &checkpoint.root).unwrap();
}

#[tokio::test]
async fn a_loss_that_nobody_declared_stays_missing() {
    let world = World::new().await;
    let dump = restored(&world).await;
    let after = services(&dump);
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let ahead = outlook(&after, &keys).await.unwrap();
    let first = i64::try_from(ahead.common).unwrap();
    recover(&after, world.keys.path(), &keys, ahead, declared(None))
        .await
        .unwrap();
    let mut owner = dump.connect_as_superuser().await.unwrap();
    sqlx::query("delete from trail_recoveries")
        .execute(&mut owner)
        .await
        .unwrap();
    let damage = after.store.check_rows(first, first + 10).await.unwrap();
    assert!(damage.iter().all(|(_, kind)| *kind == DamageKind::Missing));
    assert_eq!(damage.len(), 10);
}

#[tokio::test]
async fn where_there_are_two_owners_both_names_are_needed_and_kept() {
    let world = World::new().await;
    let dump = restored(&world).await;
    let after = services(&dump);
    let invitation = service::users::Invitation {
        email: "second@example.org".to_owned(),
        name: "Second".to_owned(),
        role: Role::Owner,
    };
    service::users::invite(&after, &system(), invitation)
        .await
        .unwrap();
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    for (approver, field) in [
        (None, "approver"),
        (Some(OWNER), "approver"),
        (Some("nobody@example.org"), "approver"),
    ] {
        let ahead = outlook(&after, &keys).await.unwrap();
        let refused = recover(&after, world.keys.path(), &keys, ahead, declared(approver)).await;
        let Err(Error::Invalid(fields)) = refused else {
            panic!("{approver:?}: {refused:?}")
        };
        assert_eq!(fields[0].path, field);
    }
    let ahead = outlook(&after, &keys).await.unwrap();
    let approved = declared(Some("second@example.org"));
    recover(&after, world.keys.path(), &keys, ahead, approved)
        .await
        .unwrap();
    let kept = &after.store.recoveries(1).await.unwrap()[0];
    assert_eq!(kept.actor, OWNER);
    assert_eq!(kept.approver.as_deref(), Some("second@example.org"));
}

#[tokio::test]
async fn without_the_leaves_a_new_origin_names_the_last_old_checkpoint() {
    let world = World::new().await;
    let dump = restored(&world).await;
    let before = published(&world.services).await.unwrap();
    std::fs::remove_dir_all(world.database.folder.path().join("archive/tile/entries")).unwrap();
    let after = services(&dump);
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let ahead = outlook(&after, &keys).await.unwrap();
    assert!(!ahead.continues());
    recover(&after, world.keys.path(), &keys, ahead, declared(None))
        .await
        .unwrap();
    let origin = after.store.trail_origin().await.unwrap().unwrap();
    assert_ne!(origin.origin, before.origin);
    assert_eq!(published(&after).await.unwrap().origin, origin.origin);
    let events = after.store.events_from(0, 1000).await.unwrap();
    let started = events
        .iter()
        .rfind(|event| event.action == "trail.started")
        .unwrap();
    let details = started.details.as_ref().unwrap();
    assert_eq!(details["follows"]["size"], before.size);
    let note = details["follows"]["note"].as_str().unwrap();
    let note = Note::parse(note).unwrap();
    assert!(note.is_signed_by(keys.log.verifying_key()).unwrap());
    assert_eq!(Checkpoint::of(&note).unwrap(), before);
    // A process that begins now finds the new keys and goes on.
    let sealer = start(&after, world.keys.path()).await.unwrap().unwrap();
    record(&after, 2).await;
    assert!(matches!(
        sealer.turn(&after).await.unwrap(),
        Turn::Sealed(_)
    ));
    // The old keys sign nothing any more.
    let turn = Sealer::new(keys).turn(&after).await.unwrap();
    assert!(matches!(turn, Turn::Refused(_)), "{turn:?}");
}

#[tokio::test]
async fn a_trail_that_is_sealed_has_nothing_to_declare_and_its_leaves_cannot_be_moved() {
    let world = World::new().await;
    world.record(20).await;
    world.seal().await;
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let refused = outlook(&world.services, &keys).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    let mut app = world
        .database
        .connect_as(store::bootstrap::APP)
        .await
        .unwrap();
    let moved = sqlx::query("select trail_make_room(21, 5)")
        .execute(&mut app)
        .await;
    assert!(moved.unwrap_err().to_string().contains("not refused"));
    world
        .services
        .store
        .open_trail_refusal("test", chrono::Utc::now())
        .await
        .unwrap();
    let moved = sqlx::query("select trail_make_room(5, 5)")
        .execute(&mut app)
        .await;
    assert!(moved.unwrap_err().to_string().contains("covers position 5"));
}
