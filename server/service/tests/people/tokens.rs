//! Tokens: their scopes, their end, the local credential.

use chrono::Duration;
use model::permission::{Permission, Role};
use model::token::NewToken;
use secrecy::{ExposeSecret as _, SecretString};
use service::{Error, profile, sessions, tokens, users};

use crate::world::*;

#[tokio::test]
async fn a_token_never_carries_more_than_its_maker_may() {
    let world = World::new().await;
    let owner = world.owner().await;
    let viewer = world.person(&owner, "v@example.org", Role::Viewer).await;
    for scope in [
        Permission::LogsDelete,
        Permission::LogsExport,
        Permission::EventsWrite,
    ] {
        let refused = tokens::create(
            &world.services,
            &viewer,
            token(&[Permission::LogsRead, scope]),
        )
        .await;
        assert!(matches!(refused, Err(Error::Invalid(errors)) if errors[0].path == "scopes"));
    }
    let developer = world.person(&owner, "d@example.org", Role::Developer).await;
    let scopes = [
        Permission::LogsExport,
        Permission::TokensOwn,
        Permission::EventsWrite,
    ];
    let issued = tokens::create(&world.services, &developer, token(&scopes))
        .await
        .unwrap();
    let caller = world.bearer(&issued.secret).await.unwrap();
    assert!(caller.may(Permission::EventsWrite) && caller.may(Permission::LogsExport));
    assert!(!caller.may(Permission::LogsRead));
    let wider = tokens::create(&world.services, &caller, token(&[Permission::LogsRead])).await;
    assert!(matches!(wider, Err(Error::Invalid(_))));
    // What the owner loses, the token loses with it.
    let id = developer.person.as_ref().unwrap().id;
    users::change_role(&world.services, &owner, id, Role::Viewer)
        .await
        .unwrap();
    assert!(
        !world
            .bearer(&issued.secret)
            .await
            .unwrap()
            .may(Permission::LogsExport)
    );
}

#[tokio::test]
async fn a_service_token_carries_only_what_needs_no_person() {
    let world = World::new().await;
    let owner = world.owner().await;
    let service = |scopes: &[Permission]| NewToken {
        for_service: true,
        ..token(scopes)
    };
    let refused = tokens::create(&world.services, &owner, service(&[Permission::LogsRead])).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let issued = tokens::create(&world.services, &owner, service(&[Permission::EventsWrite]))
        .await
        .unwrap();
    let caller = world.bearer(&issued.secret).await.unwrap();
    assert!(caller.person.is_none() && caller.may(Permission::EventsWrite));
    assert_eq!(caller.source(), format!("token:{}", issued.token.id));
}

#[tokio::test]
async fn an_expired_or_revoked_token_is_refused_and_recorded_once_a_minute() {
    let world = World::new().await;
    let owner = world.owner().await;
    let expired = tokens::create(&world.services, &owner, token(&[Permission::LogsRead]))
        .await
        .unwrap();
    assert_eq!(
        expired.token.expires_at.unwrap() - expired.token.created_at,
        Duration::days(90)
    );
    world
        .execute_as_superuser("update tokens set expires_at = now() - interval '1 second'")
        .await;
    let revoked = tokens::create(&world.services, &owner, token(&[Permission::LogsRead]))
        .await
        .unwrap();
    tokens::revoke(&world.services, &owner, revoked.token.id)
        .await
        .unwrap();
    let before = world.actions().await.len();
    for _ in 0..3 {
        for issued in [&expired, &revoked] {
            assert!(matches!(
                world.bearer(&issued.secret).await,
                Err(Error::Unauthenticated)
            ));
        }
    }
    let actions = world.actions().await;
    assert_eq!(
        last(&actions, actions.len() - before),
        ["access.denied", "access.denied"]
    );
    assert!(world.bearer("aud_of-nobody").await.is_err());
}

#[tokio::test]
async fn only_the_owner_or_who_manages_tokens_revokes_one() {
    let world = World::new().await;
    let owner = world.owner().await;
    let viewer = world.person(&owner, "v@example.org", Role::Viewer).await;
    let issued = tokens::create(&world.services, &owner, token(&[Permission::LogsRead]))
        .await
        .unwrap();
    let refused = tokens::revoke(&world.services, &viewer, issued.token.id).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
    let own = tokens::create(&world.services, &viewer, token(&[Permission::LogsRead]))
        .await
        .unwrap();
    tokens::revoke(&world.services, &owner, own.token.id)
        .await
        .unwrap();
    assert!(world.bearer(&own.secret).await.is_err());
}

#[tokio::test]
async fn the_local_credential_acts_for_the_first_owner_and_replaces_the_one_before() {
    let world = World::new().await;
    users::ensure_first_owner(&world.services).await.unwrap();
    let first = tokens::local_credential(&world.services).await.unwrap();
    let second = tokens::local_credential(&world.services).await.unwrap();
    assert_eq!(
        last(&world.actions().await, 3),
        ["api_key.created", "api_key.revoked", "api_key.created"]
    );
    assert!(world.bearer(first.expose_secret()).await.is_err());
    let caller = world.bearer(second.expose_secret()).await.unwrap();
    assert_eq!(caller.role(), Some(Role::Owner));
    assert!(
        Permission::ALL
            .iter()
            .all(|permission| caller.may(*permission))
    );
}

#[tokio::test]
async fn a_token_cannot_change_its_owners_password_or_sessions() {
    let world = World::new().await;
    let owner = world.owner().await;
    let issued = tokens::create(&world.services, &owner, token(&[Permission::UsersManage]))
        .await
        .unwrap();
    let caller = world.bearer(&issued.secret).await.unwrap();
    let refused =
        profile::change_password(&world.services, &caller, None, SecretString::from(OTHER)).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    assert!(matches!(
        sessions::list(&world.services, &caller).await,
        Err(Error::Unauthenticated)
    ));
}
