//! An installation that has recorded nothing but itself: three ways to bring data in, each of
//! which works as it stands. The page turns into the table when the first event arrives.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::demo::DemoState;
use model::first_steps::FirstSteps;

use crate::api::demo::{LoadDemo, RemoveDemo};
use crate::api::first_steps::MakeFirstToken;
use crate::components::copy::Copy;
use crate::components::form_failure::FormFailure;
use crate::components::icon::Icon;
use crate::error::AppError;
use crate::pages::logs::demo::Loading;
use crate::pages::logs::live;
use crate::pages::logs::tail::Tails;
use crate::paths::encode;

/// What can be begun; the page holds it, so that a refusal outlives what is shown.
#[derive(Clone, Copy)]
pub struct Beginning {
    pub load: ServerAction<LoadDemo>,
    pub remove: ServerAction<RemoveDemo>,
    token: ServerAction<MakeFirstToken>,
}

impl Beginning {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            load: ServerAction::new(),
            remove: ServerAction::new(),
            token: ServerAction::new(),
        }
    }

    /// Grows with each answer, for what is read again then.
    pub fn turn(self) -> usize {
        self.load.version().get() + self.remove.version().get()
    }

    fn refusal(self) -> Option<AppError> {
        let last = [
            self.load.value().get().and_then(Result::err),
            self.remove.value().get().and_then(Result::err),
            self.token.value().get().and_then(Result::err),
        ];
        last.into_iter().flatten().next()
    }
}

/// Why nothing was begun.
#[component]
pub fn Refused(beginning: Beginning) -> impl IntoView {
    move || {
        beginning
            .refusal()
            .map(|error| view! { <FormFailure error/> })
    }
}

/// The ways to bring data in. `token` was just made for the line that sends an event.
#[component]
pub fn FirstStepsView(
    steps: FirstSteps,
    token: Option<String>,
    head: i64,
    beginning: Beginning,
    tails: Tails,
) -> impl IntoView {
    let foreign = format!(
        "/api/v1/events/live?q={}&after={head}",
        encode("-source:auditorium")
    );
    Effect::new(move |_| live::open(&foreign, move |_, _| tails.ask_again(), || ()));
    let import = format!("{} import cloudtrail .", steps.program);
    view! {
        <section class="empty">
            <h2 class="empty__title">"Nothing is recorded yet"</h2>
            <p class="empty__why">"Bring events in; this page turns into the table when the first arrives."</p>
            <div class="empty__ways">
                {steps.demo.map(|state| view! { <DemoWay state beginning tails/> })}
                <div class="empty__way">
                    <h3>"Import what you have"</h3>
                    <p>"In a folder with CloudTrail files. Also for NDJSON, CSV and Postgres, see "<a href="/docs/start" rel="external">"the first steps"</a>"."</p>
                    <div class="command command--shell"><code>{import.clone()}</code><Copy text=import label="Copy"/></div>
                </div>
                {steps.may_send.then(|| view! { <SendWay url=steps.url token beginning/> })}
            </div>
            <p class="empty__why">
                <a href="/logs?q=source%3Aauditorium">"Show what Auditorium recorded of itself"</a>
            </p>
        </section>
    }
}

#[component]
fn DemoWay(state: DemoState, beginning: Beginning, tails: Tails) -> impl IntoView {
    let is_loading = matches!(state, DemoState::Loading { .. });
    view! {
        <div class="empty__way">
            <h3>"Look around with demo data"</h3>
            <p>"50,000 generated events of the last 30 days, three teams, two agents with tasks. Removable again."</p>
            {if is_loading {
                view! { <Loading state tails/> }.into_any()
            } else {
                view! {
                    <ActionForm action=beginning.load>
                        <button class="button button--primary" type="submit"><Icon name="play"/>"Load demo data"</button>
                    </ActionForm>
                }.into_any()
            }}
        </div>
    }
}

#[component]
fn SendWay(url: String, token: Option<String>, beginning: Beginning) -> impl IntoView {
    let line = |token: &str| {
        format!(
            "curl -H 'Authorization: Bearer {token}' --json '{{\"action\":\"hello.said\"}}' {url}/api/v1/events"
        )
    };
    view! {
        <div class="empty__way">
            <h3>"Send one event"</h3>
            {match token {
                Some(token) => {
                    let line = line(&token);
                    view! {
                        <p role="status">"The token in it may send events for a day. It is shown this once."</p>
                        <div class="command command--shell"><code>{line.clone()}</code><Copy text=line label="Copy"/></div>
                    }.into_any()
                }
                None => view! {
                    <p>"The line needs a token that may send events and nothing else, for a day."</p>
                    <div class="command command--shell"><code>{line("…")}</code></div>
                    <ActionForm action=beginning.token>
                        <button class="button" type="submit"><Icon name="plus"/>"Make a token for this line"</button>
                    </ActionForm>
                }.into_any(),
            }}
        </div>
    }
}
