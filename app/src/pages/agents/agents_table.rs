//! The table of agents, which renews itself while somebody looks at it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::agent::AgentSummary;

use crate::api::agents::list_agents;
use crate::components::time::Time;
use crate::pages::agents::outcome::{AgentBadge, Marks};
use crate::paths;

/// How often the table is renewed. Agents give a sign of life every 30 seconds.
const PAUSE: Duration = Duration::from_secs(5);

/// One row an agent.
#[component]
pub fn AgentsTable(agents: Vec<AgentSummary>) -> impl IntoView {
    let agents = RwSignal::new(agents);
    Effect::new(move |_| renew(agents));
    view! {
        <div class="table-frame agents" tabindex="0" role="region" aria-label="Agents">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Agent"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Version"</th>
                        <th scope="col">"Team"</th>
                        <th class="table__time" scope="col">"Last seen"</th>
                        <th scope="col">"Running"</th>
                        <th scope="col">"Recent tasks"</th>
                    </tr>
                </thead>
                <tbody class="table__body">
                    // Rows stay, and with them the reader's focus; what changes in them is drawn anew.
                    <For each=move || agents.get() key=|summary| summary.agent.id let:summary>
                        <Row summary agents/>
                    </For>
                </tbody>
            </table>
        </div>
    }
}

/// Asks again and again while the page is visible, until the view goes. An answer that does not
/// come changes nothing.
fn renew(agents: RwSignal<Vec<AgentSummary>>) {
    let ask = move || {
        if document().hidden() {
            return;
        }
        spawn_local(async move {
            if let Ok(newer) = list_agents().await
                && agents.try_with_untracked(|known| *known != newer) == Some(true)
            {
                agents.set(newer);
            }
        });
    };
    if let Ok(interval) = set_interval_with_handle(ask, PAUSE) {
        on_cleanup(move || interval.clear());
    }
}

#[component]
fn Row(summary: AgentSummary, agents: RwSignal<Vec<AgentSummary>>) -> impl IntoView {
    let id = summary.agent.id;
    let first = StoredValue::new(summary);
    let now = Memo::new(move |_| {
        agents.with(|agents| {
            let newer = agents.iter().find(|newer| newer.agent.id == id);
            newer.cloned().unwrap_or_else(|| first.get_value())
        })
    });
    let part = move |read: fn(&AgentSummary) -> Option<String>| move || now.with(read);
    view! {
        <tr class="table__row">
            <td data-label="Agent"><a class="value" href=paths::agent(id)>{part(|now| Some(now.agent.name.clone()))}</a></td>
            <td data-label="State">{move || view! { <AgentBadge state=now.with(|now| now.state)/> }}</td>
            <td data-label="Version">{part(|now| now.agent.version.clone())}</td>
            <td data-label="Team">{part(|now| now.agent.team.clone())}</td>
            <td class="table__time" data-label="Last seen">{move || view! { <Time at=now.with(|now| now.agent.last_seen_at)/> }}</td>
            <td data-label="Running">{part(|now| Some(now.running.to_string()))}</td>
            <td data-label="Recent tasks">{move || view! { <Marks recent=now.with(|now| now.recent.clone())/> }}</td>
        </tr>
    }
}
