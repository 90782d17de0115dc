//! How a reader checks without believing this server.

use leptos::prelude::*;
use model::integrity::TrailStatus;

use crate::components::icon::Icon;

/// What to take away, and what it is worth.
#[component]
pub fn CheckYourself(status: TrailStatus) -> impl IntoView {
    let begun = status.checkpoint.is_some();
    view! {
        <section class="section" id="verify">
            <div class="section__head"><h2>"Check it yourself"</h2></div>
            <p class="section__intro">
                "Each event is a leaf of one tree whose root is signed within a second. Keep a checkpoint: whatever it covers cannot be changed, reordered, inserted or dropped later without your noticing, by nobody, this server's operator included. Each event's own proof stands in its drawer."
            </p>
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
