//! One check: what it claims, what was measured, what to do, who vouches for it.

use leptos::prelude::*;
use model::compliance::{CheckResult, Outcome};

use super::State;
use crate::components::time::Time;
use crate::paths;

/// A check's result.
#[component]
pub fn CheckView(result: CheckResult) -> impl IntoView {
    let CheckResult {
        id,
        title,
        outcome,
        evidence,
        checked_at,
        advice,
        attestation,
    } = result;
    let advice = advice.filter(|_| outcome != Outcome::Holds && outcome != Outcome::Attested);
    view! {
        <article class="check">
            <div class="check__state"><State outcome/></div>
            <div>
                <h3 class="check__title"><a href=paths::check(&id)>{title}</a></h3>
                <p class="check__evidence">{evidence}</p>
                {attestation.and_then(|word| match outcome {
                    Outcome::Attested => Some((format!("“{}” {}, until ", word.note, word.by), word.expires_at)),
                    Outcome::CannotBeChecked => Some((format!("What {} attested expired ", word.by), word.expires_at)),
                    _ => None,
                }).map(|(words, at)| view! { <p class="check__evidence">{words}<Time at/></p> })}
                {advice.map(|advice| view! { <div class="check__remedy"><p>{advice}</p></div> })}
            </div>
            <span class="check__time"><Time at=checked_at/></span>
        </article>
    }
}
