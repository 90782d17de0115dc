//! Requirements by frameworks, and the checklist, both as tables.

use leptos::prelude::*;
use model::compliance::checklist::{Chapter, PRACTICES};
use model::compliance::matrix::REQUIREMENTS;
use model::compliance::{Framework, Outcome, Run, checks};

use super::State;
use crate::paths;

/// How many of a row's checks hold, and which they are.
#[component]
fn Behind(run: Run, ids: &'static [&'static str]) -> impl IntoView {
    let holds = ids
        .iter()
        .filter(|id| run.state_of(&[**id]) == Outcome::Holds)
        .count();
    let links = ids
        .iter()
        .filter_map(|id| checks::by_id(id))
        .map(|check| {
            let state = run.state_of(&[check.id]).label().to_lowercase();
            view! { <li><a href=paths::check(check.id)>{check.title}</a>{format!(": {state}")}</li> }
        })
        .collect_view();
    view! {
        <details>
            <summary>{format!("{holds} of {} hold", ids.len())}</summary>
            <ul>{links}</ul>
        </details>
    }
}

/// The numbers of one framework, one a line; a dash where it does not ask.
#[component]
fn Controls(numbers: Option<&'static str>) -> impl IntoView {
    match numbers {
        Some(numbers) => numbers
            .split(", ")
            .map(|number| view! { <span class="matrix__control">{number}</span> })
            .collect_view()
            .into_any(),
        None => {
            view! { <span class="matrix__none" role="img" aria-label="Not asked for">"–"</span> }
                .into_any()
        }
    }
}

/// What each framework asks for and whether it holds here.
#[component]
pub fn Matrix(run: Run) -> impl IntoView {
    let rows = REQUIREMENTS
        .iter()
        .map(|row| {
            let controls = Framework::ALL
                .iter()
                .map(|framework| view! { <td><Controls numbers=row.control(*framework)/></td> })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{row.title}<br/><span class="meta">{row.summary}</span></th>
                    <td><State outcome=run.state_of(row.checks)/></td>
                    {controls}
                    <td class="meta"><Behind run=run.clone() ids=row.checks/></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="section">
            <div class="section__head"><h2>"What the frameworks ask for"</h2></div>
            <div class="matrix-frame" tabindex="0" role="region" aria-label="Matrix">
                <table class="matrix">
                    <thead>
                        <tr>
                            <th scope="col">"Requirement"</th>
                            <th scope="col">"State"</th>
                            {Framework::ALL.iter().map(|framework| view! { <th scope="col">{framework.label()}</th> }).collect_view()}
                            <th scope="col">"Checks"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

/// Practices, readiness for production and data handling.
#[component]
pub fn Checklist(run: Run) -> impl IntoView {
    let chapters = Chapter::ALL.iter().map(|chapter| {
        let rows = PRACTICES.iter().filter(|row| row.chapter == *chapter).map(|row| view! {
            <tr>
                <th scope="row">{row.title}</th>
                <td><State outcome=run.state_of(row.checks)/></td>
                <td class="meta"><Behind run=run.clone() ids=row.checks/></td>
            </tr>
        }).collect_view();
        let label = chapter.label();
        view! {
            <section class="section">
                <div class="section__head"><h2>{label}</h2></div>
                <div class="matrix-frame" tabindex="0" role="region" aria-label=label>
                    <table class="matrix">
                        <thead>
                            <tr><th scope="col">"Practice"</th><th scope="col">"State"</th><th scope="col">"Checks"</th></tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
    }).collect_view();
    view! { {chapters} }
}
