//! What fails, first; then every check by area.

use leptos::prelude::*;
use model::compliance::checks::{Area, by_id};
use model::compliance::{CheckResult, Outcome, Run};

use super::check::CheckView;

/// The checks that fail, with what to do. Nothing when none does.
#[component]
pub fn Failing(run: Run) -> impl IntoView {
    let failing: Vec<CheckResult> = run
        .results
        .into_iter()
        .filter(|result| result.outcome == Outcome::Fails)
        .collect();
    (!failing.is_empty()).then(|| view! {
        <section class="section" id="failing">
            <div class="section__head"><h2>"What to mend"</h2></div>
            <div>{failing.into_iter().map(|result| view! { <CheckView result/> }).collect_view()}</div>
        </section>
    })
}

/// Every other check, by what it looks at.
#[component]
pub fn AllChecks(run: Run) -> impl IntoView {
    let areas = Area::ALL.iter().map(|area| {
        let results: Vec<CheckResult> = run
            .results
            .iter()
            .filter(|result| result.outcome != Outcome::Fails)
            .filter(|result| by_id(&result.id).is_some_and(|check| check.area == *area))
            .cloned()
            .collect();
        (!results.is_empty()).then(|| view! {
            <section class="section">
                <div class="section__head"><h2>{area.label()}</h2></div>
                <div>{results.into_iter().map(|result| view! { <CheckView result/> }).collect_view()}</div>
            </section>
        })
    }).collect_view();
    view! { {areas} }
}
