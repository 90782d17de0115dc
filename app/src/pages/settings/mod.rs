//! Settings: one's profile, sessions and tokens; the people of the installation for those who
//! manage them. One tab a page, so that each has its address.

pub mod people;
pub mod person;
pub mod profile;
mod scopes;
pub mod sessions;
pub mod shown;
pub mod tokens;

use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use model::permission::Permission;

use crate::layout::frame::CurrentPerson;

pub use people::PeoplePage;
pub use person::PersonPage;
pub use profile::ProfilePage;
pub use sessions::SessionsPage;
pub use tokens::TokensPage;

/// Title and tabs around the page of the tab.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let manages = move || {
        current
            .get()
            .is_some_and(|person| person.may(Permission::UsersManage))
    };
    view! {
        <main class="page page--narrow" id="main" tabindex="-1">
            <header class="page-head"><div class="page-head__title"><h1>"Settings"</h1></div></header>
            <nav class="tabs" aria-label="Settings">
                <A href="/settings" exact=true attr:class="tabs__tab">"Profile"</A>
                <A href="/settings/sessions" attr:class="tabs__tab">"Sessions"</A>
                <A href="/settings/tokens" attr:class="tabs__tab">"Tokens"</A>
                <Suspense>
                    {move || manages().then(|| view! { <A href="/settings/people" attr:class="tabs__tab">"People"</A> })}
                </Suspense>
            </nav>
            <Outlet/>
        </main>
    }
}
