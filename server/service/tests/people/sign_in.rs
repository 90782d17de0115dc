//! Signing in by password and link, sessions, one's own password.

use chrono::Duration;
use model::permission::Role;
use model::person::LinkKind;
use secrecy::SecretString;
use service::sign_in::LinkAnswer;
use service::users::Invitation;
use service::{Error, profile, sessions, sign_in, users};
use sqlx::Row as _;

use crate::world::*;

#[tokio::test]
async fn a_new_installation_has_one_owner_who_signs_in_by_link_and_chooses_a_password() {
    let world = World::new().await;
    let owner = world.owner().await;
    assert_eq!(owner.role(), Some(Role::Owner));
    assert!(
        users::ensure_first_owner(&world.services)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        sign_in::fresh_link(&world.services)
            .await
            .unwrap()
            .is_none()
    );
    let actions = world.actions().await;
    assert_eq!(
        actions,
        [
            "user.created",
            "login.link_created",
            "login.success",
            "password.changed"
        ]
    );
}

#[tokio::test]
async fn a_link_is_spent_once_and_looking_does_not_spend_it() {
    let world = World::new().await;
    users::ensure_first_owner(&world.services).await.unwrap();
    let path = sign_in::fresh_link(&world.services).await.unwrap().unwrap();
    for _ in 0..3 {
        let preview = sign_in::preview_link(&world.services, &secret_of(&path))
            .await
            .unwrap();
        assert_eq!(preview.kind, LinkKind::SignIn);
    }
    let (one, two) = tokio::join!(
        world.open(&path, LinkAnswer::default()),
        world.open(&path, LinkAnswer::default())
    );
    assert!(one.is_ok() ^ two.is_ok());
    assert!(matches!(
        world.open(&path, LinkAnswer::default()).await,
        Err(Error::NotFound { .. })
    ));
    assert_eq!(world.actions().await.last().unwrap(), "login.failure");
}

#[tokio::test]
async fn a_newer_link_makes_the_older_one_worthless() {
    let world = World::new().await;
    users::ensure_first_owner(&world.services).await.unwrap();
    let older = sign_in::fresh_link(&world.services).await.unwrap().unwrap();
    let newer = sign_in::fresh_link(&world.services).await.unwrap().unwrap();
    assert!(
        sign_in::preview_link(&world.services, &secret_of(&older))
            .await
            .is_err()
    );
    assert!(
        sign_in::preview_link(&world.services, &secret_of(&newer))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_refused_password_leaves_the_link_open() {
    let world = World::new().await;
    let owner = world.owner().await;
    let invitation = Invitation {
        email: "Ada@Example.org".to_owned(),
        name: "Ada".to_owned(),
        role: Role::Viewer,
    };
    let link = users::invite(&world.services, &owner, invitation)
        .await
        .unwrap();
    assert_eq!(link.email, "ada@example.org");
    let weak = LinkAnswer {
        name: None,
        password: Some(SecretString::from("ada@example.org")),
    };
    let Err(Error::Invalid(errors)) = world.open(&link.url, weak).await else {
        panic!("taken")
    };
    assert_eq!(errors.first().unwrap().path, "password");
    let good = LinkAnswer {
        name: Some("Ada L.".to_owned()),
        password: Some(SecretString::from(GOOD)),
    };
    assert_eq!(
        world.open(&link.url, good).await.unwrap().person.name,
        "Ada L."
    );
    assert_eq!(
        last(&world.actions().await, 2),
        ["invitation.accepted", "login.success"]
    );
}

#[tokio::test]
async fn an_answer_does_not_tell_whether_an_address_has_an_account() {
    let world = World::new().await;
    let owner = world.owner().await;
    world
        .person(&owner, "known@example.org", Role::Viewer)
        .await;
    let invitation = Invitation {
        email: "invited@example.org".to_owned(),
        name: String::new(),
        role: Role::Viewer,
    };
    users::invite(&world.services, &owner, invitation)
        .await
        .unwrap();
    let mut answers = Vec::new();
    for email in [
        "known@example.org",
        "invited@example.org",
        "unknown@example.org",
    ] {
        let mut seen = Vec::new();
        for _ in 0..6 {
            let error = world
                .try_password("203.0.113.5", email, OTHER)
                .await
                .unwrap_err();
            seen.push((error.status(), error.code()));
        }
        answers.push(seen);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[0].last().unwrap().0, 429);
}

#[tokio::test]
async fn a_stranger_who_guesses_does_not_lock_the_person_out() {
    let world = World::new().await;
    world.owner().await;
    for _ in 0..8 {
        assert!(
            world
                .try_password("203.0.113.5", "owner@localhost", OTHER)
                .await
                .is_err()
        );
    }
    let blocked = world
        .try_password("203.0.113.5", "owner@localhost", GOOD)
        .await;
    assert!(matches!(blocked, Err(Error::TooMany { .. })));
    assert!(
        world
            .try_password("198.51.100.7", "OWNER@localhost ", GOOD)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn guesses_made_at_the_same_time_do_not_pass_together() {
    let world = World::new().await;
    world.owner().await;
    let guess = || world.try_password("203.0.113.5", "owner@localhost", OTHER);
    let answers = futures::future::join_all((0..10).map(|_| guess())).await;
    let looked_at = answers
        .iter()
        .filter(|answer| matches!(answer, Err(Error::Invalid(_))))
        .count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn a_failed_sign_in_is_recorded_with_the_address_and_never_with_a_password() {
    let world = World::new().await;
    world.owner().await;
    for email in ["owner@localhost", "my secret password"] {
        assert!(
            world
                .try_password("203.0.113.5", email, OTHER)
                .await
                .is_err()
        );
    }
    let mut connection = world
        .database
        .connect_as("auditorium_reader")
        .await
        .unwrap();
    let rows = sqlx::query(
        "select actor_type, actor_email, host(actor_ip) as ip, logs::text as whole
         from logs where action = 'login.failure' order by seq",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(rows[0].get::<&str, _>("actor_type"), "anonymous");
    assert_eq!(
        rows[0].get::<Option<&str>, _>("actor_email"),
        Some("owner@localhost")
    );
    assert_eq!(rows[0].get::<&str, _>("ip"), "203.0.113.5");
    assert_eq!(rows[1].get::<Option<&str>, _>("actor_email"), None);
    assert!(
        rows.iter()
            .all(|row| !row.get::<&str, _>("whole").contains("secret password"))
    );
}

#[tokio::test]
async fn a_session_lasts_eight_hours_at_most_and_then_it_is_nobodys() {
    let world = World::with_sessions_of(200).await;
    let owner = world.owner().await;
    let session = sessions::list(&world.services, &owner)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(session.expires_at - session.created_at, Duration::hours(8));
    let signed_in = world
        .try_password("198.51.100.7", "owner@localhost", GOOD)
        .await
        .unwrap();
    assert!(!world.caller(&signed_in).await.is_anonymous());
    world
        .execute_as_superuser("update sessions set created_at = created_at - interval '9 hours', expires_at = expires_at - interval '9 hours'")
        .await;
    assert!(world.caller(&signed_in).await.is_anonymous());
}

#[tokio::test]
async fn signing_out_ends_the_session_and_no_other() {
    let world = World::new().await;
    world.owner().await;
    let one = world
        .try_password("198.51.100.7", "owner@localhost", GOOD)
        .await
        .unwrap();
    let two = world
        .try_password("198.51.100.8", "owner@localhost", GOOD)
        .await
        .unwrap();
    sign_in::sign_out(&world.services, &world.caller(&one).await)
        .await
        .unwrap();
    assert!(world.caller(&one).await.is_anonymous());
    let two = world.caller(&two).await;
    assert_eq!(
        sessions::end_others(&world.services, &two).await.unwrap(),
        1
    );
    assert_eq!(
        sessions::list(&world.services, &two).await.unwrap().len(),
        1
    );
    assert_eq!(
        last(&world.actions().await, 2),
        ["logout.success", "session.ended"]
    );
}

#[tokio::test]
async fn nobody_ends_a_strangers_session() {
    let world = World::new().await;
    let owner = world.owner().await;
    let viewer = world.person(&owner, "v@example.org", Role::Viewer).await;
    let id = sessions::current(&owner).unwrap();
    let refused = sessions::end(&world.services, &viewer, id).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    let world = World::new().await;
    world.owner().await;
    let one = world
        .try_password("198.51.100.7", "owner@localhost", GOOD)
        .await
        .unwrap();
    let two = world
        .try_password("198.51.100.8", "owner@localhost", GOOD)
        .await
        .unwrap();
    let caller = world.caller(&one).await;
    let new = || SecretString::from(OTHER);
    let wrong = profile::change_password(&world.services, &caller, Some(new()), new()).await;
    assert!(matches!(wrong, Err(Error::Invalid(errors)) if errors[0].path == "current"));
    profile::change_password(
        &world.services,
        &caller,
        Some(SecretString::from(GOOD)),
        new(),
    )
    .await
    .unwrap();
    assert!(world.caller(&two).await.is_anonymous());
    assert!(!world.caller(&one).await.is_anonymous());
    assert!(
        world
            .try_password("198.51.100.7", "owner@localhost", OTHER)
            .await
            .is_ok()
    );
}
