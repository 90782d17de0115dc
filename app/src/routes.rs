//! The route table and nothing else.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::layout::Frame;
use crate::pages::agents::{AgentDrawer, AgentsPage, NoTask, TaskDrawer};
use crate::pages::compliance::{CheckPage, CompliancePage};
use crate::pages::exports::{ExportsPage, NewExportPage};
use crate::pages::inbox::InboxPage;
use crate::pages::integrity::IntegrityPage;
use crate::pages::link::LinkPage;
use crate::pages::logs::{DeletePage, EventDrawer, LogsPage, NoEvent};
use crate::pages::not_found::NotFound;
use crate::pages::settings::{
    PeoplePage, PersonPage, ProfilePage, SessionsPage, SettingsPage, TokensPage,
};
use crate::pages::sign_in::SignInPage;

/// The console.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // Tells the styles, and whoever waits for it, that the browser has taken over.
    Effect::new(move |_| {
        let root = document().document_element();
        root.map(|root| root.set_attribute("data-script", ""))
    });
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Auditorium".to_owned() } else { format!("{title} · Auditorium") }
        }/>
        <Router>
            <Routes fallback=|| view! { <NotFound/> }>
                <Route path=path!("sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("sign-in/link/:secret") view=LinkPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=|| view! { <leptos_router::components::Redirect path="/logs"/> }/>
                    <Route path=path!("logs/delete") view=DeletePage ssr=SsrMode::Async/>
                    <ParentRoute path=path!("logs") view=LogsPage ssr=SsrMode::Async>
                        <Route path=path!("") view=NoEvent ssr=SsrMode::Async/>
                        <Route path=path!(":id") view=EventDrawer ssr=SsrMode::Async/>
                    </ParentRoute>
                    <ParentRoute path=path!("agents") view=AgentsPage ssr=SsrMode::Async>
                        <Route path=path!("") view=NoTask ssr=SsrMode::Async/>
                        <Route path=path!(":agent") view=AgentDrawer ssr=SsrMode::Async/>
                        <Route path=path!(":agent/tasks/:task") view=TaskDrawer ssr=SsrMode::Async/>
                    </ParentRoute>
                    <Route path=path!("compliance") view=CompliancePage ssr=SsrMode::Async/>
                    <Route path=path!("compliance/checks/:id") view=CheckPage ssr=SsrMode::Async/>
                    <Route path=path!("integrity") view=IntegrityPage ssr=SsrMode::Async/>
                    <Route path=path!("exports") view=ExportsPage ssr=SsrMode::Async/>
                    <Route path=path!("exports/new") view=NewExportPage ssr=SsrMode::Async/>
                    <Route path=path!("inbox") view=InboxPage ssr=SsrMode::Async/>
                    <ParentRoute path=path!("settings") view=SettingsPage ssr=SsrMode::Async>
                        <Route path=path!("") view=ProfilePage ssr=SsrMode::Async/>
                        <Route path=path!("sessions") view=SessionsPage ssr=SsrMode::Async/>
                        <Route path=path!("tokens") view=TokensPage ssr=SsrMode::Async/>
                        <Route path=path!("people") view=PeoplePage ssr=SsrMode::Async/>
                        <Route path=path!("people/:id") view=PersonPage ssr=SsrMode::Async/>
                    </ParentRoute>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
