//! An installation for one test, and the people in it.

use std::net::IpAddr;

use model::permission::{Permission, Role};
use model::person::Member;
use model::token::NewToken;
use secrecy::SecretString;
use service::credentials::{Presented, resolve};
use service::sign_in::{LinkAnswer, SignedIn};
use service::users::Invitation;
use service::{Caller, Error, Origin, Services, Settings, profile, sign_in, users};
use sqlx::Connection as _;
use testing::TestStore;

pub(crate) const GOOD: &str = "cobalt-thimble-marsh-otter";
pub(crate) const OTHER: &str = "velvet-anchor-quarry-plum";

pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) database: TestStore,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_sessions_of(8).await
    }

    pub(crate) async fn with_sessions_of(session_hours: u8) -> Self {
        let database = TestStore::new().await.unwrap();
        let settings = Settings {
            environment: "development".to_owned(),
            public_url: "http://127.0.0.1:3000".to_owned(),
            session_hours,
            token_days: 90,
        };
        let services = Services::new(database.store.clone(), settings);
        Self { services, database }
    }

    /// The first owner, with a password, signed in.
    pub(crate) async fn owner(&self) -> Caller {
        users::ensure_first_owner(&self.services)
            .await
            .unwrap()
            .unwrap();
        let path = sign_in::fresh_link(&self.services).await.unwrap().unwrap();
        let signed_in = self.open(&path, LinkAnswer::default()).await.unwrap();
        let caller = self.caller(&signed_in).await;
        profile::change_password(&self.services, &caller, None, SecretString::from(GOOD))
            .await
            .unwrap();
        caller
    }

    /// A person of a role who has accepted an invitation.
    pub(crate) async fn person(&self, owner: &Caller, email: &str, role: Role) -> Caller {
        let invitation = Invitation {
            email: email.to_owned(),
            name: String::new(),
            role,
        };
        let link = users::invite(&self.services, owner, invitation)
            .await
            .unwrap();
        let answer = LinkAnswer {
            name: None,
            password: Some(SecretString::from(GOOD)),
        };
        let signed_in = self.open(&link.url, answer).await.unwrap();
        self.caller(&signed_in).await
    }

    pub(crate) async fn open(&self, url: &str, answer: LinkAnswer) -> Result<SignedIn, Error> {
        sign_in::with_link(
            &self.services,
            &from("198.51.100.1"),
            &secret_of(url),
            answer,
        )
        .await
    }

    pub(crate) async fn caller(&self, signed_in: &SignedIn) -> Caller {
        let presented = Presented {
            cookie: Some(signed_in.secret.clone()),
            bearer: None,
        };
        resolve(&self.services, presented, Origin::default())
            .await
            .unwrap()
    }

    pub(crate) async fn bearer(&self, secret: &str) -> Result<Caller, Error> {
        let presented = Presented {
            cookie: None,
            bearer: Some(SecretString::from(secret)),
        };
        resolve(&self.services, presented, Origin::default()).await
    }

    pub(crate) async fn try_password(
        &self,
        ip: &str,
        email: &str,
        password: &str,
    ) -> Result<SignedIn, Error> {
        sign_in::with_password(
            &self.services,
            &from(ip),
            email,
            SecretString::from(password),
        )
        .await
    }

    pub(crate) async fn member(&self, owner: &Caller, email: &str) -> Member {
        let everybody = users::list(&self.services, owner).await.unwrap();
        everybody
            .into_iter()
            .find(|member| member.email == email)
            .unwrap()
    }

    /// The actions recorded so far, in order.
    pub(crate) async fn actions(&self) -> Vec<String> {
        let mut connection = self.database.connect_as("auditorium_reader").await.unwrap();
        sqlx::query_scalar("select action from logs order by seq")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    pub(crate) async fn execute_as_superuser(&self, statement: &'static str) {
        let mut connection = self.database.connect_as_superuser().await.unwrap();
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}

pub(crate) fn from(ip: &str) -> Caller {
    let ip: IpAddr = ip.parse().unwrap();
    Caller::anonymous(Origin {
        ip: Some(ip),
        ..Origin::default()
    })
}

pub(crate) fn secret_of(url: &str) -> SecretString {
    SecretString::from(url.rsplit('/').next().unwrap())
}

pub(crate) fn token(scopes: &[Permission]) -> NewToken {
    NewToken {
        name: "test".to_owned(),
        scopes: scopes.to_vec(),
        days: None,
        for_service: false,
    }
}

pub(crate) fn last(actions: &[String], count: usize) -> Vec<&str> {
    actions
        .iter()
        .skip(actions.len() - count)
        .map(String::as_str)
        .collect()
}
