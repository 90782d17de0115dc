//! Saved views against a real database: whose they are, who sees and who changes them, and what
//! of it is on record.

#![expect(clippy::unwrap_used, reason = "tests")]

use model::export::Column;
use model::log_page::{LogRequest, Place};
use model::permission::Role;
use model::person::Person;
use model::view::{NewView, View};
use secrecy::SecretString;
use service::sign_in::LinkAnswer;
use service::users::Invitation;
use service::{Caller, Credential, Error, Origin, Services, Settings, views};
use testing::TestStore;
use uuid::Uuid;

struct World {
    services: Services,
    _store: TestStore,
}

impl World {
    async fn new() -> Self {
        let store = TestStore::new().await.unwrap();
        let settings = Settings {
            environment: "development".to_owned(),
            public_url: String::new(),
            session_hours: 8,
            token_days: 90,
        };
        Self {
            services: Services::new(store.store.clone(), settings),
            _store: store,
        }
    }

    /// A person who is signed in.
    async fn person(&self, name: &str, role: Role) -> Caller {
        let system = Caller::system("test");
        let invitation = Invitation {
            email: format!("{name}@example.org"),
            name: name.to_owned(),
            role,
        };
        let link = service::users::invite(&self.services, &system, invitation)
            .await
            .unwrap();
        let secret = SecretString::from(link.url.rsplit('/').next().unwrap().to_owned());
        let answer = LinkAnswer {
            name: None,
            password: Some("tangerine-orbit-velvet-92".to_owned().into()),
        };
        let nobody = Caller::anonymous(Origin::default());
        service::sign_in::with_link(&self.services, &nobody, &secret, answer)
            .await
            .unwrap();
        let email = format!("{name}@example.org");
        let account = self.services.store.account(&email).await.unwrap().unwrap();
        session(account.person)
    }

    async fn names(&self, caller: &Caller) -> Vec<String> {
        let views = views::list(&self.services, caller).await.unwrap();
        views.into_iter().map(|view| view.content.name).collect()
    }

    /// How often an action is on record, as an admin counts.
    async fn recorded(&self, action: &str) -> usize {
        let request = LogRequest {
            query: format!("action:{action}"),
            place: Place::First,
            limit: 100,
        };
        let system = Caller::system("test");
        let page = service::logs::list(&self.services, &system, &request).await;
        page.unwrap().events.len()
    }
}

fn session(person: Person) -> Caller {
    let credential = Credential::Session { id: Uuid::now_v7() };
    Caller::person(person, credential, Origin::default())
}

fn denied(shared: bool) -> NewView {
    NewView {
        name: "  Denied   this week ".to_owned(),
        query: "status:denied last:7d".to_owned(),
        columns: vec![Column::OccurredAt, Column::Action],
        shared,
    }
}

async fn saved(world: &World, caller: &Caller, shared: bool) -> View {
    views::create(&world.services, caller, denied(shared))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_personal_view_is_seen_by_its_maker_alone() {
    let world = World::new().await;
    let ada = world.person("ada", Role::Viewer).await;
    let admin = world.person("ben", Role::Admin).await;
    let view = saved(&world, &ada, false).await;
    assert_eq!(view.content.name, "Denied this week");
    assert_eq!(world.names(&ada).await, ["Denied this week"]);
    assert!(world.names(&admin).await.is_empty());
    let refused = views::delete(&world.services, &admin, view.id).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
    assert_eq!(world.recorded("access.denied").await, 0);
}

#[tokio::test]
async fn a_shared_view_is_changed_by_its_maker_and_by_an_admin_only() {
    let world = World::new().await;
    let ada = world.person("ada", Role::Viewer).await;
    let ben = world.person("ben", Role::Operator).await;
    let admin = world.person("chi", Role::Admin).await;
    let view = saved(&world, &ada, true).await;
    let seen = views::list(&world.services, &ben).await.unwrap();
    assert_eq!(seen[0].maker.as_deref(), Some("ada"));
    assert!(!seen[0].own && !seen[0].may_change);
    let refused = views::change(&world.services, &ben, view.id, denied(false)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    assert_eq!(world.recorded("access.denied").await, 1);
    let renamed = NewView {
        name: "Refusals".to_owned(),
        ..denied(true)
    };
    let after = views::change(&world.services, &admin, view.id, renamed)
        .await
        .unwrap();
    assert!(after.may_change && !after.own);
    assert_eq!(world.names(&ben).await, ["Refusals"]);
    views::delete(&world.services, &ada, view.id).await.unwrap();
    assert!(world.names(&ben).await.is_empty());
    for action in ["view.created", "view.changed", "view.deleted"] {
        assert_eq!(world.recorded(action).await, 1, "{action}");
    }
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_not_recorded() {
    let world = World::new().await;
    let ada = world.person("ada", Role::Viewer).await;
    let view = saved(&world, &ada, false).await;
    views::change(&world.services, &ada, view.id, denied(false))
        .await
        .unwrap();
    assert_eq!(world.recorded("view.changed").await, 0);
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case_and_a_query_must_be_readable() {
    let world = World::new().await;
    let ada = world.person("ada", Role::Viewer).await;
    saved(&world, &ada, false).await;
    for (name, query, field) in [
        ("DENIED THIS WEEK", "", "name"),
        (" ", "", "name"),
        ("Broken", "status:perhaps", "query"),
    ] {
        let new = NewView {
            name: name.to_owned(),
            query: query.to_owned(),
            ..denied(false)
        };
        let refused = views::create(&world.services, &ada, new).await;
        let Err(Error::Invalid(errors)) = refused else {
            unreachable!("{name}: {refused:?}");
        };
        assert_eq!(errors[0].path, field);
    }
    let ben = world.person("ben", Role::Viewer).await;
    saved(&world, &ben, false).await;
}

#[tokio::test]
async fn what_was_shared_outlives_its_maker_and_the_rest_goes_with_them() {
    let world = World::new().await;
    let ada = world.person("ada", Role::Viewer).await;
    let ben = world.person("ben", Role::Viewer).await;
    let shared = saved(&world, &ada, true).await;
    let personal = NewView {
        name: "Mine".to_owned(),
        ..denied(false)
    };
    views::create(&world.services, &ada, personal)
        .await
        .unwrap();
    let person = ada.person.unwrap();
    let system = Caller::system("test");
    service::users::delete(&world.services, &system, person.id, &person.email)
        .await
        .unwrap();
    let left = views::list(&world.services, &ben).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].id, &left[0].maker), (shared.id, &None));
}
