//! Signing: what a kill leaves behind, who may sign, and when nobody may.

use service::trail::{Keys, Sealer, Step, Turn, start};

use crate::world::{World, published, record, services};

#[tokio::test]
async fn the_first_event_names_the_trail_and_a_checkpoint_covers_what_was_recorded() {
    let world = World::new().await;
    let first = &world.services.store.events_from(0, 1).await.unwrap()[0];
    assert_eq!(first.action, "trail.started");
    let origin = world.services.store.trail_origin().await.unwrap().unwrap();
    assert_eq!(first.details.as_ref().unwrap()["log_key"], origin.log_key);
    world.record(30).await;
    assert_eq!(world.seal().await, 31);
    let checkpoint = published(&world.services).await.unwrap();
    assert_eq!(checkpoint.size, 31);
    assert_eq!(checkpoint.origin, origin.origin);
    let root = world.services.store.trail_root(31).await.unwrap();
    assert_eq!(checkpoint.root, root);
    assert_eq!(
        world.sealer.turn(&world.services).await.unwrap(),
        Turn::Idle,
        "nothing was recorded since"
    );
}

#[tokio::test]
async fn a_kill_after_any_step_loses_no_checkpoint_and_forks_nothing() {
    for last in [Step::Tiles, Step::Signed, Step::Chained] {
        let world = World::new().await;
        world.record(5).await;
        world.seal().await;
        world.record(300).await;
        world
            .sealer
            .turn_until(&world.services, last)
            .await
            .unwrap();
        // Another process, which knows nothing but the files, the chain and the database.
        world.record(1).await;
        let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
        let next = Sealer::new(keys);
        assert_eq!(
            next.turn(&world.services).await.unwrap(),
            Turn::Sealed(307),
            "after {last:?}"
        );
        let chain = chain(&world).await;
        let sizes: Vec<u64> = chain.iter().map(|checkpoint| checkpoint.size).collect();
        let expected: &[u64] = if last == Step::Chained {
            &[6, 306, 307]
        } else {
            &[6, 307]
        };
        assert_eq!(sizes, expected, "after {last:?}");
        for checkpoint in chain {
            let root = world.services.store.trail_root(checkpoint.size).await;
            assert_eq!(checkpoint.root, root.unwrap());
        }
    }
}

/// All links, which must be numbered without a gap.
async fn chain(world: &World) -> Vec<trail::checkpoint::Checkpoint> {
    let mut links = Vec::new();
    while let Some(link) = world
        .services
        .store
        .link(i64::try_from(links.len()).unwrap())
        .await
        .unwrap()
    {
        let note = trail::note::Note::parse(&link.note).unwrap();
        links.push(trail::checkpoint::Checkpoint::of(&note).unwrap());
    }
    links
}

#[tokio::test]
async fn processes_that_sign_at_once_make_one_chain() {
    let world = World::new().await;
    let mut signing = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let services = services(&world.database);
        let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
        signing.spawn(async move {
            let sealer = Sealer::new(keys);
            for _ in 0..10 {
                record(&services, 7).await;
                sealer.turn(&services).await.unwrap();
            }
        });
    }
    while let Some(ended) = signing.join_next().await {
        ended.unwrap();
    }
    world.sealer.turn(&world.services).await.unwrap();
    let chain = chain(&world).await;
    assert!(chain.is_sorted_by(|a, b| a.size < b.size), "{chain:?}");
    assert_eq!(chain.last().unwrap().size, 281);
    for checkpoint in chain {
        let root = world.services.store.trail_root(checkpoint.size).await;
        assert_eq!(checkpoint.root, root.unwrap());
    }
    assert_eq!(world.services.store.open_refusal().await.unwrap(), None);
}

#[tokio::test]
async fn a_restored_dump_is_recorded_and_not_sealed() {
    let world = World::new().await;
    world.record(20).await;
    world.seal().await;
    let dump = world.database.copy(true).await.unwrap();
    world.record(20).await;
    world.seal().await;
    // The dump brings its checkpoints along; the chain in the object store does not go back.
    let restored = services(&dump);
    let sealer = start(&restored, world.keys.path()).await.unwrap().unwrap();
    let turn = sealer.turn(&restored).await.unwrap();
    let Turn::Refused(reason) = turn else {
        panic!("sealed a restored dump: {turn:?}")
    };
    assert!(reason.contains("restored from an older copy"), "{reason}");
    record(&restored, 3).await;
    let kept = restored.store.open_refusal().await.unwrap().unwrap();
    assert_eq!(kept.reason, reason);
    let refused = restored.store.events_from(21, 1).await.unwrap();
    assert_eq!(refused[0].action, "trail.refused");
    assert_eq!(refused[0].error_message.as_deref(), Some(&*reason));
    // Growing past the chain does not help: the history is another one.
    record(&restored, 100).await;
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let turn = Sealer::new(keys).turn(&restored).await.unwrap();
    assert!(
        matches!(&turn, Turn::Refused(reason) if reason.contains("another history")),
        "{turn:?}"
    );
}

#[tokio::test]
async fn a_restored_dump_beside_an_empty_bucket_is_found_by_what_was_signed_last() {
    let world = World::new().await;
    world.record(20).await;
    let dump = world.database.copy(false).await.unwrap();
    world.record(20).await;
    world.seal().await;
    let restored = services(&dump);
    let sealer = start(&restored, world.keys.path()).await.unwrap().unwrap();
    let turn = sealer.turn(&restored).await.unwrap();
    assert!(
        matches!(&turn, Turn::Refused(reason) if reason.starts_with("What was signed last")),
        "{turn:?}"
    );
}

#[tokio::test]
async fn of_two_primaries_on_one_bucket_one_seals() {
    let world = World::new().await;
    world.record(20).await;
    world.seal().await;
    // A standby that was promoted while the old primary went on.
    let promoted = world.database.copy(true).await.unwrap();
    let other = services(&promoted);
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let second = Sealer::new(keys);
    record(&other, 10).await;
    assert_eq!(second.turn(&other).await.unwrap(), Turn::Sealed(31));
    world.record(50).await;
    let turn = world.sealer.turn(&world.services).await.unwrap();
    assert!(
        matches!(&turn, Turn::Refused(reason) if reason.contains("another history")),
        "{turn:?}"
    );
    record(&other, 1).await;
    assert_eq!(second.turn(&other).await.unwrap(), Turn::Sealed(32));
}

#[tokio::test]
async fn a_checkpoint_of_another_key_in_the_chain_is_refused() {
    let world = World::new().await;
    world.record(3).await;
    let forger = trail::note::SigningKey::from_seed(
        world.sealer.keys().log.name(),
        trail::note::Algorithm::Ed25519,
        &[7; 32],
    )
    .unwrap();
    let fake = trail::checkpoint::Checkpoint {
        origin: forger.name().to_owned(),
        size: 2,
        root: world.services.store.trail_root(2).await.unwrap(),
    };
    let mut note = fake.note().unwrap();
    note.sign(&forger).unwrap();
    let link = store::trail::Link {
        number: 0,
        note: note.to_string(),
    };
    assert!(world.services.store.add_link(&link).await.unwrap());
    let turn = world.sealer.turn(&world.services).await.unwrap();
    assert!(
        matches!(&turn, Turn::Refused(reason) if reason.contains("not signed with this trail's key")),
        "{turn:?}"
    );
}

#[tokio::test]
async fn sealing_goes_on_when_the_reason_is_gone_and_both_are_events() {
    let world = World::new().await;
    world.record(3).await;
    world.seal().await;
    world.record(3).await;
    let chain = world.database.folder.path().join("archive/chain");
    let aside = world.database.folder.path().join("aside");
    std::fs::rename(&chain, &aside).unwrap();
    let turn = world.sealer.turn(&world.services).await.unwrap();
    assert!(
        matches!(&turn, Turn::Refused(reason) if reason.contains("gone from the object store")),
        "{turn:?}"
    );
    std::fs::rename(&aside, &chain).unwrap();
    world.seal().await;
    assert_eq!(world.services.store.open_refusal().await.unwrap(), None);
    let actions: Vec<String> = world
        .services
        .store
        .events_from(7, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.action)
        .collect();
    assert_eq!(actions, ["trail.refused", "trail.resumed"]);
}
