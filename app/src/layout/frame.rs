//! The rail at the left and the page beside it.

use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use model::person::{Current, Person};

use crate::api::session::read_current;
use crate::components::time::Zone;
use crate::error::AppError;
use crate::layout::theme::ThemeSwitch;

/// Who is looking, resolved once for all pages. Blocking, so that no page is rendered before
/// it is known what its reader may do.
#[derive(Clone, Copy, Debug)]
pub struct CurrentPerson(Resource<Result<Current, AppError>>);

impl CurrentPerson {
    /// The person, when somebody is signed in and the answer is there.
    #[must_use]
    pub fn get(self) -> Option<Person> {
        self.0
            .get()
            .and_then(Result::ok)
            .and_then(|current| current.person)
    }

    /// Waits for the person.
    pub async fn ready(self) -> Option<Person> {
        self.0.await.ok().and_then(|current| current.person)
    }
}

/// Navigation, environment and person around the page of the route.
#[component]
pub fn Frame() -> impl IntoView {
    let session = Resource::new_blocking(|| (), |()| read_current());
    provide_context(CurrentPerson(session));
    Zone::provide();
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let current = session.await.ok();
                let environment = current.as_ref().map(|current| current.environment.clone());
                let shown = environment.clone();
                let person = current.and_then(|current| current.person);
                view! {
                    <div class="frame" data-environment=environment>
                        <a class="skip-link" href="#main">"Skip to the page"</a>
                        <Rail person environment=shown/>
                        <Outlet/>
                    </div>
                }
            })}
        </Suspense>
    }
}

#[component]
fn Rail(person: Option<Person>, environment: Option<String>) -> impl IntoView {
    use model::permission::Permission;
    let may = |permission| person.as_ref().is_some_and(|person| person.may(permission));
    let agents = may(Permission::AgentsRead);
    let inbox = may(Permission::AlertsRead);
    view! {
        <nav class="rail" aria-label="Main">
            <div class="rail__head">
                <a class="rail__brand" href="/logs">"Auditorium"</a>
                <span class="rail__environment">{environment}</span>
            </div>
            <ul class="rail__list">
                <RailLink href="/logs" icon="logs" label="Logs"/>
                {agents.then(|| view! { <RailLink href="/agents" icon="agents" label="Agents"/> })}
                <RailLink href="/compliance" icon="compliance" label="Compliance"/>
                {inbox.then(|| view! { <RailLink href="/inbox" icon="inbox" label="Inbox"/> })}
                <RailLink href="/settings" icon="settings" label="Settings"/>
            </ul>
            <div class="rail__foot">
                {person.map(|person| view! {
                    <a class="rail__person" href="/settings" title=person.email>{person.name}</a>
                })}
                <ThemeSwitch/>
            </div>
        </nav>
    }
}

#[component]
fn RailLink(href: &'static str, icon: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <li>
            <A href=href attr:class="rail__link">
                <svg class="icon" aria-hidden="true"><use href=format!("/icons.svg#{icon}")></use></svg>
                <span class="rail__label">{label}</span>
            </A>
        </li>
    }
}
