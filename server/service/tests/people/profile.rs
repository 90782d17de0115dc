//! One's own address.

use model::permission::Role;
use secrecy::SecretString;
use service::{Error, profile};

use crate::world::{GOOD, World};

#[tokio::test]
async fn an_address_changes_with_the_password_and_signs_in_from_then_on() {
    let world = World::new().await;
    let owner = world.owner().await;
    let viewer = world.person(&owner, "v@example.org", Role::Viewer).await;
    let wrong = SecretString::from("not the password at all");
    let refused = profile::change_email(&world.services, &viewer, "w@example.org", wrong).await;
    assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors[0].path == "current"));
    profile::change_email(&world.services, &viewer, " W@Example.org ", GOOD.into())
        .await
        .unwrap();
    assert!(
        world
            .try_password("192.0.2.1", "v@example.org", GOOD)
            .await
            .is_err()
    );
    let signed_in = world.try_password("192.0.2.1", "w@example.org", GOOD).await;
    let caller = world.caller(&signed_in.unwrap()).await;
    assert_eq!(caller.person.unwrap().email, "w@example.org");
    let actions = world.actions().await;
    assert!(actions.contains(&"user.updated".to_owned()));
    assert!(actions.contains(&"password.change_refused".to_owned()));
}

#[tokio::test]
async fn the_address_of_somebody_else_is_taken() {
    let world = World::new().await;
    let owner = world.owner().await;
    let viewer = world.person(&owner, "v@example.org", Role::Viewer).await;
    let taken = profile::change_email(&world.services, &viewer, "owner@localhost", GOOD.into());
    assert!(matches!(taken.await, Err(Error::Invalid(errors)) if errors[0].path == "email"));
}
