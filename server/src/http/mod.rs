//! The edge: routes, and the layers that every request passes.
//!
//! Outermost first: request id, log line, panic guard, security headers, then [`edge`]: origin
//! check, caller, quota.
//! Handlers translate; they decide nothing about permissions.

pub mod background_exports;
pub mod caller;
pub mod compliance;
pub mod docs;
pub mod edge;
pub mod error;
pub mod events;
pub mod exports;
pub mod extract;
pub mod headers;
pub mod health;
pub mod live;
pub mod origin;
pub mod pages;
pub mod rates;
pub mod request_id;
pub mod server_functions;
#[cfg(feature = "embed-pages")]
mod site;
mod standing;
pub mod task_logs;
pub mod trail;
pub mod unknown;
pub mod verify;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::{from_fn, from_fn_with_state};
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use service::Services;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

/// What handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    pub services: Services,
    pub leptos: LeptosOptions,
    /// Hops whose `X-Forwarded-For` counts.
    pub trusted_proxies: Arc<Vec<IpNet>>,
    /// Whether people reach the process by HTTPS, itself or through the proxy.
    pub https: bool,
    pub metrics: PrometheusHandle,
    pub rates: rates::Rates,
    /// Bytes of a body of events, after decompression.
    pub body_bytes: usize,
    /// Cancelled when the process stops: streams that would never end do then.
    pub stop: CancellationToken,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

/// The whole router, as the process and the tests serve it.
pub fn router(state: AppState) -> Router {
    let compression = CompressionLayer::new().compress_when(
        SizeAbove::new(512)
            .and(NotForContentType::const_new("text/event-stream"))
            .and(NotForContentType::const_new("application/wasm"))
            .and(NotForContentType::const_new("application/octet-stream"))
            .and(is_to_be_compressed),
    );
    let https = headers::Https(state.https);
    Router::new()
        .merge(background_exports::routes())
        .merge(compliance::routes())
        .merge(events::routes())
        .merge(exports::routes())
        .merge(live::routes())
        .merge(task_logs::routes())
        .merge(trail::routes())
        .merge(unknown::routes())
        .merge(verify::routes())
        .merge(pages::routes(&state))
        .layer(from_fn_with_state(Arc::new(state.clone()), edge::pass))
        .merge(docs::routes())
        .merge(health::routes())
        .layer(from_fn_with_state(https, headers::secure))
        .layer(compression)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(request_id::assign))
        .with_state(state)
}

fn is_to_be_compressed(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<headers::AsStored>().is_none()
}
