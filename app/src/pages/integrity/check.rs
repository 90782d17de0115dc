//! How a reader checks without believing this server.

use leptos::prelude::*;
use model::integrity::TrailStatus;

use super::verify::VerifyHere;
use crate::components::icon::Icon;

/// What to take away, and what it is worth.
#[component]
pub fn CheckYourself(status: TrailStatus) -> impl IntoView {
    let begun = status.checkpoint.is_some();
    let here = status.origin.filter(|_| begun).map(|origin| {
        let stated = format!("log {}\nquorum none\n", origin.log_key);
        view! { <VerifyHere origin=origin.origin stated/> }
    });
    view! {
        <section class="section" id="verify">
            <div class="section__head"><h2>"Check it yourself"</h2></div>
            <p class="section__intro">
                "Each event is a leaf of one tree whose root is signed within a second. Keep a checkpoint: whatever it covers cannot be changed, reordered, inserted or dropped later without your noticing, not even by this server's operator. Each event's own proof stands in its drawer."
            </p>
            {here}
            {begun.then(|| view! {
                <div class="actions">
                    <a class="button" href="/api/v1/trail/checkpoint" rel="external" download="checkpoint.txt">
                        <Icon name="download"/>"Checkpoint"
                    </a>
                    <a class="button button--quiet" href="/docs/integrity" rel="external">"What is guaranteed, and what is not"</a>
                </div>
            })}
        </section>
    }
}
