//! Proofs of single events, as somebody with nothing but the policy checks them.

use model::event::Receipt as Acknowledgement;
use service::Error;
use service::trail::{receipt, wait_for_checkpoint};
use trail::leaf::Leaf;
use trail::policy::Policy;
use trail::receipt::Receipt;

use crate::world::{World, system};

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn policy(world: &World) -> Policy {
    Policy::of_logs(vec![
        world.sealer.keys().log.verifying_key().clone(),
        world.sealer.keys().cosigner.verifying_key().clone(),
    ])
}

#[tokio::test]
async fn the_proof_of_an_event_verifies_with_the_log_key_alone() {
    let world = World::new().await;
    world.record(600).await;
    world.seal().await;
    let event = &world.services.store.events_from(300, 1).await.unwrap()[0];
    let proof = receipt(&world.services, &system(), event.id).await.unwrap();
    let text = Receipt::parse(&proof.receipt).unwrap();
    let leaf = bytes(&proof.leaf);
    assert_eq!(text.index, 300);
    let now = u64::try_from(world.services.now().timestamp()).unwrap();
    text.verify(&leaf, &policy(&world), now).unwrap();
    let mut other = leaf.clone();
    other[40] ^= 1;
    assert!(text.verify(&other, &policy(&world), now).is_err());
    let decoded = Leaf::decode(&leaf).unwrap();
    assert_eq!(decoded.id, event.id);
    let opening = proof.opening.unwrap();
    let salt = opening.salt.parse().unwrap();
    assert_eq!(
        trail::field::commit_public(&salt, &opening.public),
        decoded.public
    );
    assert!(opening.fields.iter().any(|field| field.path == "/details"));
}

#[tokio::test]
async fn before_the_checkpoint_there_is_no_proof_and_waiting_brings_it() {
    let world = World::new().await;
    world.record(3).await;
    let event = world.services.store.events_from(3, 1).await.unwrap()[0].clone();
    let early = receipt(&world.services, &system(), event.id).await;
    assert!(matches!(early, Err(Error::Conflict(_))), "{early:?}");
    let sent = [Acknowledgement {
        id: event.id,
        seq: 3,
        duplicate: false,
    }];
    let (texts, _) = tokio::join!(wait_for_checkpoint(&world.services, &sent), world.seal());
    let text = Receipt::parse(&texts.unwrap()[0].receipt).unwrap();
    let leaf = world.services.store.leaves(3, 4).await.unwrap()[0].encode();
    let now = u64::try_from(world.services.now().timestamp()).unwrap();
    text.verify(&leaf, &policy(&world), now).unwrap();
}
