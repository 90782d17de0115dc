//! Bundles as the product makes them, verified by the policy alone.

use model::deletion::DeletionRequest;
use model::permission::{Permission, Role};
use model::person::Person;
use service::bundles::{BundleRequest, start};
use service::{Caller, Credential, Error};
use sqlx::AssertSqlSafe;
use trail::bundle::Feed;
use trail::policy::Policy;
use trail::verify::{Damage, Report, Step, Verifier};

use crate::world::{World, system};

fn policy(world: &World) -> Policy {
    Policy::of_logs(vec![world.sealer.keys().log.verifying_key().clone()])
}

/// The lines of a bundle that was taken while the trail is sealed.
async fn take(world: &World, request: BundleRequest) -> String {
    take_as(world, &system(), request).await
}

async fn take_as(world: &World, caller: &Caller, request: BundleRequest) -> String {
    world.sealer.turn(&world.services).await.unwrap();
    let (services, sealer) = (world.services.clone(), world.sealer.clone());
    let mut committed = services.store.recorder().committed();
    let sealing = tokio::spawn(async move {
        while committed.recv().await.is_ok() {
            sealer.turn(&services).await.unwrap();
        }
    });
    let mut bundle = start(&world.services, caller, request).await.unwrap();
    let mut packed = Vec::new();
    while let Some(bytes) = bundle.bytes.recv().await {
        packed.extend(bytes.unwrap());
    }
    sealing.abort();
    std::io::read_to_string(flate2::read::GzDecoder::new(packed.as_slice())).unwrap()
}

/// The verdict, and what is said of holes.
fn verify(text: &str, policy: Policy) -> (Report, Vec<(u64, String)>) {
    let mut verifier = Verifier::new(Some(policy), 0);
    let mut holes = Vec::new();
    let mut line = |line: &[u8]| {
        if let Ok(Step::Hole(hole, _)) = verifier.push_line(line) {
            let why: serde_json::Value = serde_json::from_str(hole.why).unwrap();
            holes.push((hole.position, why["cause"].as_str().unwrap().to_owned()));
        }
    };
    let mut feed = Feed::default();
    feed.chunk(text.as_bytes(), &mut line);
    feed.finish(&mut line);
    (verifier.finish(), holes)
}

fn ask(query: &str) -> BundleRequest {
    BundleRequest {
        query: query.to_owned(),
        reason: "quarterly review".to_owned(),
        ..BundleRequest::default()
    }
}

async fn tamper(world: &World, statement: &str) {
    let mut connection = world.database.connect_as("auditorium_owner").await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_bundle_of_everything_proves_itself_and_says_who_took_it() {
    let world = World::new().await;
    world.record(3_000).await;
    let text = take(&world, ask("")).await;
    let (report, holes) = verify(&text, policy(&world));
    assert_eq!(report.findings, []);
    assert!(report.is_proved());
    assert_eq!(holes, []);
    // Also the first of all, and the one that says that this export began.
    assert_eq!(report.counts.events, 3_002);
    let export = report.export.unwrap();
    assert_eq!(export.position, 3_002);
    assert_eq!(export.event["details"]["reason"], "quarterly review");
    assert_eq!(export.event["actor"]["id"], "test");
}

#[tokio::test]
async fn a_query_leaves_the_rest_out_and_the_bundle_still_proves_itself() {
    let world = World::new().await;
    world.record(3_000).await;
    for (query, events) in [
        ("resource:dataset/777", 1),
        ("action:query.execute", 3_000),
        ("action:nothing.like_it", 0),
    ] {
        let (report, _) = verify(&take(&world, ask(query)).await, policy(&world));
        assert_eq!(report.findings, [], "{query}");
        assert!(report.is_proved());
        assert_eq!(report.counts.events, events, "{query}");
    }
}

#[tokio::test]
async fn hidden_fields_are_not_in_the_file_and_the_rest_proves_itself() {
    let world = World::new().await;
    world.record(20).await;
    let hide = vec!["/details".to_owned()];
    let text = take(&world, BundleRequest { hide, ..ask("") }).await;
    assert!(!text.contains("share"));
    let (report, _) = verify(&text, policy(&world));
    assert_eq!(report.findings, []);
    assert!(report.is_proved() && report.export.is_some());
    let head = report.head.unwrap().disclosed.unwrap();
    assert!(!head.contains(&"/details".to_owned()) && head.contains(&"/actor/ip".to_owned()));
    let unknown = BundleRequest {
        hide: vec!["/action".to_owned()],
        ..ask("")
    };
    let refused = start(&world.services, &system(), unknown).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}

#[tokio::test]
async fn a_deletion_shows_as_holes_and_a_bundle_from_before_still_proves_itself() {
    let world = World::new().await;
    world.record(600).await;
    let before = take(&world, ask("")).await;
    delete(&world, "resource:dataset/300").await;
    let (report, holes) = verify(&take(&world, ask("")).await, policy(&world));
    assert_eq!(report.findings, []);
    assert_eq!(holes, [(301, "deleted".to_owned())]);
    let (report, holes) = verify(&before, policy(&world));
    assert!(report.is_proved() && holes.is_empty());
}

async fn delete(world: &World, query: &str) {
    let preview = service::deletions::preview(&world.services, &system(), query, &[])
        .await
        .unwrap();
    let deletion = DeletionRequest {
        query: query.to_owned(),
        ids: Vec::new(),
        up_to_seq: preview.up_to_seq,
        reason: "the term is over".to_owned(),
        confirmation: preview.confirmation,
    };
    service::deletions::delete(&world.services, &system(), &deletion)
        .await
        .unwrap();
}

#[tokio::test]
async fn after_a_truncate_the_bundle_shows_what_it_took() {
    let world = World::new().await;
    world.record(30).await;
    tamper(&world, "truncate logs").await;
    world.record(5).await;
    let (report, holes) = verify(&take(&world, ask("")).await, policy(&world));
    assert_eq!(report.findings, []);
    assert!(report.is_proved());
    assert_eq!(holes.len(), 31);
    assert!(
        holes.iter().all(|(_, cause)| cause == "truncated"),
        "{holes:?}"
    );
}

#[tokio::test]
async fn what_was_changed_by_sql_is_named_by_its_position() {
    let world = World::new().await;
    world.record(600).await;
    world.seal().await;
    tamper(
        &world,
        "update logs set details = '{\"rows\": 8}' where seq = 7;
         update logs set team = 'other' where seq = 400;
         delete from logs where seq = 500",
    )
    .await;
    let (report, holes) = verify(&take(&world, ask("")).await, policy(&world));
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            (
                *finding.positions.as_ref().unwrap().start(),
                &finding.damage,
            )
        })
        .collect();
    assert!(
        matches!(
            found.as_slice(),
            [(7, Damage::Fields), (400, Damage::Public)]
        ),
        "{found:?}"
    );
    assert_eq!(holes, [(500, "missing".to_owned())]);
    let (report, _) = verify(
        &take(&world, ask("resource:dataset/6")).await,
        policy(&world),
    );
    assert_eq!(report.findings.len(), 1);
}

#[tokio::test]
async fn a_bundle_continues_the_checkpoint_that_was_seen_before() {
    let world = World::new().await;
    world.record(20).await;
    world.seal().await;
    let old = take(&world, ask("")).await;
    let seen = crate::world::published(&world.services).await.unwrap();
    world.record(50).await;
    let pins = vec![seen.size];
    let text = take(&world, BundleRequest { pins, ..ask("") }).await;
    let mut pinned = policy(&world);
    pinned.pin(seen);
    let (report, _) = verify(&text, pinned.clone());
    assert_eq!(report.findings, []);
    pinned.pin(crate::world::published(&world.services).await.unwrap());
    let (report, _) = verify(&old, pinned);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| matches!(finding.damage, Damage::Replayed { .. })),
        "{:?}",
        report.findings
    );
}

#[tokio::test]
async fn who_may_not_read_restricted_events_gets_a_proof_without_them() {
    let world = World::new().await;
    world.record(30).await;
    let reader = token(vec![Permission::LogsRead, Permission::LogsExport]);
    let text = take_as(&world, &reader, ask("")).await;
    // `trail.started` is of the category admin, `export.started` of security.
    assert!(!text.contains("trail.started"));
    let (report, holes) = verify(&text, policy(&world));
    assert_eq!(
        (report.findings.as_slice(), holes.len()),
        ([].as_slice(), 0)
    );
    assert!(report.is_proved() && report.counts.events == 30);
    let viewer = token(vec![Permission::LogsRead]);
    let refused = start(&world.services, &viewer, ask("")).await;
    assert!(
        matches!(refused, Err(Error::Forbidden { .. })),
        "{refused:?}"
    );
}

/// An owner's token of these scopes.
fn token(scopes: Vec<Permission>) -> Caller {
    let id = uuid::Uuid::from_u128(7);
    let person = Person {
        id,
        name: "Ada".to_owned(),
        email: "ada@example.org".to_owned(),
        role: Role::Owner,
    };
    Caller::person(
        person,
        Credential::Token { id, scopes },
        service::Origin::default(),
    )
}

#[tokio::test]
async fn where_nothing_is_sealed_no_bundle_begins() {
    let world = World::new().await;
    let refused = start(&world.services, &system(), ask("")).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    let nobody = Caller::anonymous(service::Origin::default());
    let refused = start(&world.services, &nobody, ask("")).await;
    assert!(
        matches!(refused, Err(Error::Unauthenticated)),
        "{refused:?}"
    );
}
