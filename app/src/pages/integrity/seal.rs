//! Size, root, checkpoint, witnesses, and how far the server compared.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use model::integrity::{CheckpointSummary, RowChecks, TrailStatus, WitnessStatus};

use crate::components::copy::Copy;
use crate::components::time::Time;
use crate::pages::logs::grouped;

/// The facts behind the sentence.
#[component]
pub fn Seal(status: TrailStatus) -> impl IntoView {
    let waiting = status.size - status.checkpoint.as_ref().map_or(0, |newest| newest.size);
    view! {
        <section class="section">
            <div class="section__head"><h2>"What is sealed"</h2></div>
            <dl class="facts">
                <dt>"Events"</dt>
                <dd>
                    {grouped(status.size)}
                    {(waiting > 0).then(|| format!(", of which {} wait for the next checkpoint", grouped(waiting)))}
                </dd>
                <dt>"Root over all of them"</dt>
                <dd><Shortened value=status.root/></dd>
                {status.checkpoint.map(|newest| view! { <Checkpoint newest as_of=status.as_of/> })}
                <dt>"Witnesses"</dt>
                <dd><Witnesses witnesses=status.witnesses/></dd>
                <dt>"Compared"</dt>
                <dd><Compared checked=status.checked size=status.size/></dd>
            </dl>
        </section>
    }
}

/// A hash by its first digits, with the whole of it to copy and on hover.
#[component]
fn Shortened(value: String) -> impl IntoView {
    let short: String = value.chars().take(16).collect();
    view! { <span class="copyable"><code class="mono" title=value.clone()>{short}"…"</code><Copy text=value label="Copy"/></span> }
}

#[component]
fn Checkpoint(newest: CheckpointSummary, as_of: DateTime<Utc>) -> impl IntoView {
    let age = age((as_of - newest.signed_at).num_seconds());
    let number = newest.number.saturating_add(1);
    let signers = newest.signers.join(", ");
    view! {
        <dt>"Newest checkpoint"</dt>
        <dd>
            {format!("Number {} in the chain, over {} events, signed ", grouped(number), grouped(newest.size))}
            <Time at=newest.signed_at/>{format!(" ({age})")}
        </dd>
        <dt>"Signed by"</dt>
        <dd>
            <span class="copyable">
                <span class="mono">{signers}</span>
                <Copy text=newest.note label="Copy checkpoint"/>
            </span>
        </dd>
    }
}

#[component]
fn Witnesses(witnesses: Vec<WitnessStatus>) -> impl IntoView {
    if witnesses.is_empty() {
        return view! {
            "None yet. Only this installation's own keys have signed, so whoever holds them could still sign another history for a reader who has seen none."
        }
        .into_any();
    }
    let rows = witnesses
        .into_iter()
        .map(|witness| {
            let seen = if witness.contradicts {
                "has seen another history".to_owned()
            } else {
                format!("has seen {} events", grouped(witness.size))
            };
            view! {
                <li>
                    <span class="mono">{witness.name}</span>" "{seen}
                    {witness.cosigned_at.map(|at| view! { ", cosigned last "<Time at/> })}
                    {witness.error.map(|error| view! { <span class="meta">" "{error}</span> })}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="plain-list">{rows}</ul> }.into_any()
}

#[component]
fn Compared(checked: RowChecks, size: i64) -> impl IntoView {
    let RowChecks {
        compared,
        oldest_at,
        newest_at,
    } = checked;
    let words = match compared {
        0 => "Not yet: the server begins by itself and goes round without end".to_owned(),
        all if all >= size => "Every stored event with what was sealed".to_owned(),
        some => format!(
            "{} of {} stored events with what was sealed",
            grouped(some),
            grouped(size)
        ),
    };
    view! {
        {words}
        {newest_at.map(|at| view! { "; last "<Time at/> })}
        {oldest_at.map(|at| view! { ", each since "<Time at/> })}
    }
}

/// How long ago, in words.
fn age(seconds: i64) -> String {
    match seconds {
        ..=1 => "just now".to_owned(),
        2..=119 => format!("{seconds} seconds before"),
        120..=7_199 => format!("{} minutes before", seconds / 60),
        7_200..=172_799 => format!("{} hours before", seconds / 3_600),
        _ => format!("{} days before", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn an_age_is_said_in_the_largest_unit_that_has_two() {
        assert_eq!(age(-3), "just now");
        assert_eq!(age(61), "61 seconds before");
        assert_eq!(age(180), "3 minutes before");
        assert_eq!(age(7_200), "2 hours before");
        assert_eq!(age(864_000), "10 days before");
    }
}
