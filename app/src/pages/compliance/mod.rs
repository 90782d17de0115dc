//! The compliance view: one sentence, the matrix, what fails, the checklist, every check.
//! One page, made to be printed.

mod check;
mod checks;
mod history;
mod matrix;

pub use history::CheckPage;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use model::compliance::{DISCLAIMER, Outcome, Run};
use model::permission::Permission;

use crate::api::compliance::{RunChecks, latest_checks};
use crate::components::form_failure::FormFailure;
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::components::time::Time;
use crate::layout::frame::CurrentPerson;

/// An outcome by shape and word.
#[component]
fn State(outcome: Outcome) -> impl IntoView {
    // The badge's class draws its shape.
    let class = match outcome {
        Outcome::Holds => "badge badge--good",
        Outcome::Fails => "badge badge--bad",
        Outcome::CannotBeChecked => "badge badge--neutral",
        Outcome::Attested => "badge badge--info",
    };
    view! { <span class=class>{outcome.label()}</span> }
}

/// The page of the route `/compliance`.
#[component]
pub fn CompliancePage() -> impl IntoView {
    let run_checks = ServerAction::<RunChecks>::new();
    let latest = Resource::new_blocking(move || run_checks.version().get(), |_| latest_checks());
    view! {
        <Title text="Compliance"/>
        <main class="page" id="main" tabindex="-1">
            <header class="page-head">
                <div class="page-head__title"><h1>"Compliance"</h1></div>
                <div class="actions">
                    <a class="button" href="/api/v1/compliance" rel="external" download="compliance.json">
                        <Icon name="download"/>"Download JSON"
                    </a>
                    <CheckNow action=run_checks/>
                </div>
            </header>
            <p class="meta">{DISCLAIMER}</p>
            {move || run_checks.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <Transition>
                {move || Suspend::new(async move {
                    match latest.await {
                        Ok(Some(run)) => view! { <RunView run/> }.into_any(),
                        Ok(None) => view! { <NeverRun/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
        </main>
    }
}

/// The button for those who may run the checks.
#[component]
fn CheckNow(action: ServerAction<RunChecks>) -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let pending = action.pending();
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let may = current.ready().await.is_some_and(|person| person.may(Permission::ComplianceRun));
                may.then(|| view! {
                    <ActionForm action>
                        <button class="button button--primary" type="submit" aria-disabled=move || pending.get().to_string()>
                            <Icon name="refresh"/>{move || if pending.get() { "Checking…" } else { "Check now" }}
                        </button>
                    </ActionForm>
                })
            })}
        </Suspense>
    }
}

#[component]
fn NeverRun() -> impl IntoView {
    view! {
        <section class="empty">
            <h2 class="empty__title">"The checks have not run yet"</h2>
            <p class="empty__why">"They run once at start and then every hour. An administrator can run them now."</p>
        </section>
    }
}

/// What one run found.
#[component]
fn RunView(run: Run) -> impl IntoView {
    let sum = |outcome| run.count(outcome);
    let (holds, all) = (sum(Outcome::Holds), run.results.len());
    let at = run.finished_at;
    let by = if run.by == "schedule" {
        "on schedule".to_owned()
    } else {
        format!("by {}", run.by)
    };
    view! {
        <p class="lead">{format!("{holds} of {all} checks hold. Checked ")}<Time at/>{format!(", {by}.")}</p>
        <dl class="sums">
            {Outcome::ALL.iter().map(|outcome| view! {
                <div><dt>{outcome.label()}</dt><dd>{sum(*outcome)}</dd></div>
            }).collect_view()}
        </dl>
        <matrix::Matrix run=run.clone()/>
        <checks::Failing run=run.clone()/>
        <matrix::Checklist run=run.clone()/>
        <checks::AllChecks run/>
    }
}
