//! A console on a database of its own, called by the owner's token.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Builder;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusBuilder;
use model::event::Event;
use model::log_page::LogPage;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use server::http::{AppState, router};
use service::{Services, Settings};
use testing::TestStore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(crate) struct Console {
    pub(crate) services: Services,
    pub(crate) test: TestStore,
    pub(crate) stop: CancellationToken,
    router: Router,
    token: String,
}

impl Console {
    pub(crate) async fn new() -> Self {
        let test = TestStore::new().await.unwrap();
        let settings = Settings {
            environment: "development".to_owned(),
            public_url: "http://127.0.0.1:3000".to_owned(),
            session_hours: 8,
            token_days: 90,
        };
        let services = Services::new(test.store.clone(), settings);
        service::users::ensure_first_owner(&services).await.unwrap();
        let token = service::tokens::local_credential(&services).await.unwrap();
        let stop = CancellationToken::new();
        let state = AppState {
            services: services.clone(),
            leptos: LeptosOptions::builder().output_name("auditorium").build(),
            trusted_proxies: Arc::default(),
            https: false,
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            rates: server::http::rates::Rates::default(),
            body_bytes: 32 << 20,
            stop: stop.clone(),
        };
        Self {
            services,
            test,
            stop,
            router: router(state),
            token: token.expose_secret().to_owned(),
        }
    }

    /// A request with the owner's token, to be completed.
    pub(crate) fn request(&self, method: &str, path: &str) -> Builder {
        let bearer = format!("Bearer {}", self.token);
        Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, bearer)
    }

    pub(crate) async fn send(&self, request: Builder, body: impl Into<Body>) -> Response {
        self.router
            .clone()
            .oneshot(request.body(body.into()).unwrap())
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        let request = self.request("POST", path);
        json_of(self.send(request, body).await).await
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = self.request("GET", path);
        json_of(self.send(request, Body::empty()).await).await
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        let response = self.send(self.request("GET", path), Body::empty()).await;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    pub(crate) async fn list(&self, query: &str) -> LogPage {
        let path = format!("/api/v1/events?limit=500&q={}", app::paths::encode(query));
        let (status, page) = self.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        serde_json::from_value(page).unwrap()
    }

    /// The newest event of an action, without the search for it being recorded.
    pub(crate) async fn newest(&self, action: &str) -> Option<Event> {
        let query = format!("action:{action}").parse().unwrap();
        let selection = store::logs::Selection::new(query, true, self.services.now());
        let page = self
            .services
            .store
            .page(&selection, model::log_page::Place::First, 1)
            .await;
        page.unwrap().events.into_iter().next()
    }

    /// Records plain events named `thing.N`.
    pub(crate) async fn fill(&self, count: usize) {
        for chunk in (0..count).collect::<Vec<_>>().chunks(10_000) {
            let events: Vec<Value> = chunk
                .iter()
                .map(|n| json!({ "action": "thing.made", "details": { "n": n } }))
                .collect();
            let (status, answer) = self.post("/api/v1/events", json!(events).to_string()).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
    }
}

pub(crate) async fn json_of(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}
