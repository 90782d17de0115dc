//! The console's pages, server functions and files.

use axum::Router;
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use tower_http::services::ServeDir;

use crate::http::AppState;

/// Pages and server functions by Leptos, files from the site's folder, everything else the
/// console's "not found".
pub fn routes(state: &AppState) -> Router<AppState> {
    let options = state.leptos.clone();
    let pages = generate_route_list(app::App);
    let root = options.site_root.to_string();
    let files = |folder: &str| {
        ServeDir::new(format!("{root}/{folder}"))
            .precompressed_br()
            .precompressed_gzip()
    };
    let shell_options = options.clone();
    Router::new()
        .leptos_routes(state, pages, move || app::shell(shell_options.clone()))
        .nest_service("/pkg", files("pkg"))
        .nest_service("/fonts", files("fonts"))
        .fallback(leptos_axum::file_and_error_handler::<AppState, _>(
            app::shell,
        ))
}
