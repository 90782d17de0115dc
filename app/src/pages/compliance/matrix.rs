//! Requirements by frameworks, and the checklist, both as tables.

use leptos::prelude::*;
use model::compliance::checklist::{Chapter, PRACTICES};
use model::compliance::matrix::REQUIREMENTS;
use model::compliance::{Framework, Run, checks};

use super::State;
use crate::paths;

/// The checks behind a row, as links to what they found.
fn links(ids: &'static [&'static str]) -> impl IntoView {
    ids.iter()
        .filter_map(|id| checks::by_id(id))
        .enumerate()
        .map(|(index, check)| {
            view! {
                {(index > 0).then_some(", ")}
                <a href=paths::check(check.id)>{check.title}</a>
            }
        })
        .collect_view()
}

/// What each framework asks for and whether it holds here.
#[component]
pub fn Matrix(run: Run) -> impl IntoView {
    let rows = REQUIREMENTS.iter().map(|row| {
        let controls = Framework::ALL.iter().map(|framework| match row.control(*framework) {
            Some(numbers) => view! { <td><span class="matrix__control">{numbers}</span></td> }.into_any(),
            None => view! { <td><span class="matrix__none">"–"<span class="visually-hidden">" not asked for"</span></span></td> }.into_any(),
        }).collect_view();
        view! {
            <tr>
                <th scope="row">{row.title}<br/><span class="meta">{row.summary}</span></th>
                <td><State outcome=run.state_of(row.checks)/></td>
                {controls}
                <td class="meta">{links(row.checks)}</td>
            </tr>
        }
    }).collect_view();
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
                <td class="meta">{links(row.checks)}</td>
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
