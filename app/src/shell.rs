//! The HTML document around the console.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::response::set_content_security_policy;
use crate::routes::App;

/// The document. The theme comes from a cookie that [`crate::layout`] sets, so that the first
/// paint has it; without one the system's preference counts.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    set_content_security_policy();
    let style = format!("/{}/auditorium.css", options.site_pkg_dir);
    let theme = crate::layout::theme::chosen();
    let environment = crate::response::environment();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-environment=environment>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=style/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
