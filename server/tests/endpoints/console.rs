//! A console on a database of its own, with a visitor of each kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use axum::http::request::Builder;
use axum::http::{HeaderName, Request, StatusCode};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusBuilder;
use model::permission::{Permission, Role};
use model::token::NewToken;
use secrecy::ExposeSecret as _;
use server::http::{AppState, router};
use service::sign_in::LinkAnswer;
use service::users::Invitation;
use service::{Caller, Origin, Services, Settings};
use testing::TestStore;
use tower::ServiceExt as _;

use crate::table::Endpoint;

/// An id that nothing has.
const NO_ID: &str = "0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88";
const PASSWORD: &str = "tangerine-orbit-velvet-92";

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Visitor {
    Nobody,
    Session(Role),
    /// A token of a service with this scope alone.
    Token(Permission),
}

/// The router and its visitors' credentials.
pub(crate) struct Console {
    router: Router,
    headers: BTreeMap<Visitor, (HeaderName, String)>,
    _store: TestStore,
}

impl Console {
    pub(crate) async fn new() -> Self {
        let store = TestStore::new().await.unwrap();
        let services = Services::new(store.store.clone(), settings());
        let mut headers = BTreeMap::new();
        for role in Role::ALL {
            headers.insert(
                Visitor::Session(*role),
                (COOKIE, session(&services, *role).await),
            );
        }
        for scope in [Permission::EventsWrite, Permission::TasksWrite] {
            let new = NewToken {
                name: format!("{scope}"),
                scopes: vec![scope],
                days: None,
                for_service: true,
            };
            let system = Caller::system("test");
            let token = service::tokens::create(&services, &system, new)
                .await
                .unwrap();
            headers.insert(
                Visitor::Token(scope),
                (AUTHORIZATION, format!("Bearer {}", token.secret)),
            );
        }
        let state = AppState {
            services,
            leptos: LeptosOptions::builder()
                .output_name("auditorium")
                .site_root("target/site")
                .build(),
            trusted_proxies: Arc::default(),
            https: false,
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            rates: server::http::rates::Rates::default(),
            body_bytes: 32 << 20,
            stop: tokio_util::sync::CancellationToken::new(),
        };
        Self {
            router: router(state),
            headers,
            _store: store,
        }
    }

    /// Nobody, each role, each token.
    pub(crate) fn visitors(&self) -> impl Iterator<Item = Visitor> {
        std::iter::once(Visitor::Nobody).chain(self.headers.keys().copied().collect::<Vec<_>>())
    }

    pub(crate) async fn call(&self, endpoint: &Endpoint, visitor: Visitor) -> StatusCode {
        let mut request = request(endpoint);
        if let Some((name, value)) = self.headers.get(&visitor) {
            request = request.header(name, value);
        }
        self.send(request, endpoint).await
    }

    pub(crate) async fn call_with_token(&self, endpoint: &Endpoint, token: &str) -> StatusCode {
        self.send(
            request(endpoint).header(AUTHORIZATION, format!("Bearer {token}")),
            endpoint,
        )
        .await
    }

    pub(crate) async fn call_from_another_site(&self, endpoint: &Endpoint) -> StatusCode {
        let (name, cookie) = &self.headers[&Visitor::Session(Role::Owner)];
        let request = request(endpoint)
            .header(name, cookie)
            .header("sec-fetch-site", "cross-site");
        self.send(request, endpoint).await
    }

    async fn send(&self, request: Builder, endpoint: &Endpoint) -> StatusCode {
        let request = request.body(Body::from(endpoint.body)).unwrap();
        // The body is not read: a stream that never ends is dropped.
        self.router.clone().oneshot(request).await.unwrap().status()
    }
}

fn request(endpoint: &Endpoint) -> Builder {
    let path = endpoint.path.replace("{id}", NO_ID);
    let request = Request::builder().method(endpoint.method).uri(path);
    match endpoint.body {
        "" => request,
        body if body.starts_with('{') => request.header(CONTENT_TYPE, "application/json"),
        _ => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
    }
}

fn settings() -> Settings {
    Settings {
        environment: "development".to_owned(),
        public_url: "http://127.0.0.1:3000".to_owned(),
        session_hours: 8,
        token_days: 90,
    }
}

/// Invites a person with the role and signs them in by the link.
async fn session(services: &Services, role: Role) -> String {
    let system = Caller::system("test");
    let invitation = Invitation {
        email: format!("{role}@example.org"),
        name: role.label().to_owned(),
        role,
    };
    let link = service::users::invite(services, &system, invitation)
        .await
        .unwrap();
    let secret = link.url.rsplit('/').next().unwrap().to_owned();
    let answer = LinkAnswer {
        name: None,
        password: Some(PASSWORD.to_owned().into()),
    };
    let nobody = Caller::anonymous(Origin::default());
    let signed_in = service::sign_in::with_link(services, &nobody, &secret.into(), answer)
        .await
        .unwrap();
    format!("auditorium={}", signed_in.secret.expose_secret())
}
