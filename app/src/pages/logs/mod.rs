//! The Logs page: search, histogram, table, and an event's drawer beside it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;

/// The page.
#[component]
pub fn LogsPage() -> impl IntoView {
    view! {
        <Title text="Logs"/>
        <main class="page" id="main"><h1>"Logs"</h1></main>
        <Outlet/>
    }
}

/// No drawer is open.
#[component]
pub fn NoEvent() -> impl IntoView {}

/// The drawer of one event.
#[component]
pub fn EventDrawer() -> impl IntoView {}
