//! The console's pages, server functions and files.

use axum::Router;
use leptos_axum::{LeptosRoutes as _, generate_route_list};

use crate::http::AppState;

/// Pages and server functions by Leptos, files from the site, everything else the console's "not
/// found".
pub fn routes(state: &AppState) -> Router<AppState> {
    let options = state.leptos.clone();
    let pages = generate_route_list(app::App);
    Router::new()
        .leptos_routes(state, pages, move || app::shell(options.clone()))
        .merge(files(state))
        .fallback(leptos_axum::file_and_error_handler::<AppState, _>(
            app::shell,
        ))
}

/// The folder in which pages look for their code.
#[cfg(feature = "embed-pages")]
pub const PKG: &str = super::site::PKG;
/// The folder in which pages look for their code.
#[cfg(not(feature = "embed-pages"))]
pub const PKG: &str = "pkg";

/// The files that a page loads, out of the binary.
#[cfg(feature = "embed-pages")]
fn files(_: &AppState) -> Router<AppState> {
    super::site::routes()
}

/// The files that a page loads, from the site's folder.
#[cfg(not(feature = "embed-pages"))]
fn files(state: &AppState) -> Router<AppState> {
    use tower_http::services::ServeDir;

    let root = state.leptos.site_root.to_string();
    let folder = |name: &str| {
        ServeDir::new(format!("{root}/{name}"))
            .precompressed_br()
            .precompressed_gzip()
    };
    Router::new()
        .nest_service("/pkg", folder("pkg"))
        .nest_service("/fonts", folder("fonts"))
}

/// A file of the site, for what is made of it. None where it was not built.
#[cfg(feature = "embed-pages")]
pub(super) async fn file(_: &AppState, address: &str) -> Option<Vec<u8>> {
    super::site::file(address).map(<[u8]>::to_vec)
}

/// A file of the site, for what is made of it. None where it was not built.
#[cfg(not(feature = "embed-pages"))]
pub(super) async fn file(state: &AppState, address: &str) -> Option<Vec<u8>> {
    let path = format!("{}{address}", state.leptos.site_root);
    tokio::fs::read(path).await.ok()
}
