//! The rail at the left and the page beside it.

use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use model::person::{Current, Person};

use crate::api::session::read_current;
use crate::components::icon::Icon;
use crate::components::time::Zone;
use crate::error::AppError;
use crate::layout::inbox_link::{InboxLink, Unread};
use crate::layout::keys_help::{KeysDialog, KeysHelp};
use crate::layout::palette::{Palette, PaletteButton, PaletteDialog};
use crate::layout::refusal::{Refusal, RefusalBanner};
use crate::layout::sign_out::SignOutItem;
use crate::layout::theme::{ThemeItems, ThemeSwitch};
use crate::paths;

/// Who is looking, resolved once for all pages. Blocking, so that no page is rendered before
/// it is known what its reader may do.
#[derive(Clone, Copy, Debug)]
pub struct CurrentPerson(Resource<Result<Current, AppError>>);

impl CurrentPerson {
    /// The person, when somebody is signed in and the answer is there. Read it inside
    /// `<Suspense>`, which waits for the answer.
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
    Unread::provide();
    Refusal::provide();
    Palette::provide();
    let keys = KeysHelp::default();
    let unread = expect_context::<Unread>();
    let refusal = expect_context::<Refusal>();
    // The page stands outside of the rail's Suspense: the server renders what is inside twice,
    // once to find its resources, and pages would read their data twice.
    view! {
        <div class="frame">
            <a class="skip-link" href="#main">"Skip to the page"</a>
            <Transition>
                {move || Suspend::new(async move {
                    let current = session.await.ok();
                    let environment = current.as_ref().map(|current| current.environment.clone());
                    let person = current.and_then(|current| current.person);
                    let unread = unread.number().await;
                    let refusal = refusal.standing().await;
                    view! {
                        {refusal.map(|refusal| view! { <RefusalBanner refusal/> })}
                        <Rail person environment unread/>
                    }
                })}
            </Transition>
            <div class="frame__main"><Outlet/></div>
            <PaletteDialog keys/>
            <KeysDialog keys/>
        </div>
    }
}

#[component]
fn Rail(person: Option<Person>, environment: Option<String>, unread: i64) -> impl IntoView {
    use model::permission::Permission;
    let may = |permission| person.as_ref().is_some_and(|person| person.may(permission));
    let agents = may(Permission::AgentsRead);
    let inbox = may(Permission::AlertsRead);
    view! {
        <header class="frame__rail">
            <a class="frame__place" href="/logs">
                <Icon name="mark"/>
                <span>
                    <span class="frame__name">"Auditorium"</span>
                    <span class="frame__environment">{environment}</span>
                </span>
            </a>
            <PaletteButton/>
            <nav class="frame__nav" aria-label="Main">
                <RailLink href="/logs" icon="logs" label="Logs"/>
                {agents.then(|| view! { <RailLink href="/agents" icon="agents" label="Agents"/> })}
                <RailLink href="/compliance" icon="compliance" label="Compliance"/>
                <RailLink href=paths::INTEGRITY icon="integrity" label="Integrity"/>
                <RailLink href="/settings" icon="settings" label="Settings"/>
            </nav>
            <div class="frame__foot">
                {inbox.then(|| view! { <InboxLink unread/> })}
                {person.map(|person| view! { <PersonMenu person/> })}
                <ThemeSwitch/>
            </div>
        </header>
    }
}

#[component]
fn RailLink(href: &'static str, icon: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <A href=href attr:class="frame__link" attr:title=label>
            <Icon name=icon/>
            <span class="frame__label">{label}</span>
        </A>
    }
}

/// The person's own pages, the theme where the rail is narrow, the way out.
#[component]
fn PersonMenu(person: Person) -> impl IntoView {
    let head = format!("{}, {}", person.email, person.role.label());
    view! {
        <details class="menu">
            <summary class="frame__link" title=person.name.clone()>
                <Icon name="person"/>
                <span class="frame__label">{person.name.clone()}</span>
            </summary>
            <div class="menu__list">
                <p class="menu__head">{head}</p>
                <a class="menu__item" href="/settings"><Icon name="settings"/>"Settings"</a>
                <a class="menu__item" href="/docs" rel="external"><Icon name="info"/>"Documentation"</a>
                <hr class="menu__rule"/>
                <ThemeItems/>
                <hr class="menu__rule"/>
                <SignOutItem/>
            </div>
        </details>
    }
}
