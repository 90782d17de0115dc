//! What proves that one event stands in the trail, to keep and to check elsewhere.

use leptos::prelude::*;
use model::integrity::EventProof;

use crate::components::copy::Copy;
use crate::components::icon::Icon;
use crate::error::AppError;
use crate::pages::logs::grouped;
use crate::paths;

/// Position, leaf and receipt; where there is none yet, why.
#[component]
pub fn Proof(proof: Result<EventProof, AppError>) -> impl IntoView {
    let shown = match proof {
        Ok(proof) => view! { <Proven proof/> }.into_any(),
        Err(error) => view! { <p class="meta">{error.message}</p> }.into_any(),
    };
    view! { <section class="drawer__section" id="proof"><h3>"Proof"</h3>{shown}</section> }
}

#[component]
fn Proven(proof: EventProof) -> impl IntoView {
    let file = format!("{}.tlog-proof", proof.id);
    let address = format!("/api/v1/events/{}/receipt", proof.id);
    let whole = format!("/api/v1/events/{}/proof", proof.id);
    view! {
        <p class="section__intro">
            "The event's leaf, and the hashes that lead from it to a signed checkpoint. Whoever keeps the receipt can show later that this event stood here. "
            <a href=paths::INTEGRITY>"Integrity"</a>
        </p>
        <dl class="facts">
            <dt>"Leaf number"</dt><dd>{grouped(proof.seq)}</dd>
            <dt>"Leaf"</dt><dd><code class="mono">{proof.leaf}</code></dd>
        </dl>
        <details>
            <summary>"Receipt"</summary>
            <pre class="code" tabindex="0">{proof.receipt.clone()}</pre>
        </details>
        <div class="actions">
            <Copy text=proof.receipt label="Copy receipt"/>
            <a class="button button--quiet button--small" href=address rel="external" download=file><Icon name="download"/>"Receipt"</a>
            <a class="button button--quiet button--small" href=whole rel="external" download="proof.json"><Icon name="download"/>"Receipt and content"</a>
        </div>
    }
}
