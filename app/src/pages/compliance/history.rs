//! One check over time: when it changed, who vouched for it, and the form to do so.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::compliance::{CheckResult, DISCLAIMER, History, Outcome};
use model::permission::Permission;

use super::State;
use super::check::CheckView;
use crate::api::compliance::{AttestCheck, check_history, latest_checks};
use crate::components::form_failure::FormFailure;
use crate::components::notice::Failure;
use crate::components::time::Time;
use crate::error::AppError;
use crate::layout::frame::CurrentPerson;
use crate::paths;

/// Terms that are offered for an attestation, in days.
const DAYS: [u16; 4] = [30, 90, 180, 365];

/// The newest result of a check and its history.
async fn read(check: String) -> Result<(Option<CheckResult>, History), AppError> {
    let history = check_history(check).await?;
    let latest = latest_checks().await?;
    let result = latest.and_then(|run| run.result(&history.check).cloned());
    Ok((result, history))
}

/// The page of the route `/compliance/checks/:id`.
#[component]
pub fn CheckPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let attest = ServerAction::<AttestCheck>::new();
    let found = Resource::new_blocking(
        move || (id.get(), attest.version().get()),
        |(id, _)| read(id),
    );
    view! {
        <main class="page page--narrow" id="main" tabindex="-1">
            <p><a href=paths::COMPLIANCE>"Compliance"</a></p>
            <Transition>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok((result, history)) => view! { <Found result history attest/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
            <p class="meta">{DISCLAIMER}</p>
        </main>
    }
}

#[component]
fn Found(
    result: Option<CheckResult>,
    history: History,
    attest: ServerAction<AttestCheck>,
) -> impl IntoView {
    let can_attest = result.as_ref().is_none_or(|result| {
        matches!(result.outcome, Outcome::CannotBeChecked | Outcome::Attested)
    });
    let check = history.check.clone();
    view! {
        <Title text=history.title.clone()/>
        <header class="page-head"><div class="page-head__title"><h1>{history.title.clone()}</h1></div></header>
        {result.map(|result| view! { <CheckView result/> })}
        {can_attest.then(|| view! { <Attest check action=attest/> })}
        <Words history=history.clone()/>
        <Changes history/>
    }
}

/// The form, for those who may vouch.
#[component]
fn Attest(check: String, action: ServerAction<AttestCheck>) -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let check = StoredValue::new(check);
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let may = current.ready().await.is_some_and(|person| person.may(Permission::ComplianceAttest));
                may.then(|| view! { <AttestForm check=check.get_value() action/> })
            })}
        </Suspense>
    }
}

#[component]
fn AttestForm(check: String, action: ServerAction<AttestCheck>) -> impl IntoView {
    view! {
        <section class="section">
            <div class="section__head"><h2>"Attest it"</h2></div>
            {move || action.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <ActionForm action attr:class="form">
                <input type="hidden" name="check" value=check/>
                <div class="field">
                    <label class="field__label" for="note">"What you looked at and found"</label>
                    <textarea class="input" id="note" name="note" required minlength="10"></textarea>
                </div>
                <div class="field">
                    <label class="field__label" for="days">"Stands for"</label>
                    <select class="input" id="days" name="days">
                        {DAYS.map(|days| view! { <option value=days.to_string() selected=days == 90>{format!("{days} days")}</option> })}
                    </select>
                </div>
                <div class="actions"><button class="button button--primary" type="submit">"Attest"</button></div>
            </ActionForm>
        </section>
    }
}

#[component]
fn Words(history: History) -> impl IntoView {
    let as_of = history.as_of;
    let rows = history.attestations.into_iter().map(|word| {
        let (kind, state) = if word.expires_at > as_of { ("good", "Stands") } else { ("neutral", "Expired") };
        view! {
            <tr>
                <td><Time at=word.attested_at/></td><td>{word.by}</td><td>{word.note}</td>
                <td><span class=format!("badge badge--{kind}")>{state}</span>" "<Time at=word.expires_at/></td>
            </tr>
        }
    }).collect_view();
    (!rows.is_empty()).then(|| view! {
        <section class="section">
            <div class="section__head"><h2>"Attestations"</h2></div>
            <div class="matrix-frame" tabindex="0" role="region" aria-label="Attestations">
                <table class="matrix">
                    <thead><tr><th scope="col">"When"</th><th scope="col">"Who"</th><th scope="col">"What"</th><th scope="col">"Until"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    })
}

#[component]
fn Changes(history: History) -> impl IntoView {
    let rows = history.changes.into_iter().map(|change| view! {
        <tr>
            <td><Time at=change.at/></td><td><State outcome=change.outcome/></td><td>{change.evidence}</td>
        </tr>
    }).collect_view();
    view! {
        <section class="section">
            <div class="section__head"><h2>"When it changed"</h2></div>
            <div class="matrix-frame" tabindex="0" role="region" aria-label="When it changed">
                <table class="matrix">
                    <thead><tr><th scope="col">"Since"</th><th scope="col">"State"</th><th scope="col">"Evidence"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}
