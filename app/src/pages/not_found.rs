//! The page for an address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::response::set_status;

/// Says that there is nothing here and where to go instead.
#[component]
pub fn NotFound() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Not found"/>
        <main class="empty" id="main">
            <h1>"There is nothing at this address"</h1>
            <p>"The link may be old, or mistyped."</p>
            <p><a class="button" href="/logs">"Open the logs"</a></p>
        </main>
    }
}
