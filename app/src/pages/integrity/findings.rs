//! What is not as it was recorded: damage by place and kind, and holes with who made them.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use model::integrity::{Damage, DamageKind, Hole, HoleCause, LogDamage, LogDamageKind};
use uuid::Uuid;

use crate::components::time::Time;
use crate::pages::logs::grouped;
use crate::paths;

/// Damaged events; nothing where none is known.
#[component]
pub fn DamagedEvents(damage: Vec<Damage>) -> impl IntoView {
    let rows = damage
        .into_iter()
        .map(|found| {
            let what = match found.kind {
                DamageKind::Altered => "Says something else than was recorded",
                DamageKind::Moved => "Stands in another event's place",
                DamageKind::Missing => "Is gone, and no deletion was recorded",
                DamageKind::Foreign => "Was never recorded",
            };
            view! {
                <tr>
                    <th scope="row" class="mono">{places(found.first, found.last)}</th>
                    <td><span class="badge badge--bad">{what}</span></td>
                    <td><LastIntact at=found.intact_at/></td>
                    <td><Time at=found.found_at/></td>
                </tr>
            }
        })
        .collect_view();
    (!rows.is_empty()).then(|| view! {
        <section class="section" id="damage">
            <div class="section__head"><h2>"Damaged events"</h2></div>
            <p class="section__intro">
                "What was sealed cannot be changed unseen: these rows differ from their seals. Somebody with the database's own rights did this between the two times. Keep the server's and the database's logs, and compare with a backup."
            </p>
            <div class="matrix-frame" tabindex="0" role="region" aria-label="Damaged events">
                <table class="matrix">
                    <thead><tr><th scope="col">"Positions"</th><th scope="col">"What is wrong"</th><th scope="col">"Last found intact"</th><th scope="col">"Found"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    })
}

/// Task logs whose object differs from the digest in `task.finished`.
#[component]
pub fn DamagedLogs(damage: Vec<LogDamage>) -> impl IntoView {
    let rows = damage
        .into_iter()
        .map(|found| {
            let what = match found.kind {
                LogDamageKind::Altered => "Holds other bytes than were recorded",
                LogDamageKind::Missing => "Is gone from the object store",
            };
            view! {
                <tr>
                    <th scope="row"><a href=paths::task(found.agent, found.task)>{found.name}</a></th>
                    <td><span class="badge badge--bad">{what}</span></td>
                    <td><LastIntact at=found.intact_at/></td>
                    <td><Time at=found.found_at/></td>
                </tr>
            }
        })
        .collect_view();
    (!rows.is_empty()).then(|| view! {
        <section class="section" id="logs">
            <div class="section__head"><h2>"Damaged task logs"</h2></div>
            <p class="section__intro">
                "The event task.finished holds the size and SHA-256 of what a task printed. The objects of these tasks are not that any more."
            </p>
            <div class="matrix-frame" tabindex="0" role="region" aria-label="Damaged task logs">
                <table class="matrix">
                    <thead><tr><th scope="col">"Task"</th><th scope="col">"What is wrong"</th><th scope="col">"Last found intact"</th><th scope="col">"Found"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    })
}

/// When something was last found as it was recorded.
#[component]
fn LastIntact(at: Option<DateTime<Utc>>) -> impl IntoView {
    match at {
        Some(at) => view! { <Time at/> }.into_any(),
        None => "Never looked at before".into_any(),
    }
}

/// Positions without content, and what took it.
#[component]
pub fn Holes(holes: Vec<Hole>) -> impl IntoView {
    let rows = holes
        .into_iter()
        .map(|hole| view! { <HoleRow hole/> })
        .collect_view();
    let none = rows.is_empty();
    view! {
        <section class="section" id="holes">
            <div class="section__head"><h2>"What was removed"</h2></div>
            {if none {
                view! { <p class="section__intro">"Nothing. Whatever is removed in the product, or by TRUNCATE, stays here with who did it, when and why."</p> }.into_any()
            } else {
                view! {
                    <div class="matrix-frame" tabindex="0" role="region" aria-label="What was removed">
                        <table class="matrix">
                            <thead><tr><th scope="col">"Positions"</th><th scope="col">"Events"</th><th scope="col">"How"</th><th scope="col">"Who"</th><th scope="col">"When"</th><th scope="col">"Why"</th><th scope="col">"Record"</th></tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }.into_any()
            }}
        </section>
    }
}

/// How content went, as a row tells it.
struct Told {
    badge: &'static str,
    how: &'static str,
    who: String,
    why: String,
    event: Uuid,
    at: DateTime<Utc>,
}

#[component]
fn HoleRow(hole: Hole) -> impl IntoView {
    let told = tell(hole.cause);
    view! {
        <tr>
            <th scope="row" class="mono">{places(hole.first, hole.last)}</th>
            <td>{grouped(hole.count)}</td>
            <td><span class=told.badge>{told.how}</span></td>
            <td>{told.who}</td>
            <td><Time at=told.at/></td>
            <td>{told.why}</td>
            <td><a href=paths::event(told.event)>"Open"</a></td>
        </tr>
    }
}

fn tell(cause: HoleCause) -> Told {
    let with = |actor: String, approver: Option<String>| match approver {
        Some(approver) => format!("{actor}, approved by {approver}"),
        None => format!("{actor} alone"),
    };
    match cause {
        HoleCause::Deletion {
            event,
            at,
            actor,
            approver,
            reason,
        } => Told {
            badge: if approver.is_some() {
                "badge badge--info"
            } else {
                "badge badge--warning"
            },
            how: if approver.is_some() {
                "Deleted with approval"
            } else {
                "Deleted by one person"
            },
            who: with(actor, approver),
            why: reason,
            event,
            at,
        },
        HoleCause::Truncation { event, at, role } => Told {
            badge: "badge badge--bad",
            how: "Truncated by SQL",
            who: format!("SQL role {role}"),
            why: "Nobody approved it".to_owned(),
            event,
            at,
        },
        HoleCause::Lost {
            event,
            at,
            actor,
            approver,
            reason,
        } => Told {
            badge: "badge badge--warning",
            how: "Lost with a restore",
            who: with(actor, approver),
            why: reason,
            event,
            at,
        },
    }
}

/// `7`, `5–9`.
fn places(first: i64, last: i64) -> String {
    if first == last {
        grouped(first)
    } else {
        format!("{}–{}", grouped(first), grouped(last))
    }
}
