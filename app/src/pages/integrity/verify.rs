//! "Verify": this browser hashes every byte of the trail again, in a worker, and demands that the
//! checkpoint that it verified last is continued.
//!
//! The code came from this server, which is said beside the result.

use leptos::prelude::*;
use model::verification::{Pin, Progress, Verdict, Verification};

use crate::components::icon::Icon;
use crate::pages::logs::grouped;
use crate::paths;
use crate::verification::{self, Request, Running, Turn};

/// Where the whole trail is had as one file.
const BUNDLE: &str = "/api/v1/events/export?format=bundle&q=";

const NO_WORKERS: &str = "This browser has no workers to verify in.";

/// The button and what it came to. `stated` is the policy that this server gives of itself.
#[component]
pub fn VerifyHere(origin: String, stated: String) -> impl IntoView {
    let turn = RwSignal::new(None::<Turn>);
    let pinned = RwSignal::new(None::<Pin>);
    // Made in the browser only: the server would drop it in another thread.
    let running = StoredValue::new(None::<StoredValue<Running, LocalStorage>>);
    let end = move || {
        if let Some(before) = running.try_update_value(Option::take).flatten() {
            before.dispose();
        }
    };
    on_cleanup(end);
    let origin = StoredValue::new(origin);
    Effect::new(move |_| pinned.set(verification::pin(&origin.get_value())));
    let begin = move |_| {
        end();
        turn.set(Some(Turn::Progress(Progress::default())));
        let request = Request {
            url: BUNDLE.to_owned(),
            policy: None,
            stated: Some(stated.clone()),
            pin: pinned.get_untracked(),
        };
        let begun = verification::start(&request, move |told| {
            if let Turn::Done(report) = &told
                && report.verdict != Verdict::Damaged
                && let Some(checkpoint) = &report.checkpoint
            {
                verification::keep(checkpoint);
                pinned.set(verification::pin(&checkpoint.origin));
            }
            turn.set(Some(told));
        });
        match begun {
            Some(begun) => running.set_value(Some(StoredValue::new_local(begun))),
            None => turn.set(Some(Turn::Failed(NO_WORKERS.to_owned()))),
        }
    };
    let busy = move || matches!(turn.get(), Some(Turn::Progress(_)));
    view! {
        <div class="needs-script verify-here">
            <div class="actions">
                <button type="button" class="button button--primary" on:click=begin disabled=busy>
                    <Icon name="integrity"/>"Verify"
                </button>
                <span class="meta">"Takes the whole trail as a bundle, which is recorded as an export. Checked with code from this server."</span>
            </div>
            <div aria-live="polite">{move || turn.get().map(|turn| view! { <Told turn/> })}</div>
            {move || pinned.get().map(|pin| view! { <Pinned pin/> })}
        </div>
    }
}

#[component]
fn Told(turn: Turn) -> impl IntoView {
    match turn {
        Turn::Progress(progress) => view! { <Going progress/> }.into_any(),
        Turn::Failed(why) => {
            view! { <div class="notice notice--bad"><Icon name="cross"/><p class="notice__words">{why}</p></div> }
                .into_any()
        }
        Turn::Done(report) => view! { <Report report=*report/> }.into_any(),
    }
}

#[component]
fn Going(progress: Progress) -> impl IntoView {
    let checked = i64::try_from(progress.positions).unwrap_or(i64::MAX);
    let words = match progress.size.and_then(|size| i64::try_from(size).ok()) {
        Some(size) => format!("{} of {} events", grouped(checked), grouped(size)),
        None => "Asking for the bundle…".to_owned(),
    };
    let size = progress.size.unwrap_or(1).max(1);
    view! {
        <p class="loading">
            <progress class="loading__bar" max=size.to_string() value=progress.positions.to_string() aria-label="Verifying"></progress>
            {words}
        </p>
    }
}

#[component]
fn Report(report: Verification) -> impl IntoView {
    let (kind, icon) = match report.verdict {
        Verdict::Proved => ("notice notice--good", "check"),
        Verdict::Stated => ("notice notice--info", "check"),
        Verdict::Unsigned => ("notice notice--warning", "warning"),
        Verdict::Damaged => ("notice notice--bad", "cross"),
    };
    let findings = report
        .findings
        .into_iter()
        .map(|damage| view! { <li>{damage.sentence}</li> })
        .collect_view();
    let more = report.more_findings;
    view! {
        <div class=kind>
            <Icon name=icon/>
            <div class="notice__words">
                <p><strong>{report.sentence}</strong></p>
                <p>{report.meaning}</p>
                <ul>{findings}</ul>
                {(more > 0).then(|| format!("{more} more."))}
                {report.continues.map(|pin| view! { <p>{format!("It continues the {} events that this browser verified before.", pin.size)}</p> })}
            </div>
        </div>
    }
}

/// The checkpoint that this browser keeps, to take elsewhere.
#[component]
fn Pinned(pin: Pin) -> impl IntoView {
    let size = i64::try_from(pin.size).unwrap_or(i64::MAX);
    let line = paths::encode(&verification::pin_line(&pin));
    view! {
        <p class="meta">
            {format!("This browser verified {} events before and demands that they are continued. ", grouped(size))}
            <a href=format!("data:text/plain;charset=utf-8,{line}") download="trail.pin">"Download the pin"</a>
        </p>
    }
}
