//! Under which name and keys the trail is signed, for whoever writes them down elsewhere.

use leptos::prelude::*;
use model::integrity::TrailOrigin;

use crate::components::copy::Copy;
use crate::components::icon::Icon;
use crate::components::time::Time;

/// Origin, keys, and the policy file.
#[component]
pub fn Keys(origin: TrailOrigin) -> impl IntoView {
    let since = origin.since;
    let rows = [
        ("Origin", origin.origin),
        ("Log key", origin.log_key),
        ("Cosigner key", origin.cosigner_key),
        ("Recovery key", origin.recovery_key),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| {
        view! {
            <dt>{name}</dt>
            <dd><span class="copyable"><code class="mono">{value.clone()}</code><Copy text=value label="Copy"/></span></dd>
        }
    })
    .collect_view();
    view! {
        <section class="section" id="keys">
            <div class="section__head">
                <h2>"Name and keys"</h2>
                <a class="button button--small" href="/api/v1/trail/policy" rel="external" download="auditorium.policy">
                    <Icon name="download"/>"Policy file"
                </a>
            </div>
            <p class="section__intro">
                "Public halves. An auditor keeps them, or the policy file, in a place of their own: a verification is worth as much as the way by which its keys arrived."
            </p>
            <dl class="facts">{rows}<dt>"Since"</dt><dd><Time at=since/></dd></dl>
        </section>
    }
}
