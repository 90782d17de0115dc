//! The way out.

use leptos::prelude::*;

use crate::components::icon::Icon;

/// Ends the session. A plain form, so that the cookie goes with the answer.
#[component]
pub fn SignOutItem() -> impl IntoView {
    view! {
        <form method="post" action="/api/ui/session/sign-out">
            <button class="menu__item" type="submit"><Icon name="sign-out"/>"Sign out"</button>
        </form>
    }
}
