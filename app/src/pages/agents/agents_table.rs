//! The table of agents.

use leptos::prelude::*;
use model::agent::AgentSummary;

use crate::components::time::Time;
use crate::pages::agents::outcome::{AgentBadge, Marks};
use crate::paths;

/// One row an agent.
#[component]
pub fn AgentsTable(agents: Vec<AgentSummary>) -> impl IntoView {
    let rows = agents
        .into_iter()
        .map(|summary| view! { <Row summary/> })
        .collect_view();
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
                <tbody class="table__body">{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(summary: AgentSummary) -> impl IntoView {
    let AgentSummary {
        agent,
        state,
        running,
        recent,
    } = summary;
    view! {
        <tr class="table__row">
            <td data-label="Agent"><a class="value" href=paths::agent(agent.id)>{agent.name}</a></td>
            <td data-label="State"><AgentBadge state/></td>
            <td data-label="Version">{agent.version}</td>
            <td data-label="Team">{agent.team}</td>
            <td class="table__time" data-label="Last seen"><Time at=agent.last_seen_at/></td>
            <td data-label="Running">{running}</td>
            <td data-label="Recent tasks"><Marks recent/></td>
        </tr>
    }
}
