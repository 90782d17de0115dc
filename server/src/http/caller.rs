//! Finds out who calls, once for each request, before any handler runs.

use std::net::{IpAddr, SocketAddr};

use app::response::cookie_among;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse as _, Redirect, Response};
use ipnet::IpNet;
use service::credentials::{Presented, resolve};
use service::{Caller, Error, Origin};

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::request_id::RequestId;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const USER_AGENT_LIMIT: usize = 512;

/// The name of the session's cookie: `__Host-` binds it to this host, which browsers accept
/// over HTTPS only; on loopback HTTP the plain name serves.
#[must_use]
pub const fn cookie_name(https: bool) -> &'static str {
    if https {
        "__Host-auditorium"
    } else {
        "auditorium"
    }
}

/// Puts services and [`Caller`] into the request's extensions, and sends people who are not
/// signed in from a page to the sign-in form. A credential that does not hold is refused on
/// `/api` rather than taken for nobody.
pub async fn identify(state: &AppState, request: &mut Request) -> Result<(), Response> {
    let origin = origin(state, request);
    let presented = Presented {
        cookie: cookie_among(request.headers(), cookie_name(state.https)).map(Into::into),
        bearer: bearer(request.headers()).map(Into::into),
    };
    let by_token = presented.bearer.is_some();
    let caller = match resolve(&state.services, presented, origin.clone()).await {
        Ok(caller) => caller,
        Err(Error::Unauthenticated) if !by_token => Caller::anonymous(origin.clone()),
        Err(error) => {
            let id = RequestId(origin.request_id.unwrap_or_default());
            return Err(ApiError::of(error, &id).into_response());
        }
    };
    if caller.is_anonymous() && needs_sign_in(request) {
        let next = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let target = format!("/sign-in?next={}", app::paths::encode(next));
        return Err(Redirect::to(&target).into_response());
    }
    request.extensions_mut().insert(state.services.clone());
    request.extensions_mut().insert(caller);
    Ok(())
}

/// Whether a request asks for a page that only signed-in people see.
fn needs_sign_in(request: &Request) -> bool {
    const OPEN: &[&str] = &[
        "/sign-in",
        "/invitation",
        "/api/",
        "/pkg/",
        "/fonts/",
        "/docs",
        "/verify",
        "/favicon",
        "/icons.svg",
        "/robots.txt",
    ];
    let path = request.uri().path();
    request.method().is_safe() && !OPEN.iter().any(|open| path.starts_with(open))
}

fn origin(state: &AppState, request: &Request) -> Origin {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0.ip().to_canonical());
    let user_agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map(|agent| agent.chars().take(USER_AGENT_LIMIT).collect());
    Origin {
        ip: peer.map(|peer| client(peer, request.headers(), &state.trusted_proxies)),
        user_agent,
        request_id: request
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.clone()),
    }
}

/// The client's address: the peer's, or, where the peer is a named proxy, the last hop of
/// `X-Forwarded-For` that is not one.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    if !is_trusted(&peer) {
        return peer;
    }
    let hops: Vec<IpAddr> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map_while(|hop| hop.trim().parse().ok())
        .collect();
    hops.into_iter()
        .rev()
        .find(|hop| !is_trusted(hop))
        .unwrap_or(peer)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    if let Some(key) = headers.get(API_KEY) {
        return key.to_str().ok().map(str::to_owned);
    }
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// The caller, for handlers. [`identify`] has put it there.
#[derive(Clone, Debug)]
pub struct Identified(pub Caller);

impl<S: Sync> FromRequestParts<S> for Identified {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Caller>()
            .cloned()
            .map(Self)
            .ok_or_else(|| Error::Unexpected("a handler ran without its caller".to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(FORWARDED_FOR, value.parse().unwrap())])
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        let peer = "203.0.113.9".parse().unwrap();
        assert_eq!(client(peer, &forwarded("10.1.1.1"), &[]), peer);
    }

    #[test]
    fn behind_a_named_proxy_the_last_foreign_hop_counts() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let peer = "10.0.0.1".parse().unwrap();
        let seen = client(
            peer,
            &forwarded("1.2.3.4, 198.51.100.7, 10.0.0.2"),
            &trusted,
        );
        assert_eq!(seen, "198.51.100.7".parse::<IpAddr>().unwrap());
    }
}
