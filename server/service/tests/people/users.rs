//! Inviting, changing and removing people.

use model::permission::{Permission, Role};
use model::person::PersonState;
use secrecy::SecretString;
use service::sign_in::LinkAnswer;
use service::users::Invitation;
use service::{Caller, Credential, Error, Origin, profile, sessions, tokens, users};

use crate::world::*;

#[tokio::test]
async fn the_last_owner_cannot_go() {
    let world = World::new().await;
    let owner = world.owner().await;
    let system = Caller::system("test");
    let id = owner.person.as_ref().unwrap().id;
    // Invited and without a password: nobody could sign in as this owner.
    let invitation = Invitation {
        email: "next@example.org".to_owned(),
        name: String::new(),
        role: Role::Owner,
    };
    users::invite(&world.services, &owner, invitation)
        .await
        .unwrap();
    let before = world.actions().await.len();
    let refused = [
        users::change_role(&world.services, &owner, id, Role::Viewer)
            .await
            .map(drop),
        users::set_state(&world.services, &system, id, PersonState::Disabled)
            .await
            .map(drop),
        users::delete(&world.services, &system, id, "owner@localhost").await,
    ];
    assert!(
        refused
            .iter()
            .all(|result| matches!(result, Err(Error::Conflict(_))))
    );
    assert_eq!(world.actions().await.len(), before);
}

#[tokio::test]
async fn of_two_owners_who_remove_each_other_one_stays() {
    let world = World::new().await;
    let one = world.owner().await;
    let two = world.person(&one, "two@example.org", Role::Owner).await;
    let (first, second) = tokio::join!(
        users::delete(
            &world.services,
            &one,
            two.person.as_ref().unwrap().id,
            "two@example.org"
        ),
        users::delete(
            &world.services,
            &two,
            one.person.as_ref().unwrap().id,
            "owner@localhost"
        )
    );
    assert!(first.is_ok() ^ second.is_ok());
}

#[tokio::test]
async fn an_admin_touches_no_owner_and_the_attempt_is_recorded() {
    let world = World::new().await;
    let owner = world.owner().await;
    let admin = world.person(&owner, "admin@example.org", Role::Admin).await;
    let owner_id = owner.person.as_ref().unwrap().id;
    let admin_id = admin.person.as_ref().unwrap().id;
    for refused in [
        users::reset_link(&world.services, &admin, owner_id)
            .await
            .map(drop),
        users::change_role(&world.services, &admin, admin_id, Role::Owner)
            .await
            .map(drop),
        users::delete(&world.services, &admin, owner_id, "owner@localhost").await,
    ] {
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
    }
    assert_eq!(last(&world.actions().await, 3), ["access.denied"; 3]);
}

#[tokio::test]
async fn only_those_who_manage_people_see_or_change_them() {
    let world = World::new().await;
    let owner = world.owner().await;
    for role in [
        Role::SecurityAuditor,
        Role::Viewer,
        Role::Developer,
        Role::Operator,
    ] {
        let caller = world
            .person(&owner, &format!("{role}@example.org"), role)
            .await;
        assert!(matches!(
            users::list(&world.services, &caller).await,
            Err(Error::Forbidden { .. })
        ));
        assert!(matches!(
            tokens::list_all(&world.services, &caller).await,
            Err(Error::Forbidden { .. })
        ));
    }
    let nobody = Caller::anonymous(Origin::default());
    assert!(matches!(
        users::list(&world.services, &nobody).await,
        Err(Error::Unauthenticated)
    ));
}

#[tokio::test]
async fn disabling_ends_sessions_and_stops_tokens() {
    let world = World::new().await;
    let owner = world.owner().await;
    let developer = world
        .person(&owner, "dev@example.org", Role::Developer)
        .await;
    let issued = tokens::create(&world.services, &developer, token(&[Permission::LogsRead]))
        .await
        .unwrap();
    assert!(world.bearer(&issued.secret).await.is_ok());
    let id = developer.person.as_ref().unwrap().id;
    users::set_state(&world.services, &owner, id, PersonState::Disabled)
        .await
        .unwrap();
    assert!(matches!(
        world.bearer(&issued.secret).await,
        Err(Error::Unauthenticated)
    ));
    assert!(
        world
            .services
            .store
            .sessions(id, world.services.now())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        world
            .try_password("198.51.100.7", "dev@example.org", GOOD)
            .await
            .is_err()
    );
    users::set_state(&world.services, &owner, id, PersonState::Active)
        .await
        .unwrap();
    assert!(
        world
            .try_password("198.51.100.7", "dev@example.org", GOOD)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn every_change_to_a_person_leaves_its_event() {
    let world = World::new().await;
    let owner = world.owner().await;
    let viewer = world.person(&owner, "v@example.org", Role::Viewer).await;
    let id = viewer.person.as_ref().unwrap().id;
    let before = world.actions().await.len();
    users::change_role(&world.services, &owner, id, Role::Developer)
        .await
        .unwrap();
    profile::change_name(&world.services, &viewer, "Vera")
        .await
        .unwrap();
    users::reset_link(&world.services, &owner, id)
        .await
        .unwrap();
    users::set_state(&world.services, &owner, id, PersonState::Disabled)
        .await
        .unwrap();
    assert!(
        users::delete(&world.services, &owner, id, "someone")
            .await
            .is_err()
    );
    users::delete(&world.services, &owner, id, "V@example.org")
        .await
        .unwrap();
    let actions = world.actions().await;
    let expected = [
        "role.assigned",
        "user.updated",
        "password.reset_link_created",
        "user.updated",
        "user.deleted",
    ];
    assert_eq!(last(&actions, actions.len() - before), expected);
}

#[tokio::test]
async fn a_change_without_its_event_does_not_happen() {
    let world = World::new().await;
    let owner = world.owner().await;
    let viewer = world.person(&owner, "v@example.org", Role::Viewer).await;
    let id = viewer.person.as_ref().unwrap().id;
    world
        .execute_as_superuser("revoke insert on logs, log_positions from auditorium_app")
        .await;
    assert!(
        users::change_role(&world.services, &owner, id, Role::Admin)
            .await
            .is_err()
    );
    assert!(
        tokens::create(&world.services, &owner, token(&[Permission::LogsRead]))
            .await
            .is_err()
    );
    assert!(
        world
            .try_password("198.51.100.7", "v@example.org", GOOD)
            .await
            .is_err()
    );
    world
        .execute_as_superuser("grant insert on logs, log_positions to auditorium_app")
        .await;
    assert_eq!(
        world.member(&owner, "v@example.org").await.role,
        Role::Viewer
    );
    assert!(
        tokens::list_own(&world.services, &owner)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        sessions::list(&world.services, &viewer)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn recovering_opens_a_disabled_account_again() {
    let world = World::new().await;
    let owner = world.owner().await;
    let second = world.person(&owner, "two@example.org", Role::Owner).await;
    let id = second.person.as_ref().unwrap().id;
    users::set_state(&world.services, &owner, id, PersonState::Disabled)
        .await
        .unwrap();
    assert!(
        users::recover(&world.services, &owner, "two@example.org")
            .await
            .is_err()
    );
    let link = users::recover(
        &world.services,
        &Caller::system("command line"),
        "two@example.org",
    )
    .await
    .unwrap();
    let answer = LinkAnswer {
        name: None,
        password: Some(SecretString::from(OTHER)),
    };
    assert!(world.open(&link.url, answer).await.is_ok());
}

#[tokio::test]
async fn the_readers_role_sees_no_secret() {
    let world = World::new().await;
    world.owner().await;
    let mut connection = world
        .database
        .connect_as("auditorium_reader")
        .await
        .unwrap();
    for (statement, allowed) in [
        ("select id, email, role from users", true),
        ("select password_hash from users", false),
        ("select secret_hash from sessions", false),
        ("select secret_hash from tokens", false),
        ("select secret_hash from links", false),
        ("select * from sign_in_attempts", false),
    ] {
        assert_eq!(
            sqlx::query(statement)
                .execute(&mut connection)
                .await
                .is_ok(),
            allowed,
            "{statement}"
        );
    }
}

#[test]
fn a_session_of_nobody_may_nothing() {
    let nobody = Caller {
        credential: Credential::None,
        ..Caller::system("x")
    };
    assert!(
        Permission::ALL
            .iter()
            .all(|permission| !nobody.may(*permission))
    );
}
