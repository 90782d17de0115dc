//! One's own sessions, and ending them.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use model::person::Session;
use uuid::Uuid;

use crate::api::sessions::{EndOtherSessions, EndSession, list_sessions};
use crate::components::notice::Failure;
use crate::components::time::Time;

/// The page of `/settings/sessions`.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let end = ServerAction::<EndSession>::new();
    let end_others = ServerAction::<EndOtherSessions>::new();
    let sessions = Resource::new_blocking(
        move || (end.version().get(), end_others.version().get()),
        |_| list_sessions(),
    );
    view! {
        <Title text="Sessions"/>
        <section class="section">
            <div class="section__head">
                <h2>"Sessions"</h2>
                <ActionForm action=end_others>
                    <button class="button button--quiet" type="submit">"End all others"</button>
                </ActionForm>
            </div>
            {move || end.value().get().and_then(Result::err).map(|error| view! { <Failure error/> })}
            <Transition>
                {move || Suspend::new(async move {
                    match sessions.await {
                        Ok((sessions, current)) => view! { <List sessions current end/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn List(
    sessions: Vec<Session>,
    current: Option<Uuid>,
    end: ServerAction<EndSession>,
) -> impl IntoView {
    let rows = sessions.into_iter().map(|session| {
        let is_current = current == Some(session.id);
        view! { <Row session is_current end/> }
    });
    view! { <div class="settings">{rows.collect_view()}</div> }
}

#[component]
fn Row(session: Session, is_current: bool, end: ServerAction<EndSession>) -> impl IntoView {
    let name = session
        .user_agent
        .as_deref()
        .map_or_else(|| "Unknown browser".to_owned(), browser);
    let place = session
        .ip
        .map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string());
    let control = if is_current {
        view! { <span class="badge badge--good">"This session"</span> }.into_any()
    } else {
        view! {
            <ActionForm action=end>
                <input type="hidden" name="id" value=session.id.to_string()/>
                <button class="button button--danger button--quiet" type="submit">"End"</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <div class="settings__row">
            <div>
                <p class="settings__name" title=session.user_agent>{name}</p>
                <p class="settings__about">
                    "From "{place}", since "<Time at=session.created_at/>", last seen "<Time at=session.last_seen_at/>
                    ". Ends "<Time at=session.expires_at/>"."
                </p>
            </div>
            <div class="settings__control">{control}</div>
        </div>
    }
}

/// A browser and its system, as far as its header says.
fn browser(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_named_as_people_name_it() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(browser(firefox), "Firefox on Linux");
        assert_eq!(browser("curl/8.9"), "curl/8.9");
    }
}
