//! Whether the trail is what was recorded: one sentence, then the evidence.
//!
//! The sentence is the server's own word and says so; what a reader can check without believing
//! the server stands below it.

mod check;
mod findings;
mod keys;
mod seal;
mod verify;

use leptos::prelude::*;
use leptos_meta::Title;
use model::integrity::{Meaning, TrailStatus, verdict};

use crate::api::trail::read_trail;
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::components::time::Time;
use check::CheckYourself;
use findings::{DamagedEvents, DamagedLogs, Holes};
use keys::Keys;
use seal::Seal;

/// The page of the route `/integrity`.
#[component]
pub fn IntegrityPage() -> impl IntoView {
    let status = Resource::new_blocking(|| (), |()| read_trail());
    view! {
        <Title text="Integrity"/>
        <main class="page" id="main" tabindex="-1">
            <header class="page-head">
                <div class="page-head__title"><h1>"Integrity"</h1></div>
                <div class="actions">
                    <a class="button" href="/integrity" rel="external"><Icon name="refresh"/>"Refresh"</a>
                </div>
            </header>
            <Transition>
                {move || Suspend::new(async move {
                    match status.await {
                        Ok(status) => view! { <Status status/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
        </main>
    }
}

#[component]
fn Status(status: TrailStatus) -> impl IntoView {
    let as_of = status.as_of;
    let verdict = verdict(&status);
    let (class, icon) = match verdict.meaning {
        Meaning::Good => ("verdict verdict--good", "check"),
        Meaning::Pending => ("verdict verdict--info", "clock"),
        Meaning::Warning => ("verdict verdict--warning", "warning"),
        Meaning::Bad => ("verdict verdict--bad", "cross"),
    };
    view! {
        <section class=class aria-label="In one sentence">
            <Icon name=icon/>
            <div>
                <p class="verdict__sentence">{verdict.sentence}</p>
                <p class="meta">"What this server says of itself, "<Time at=as_of/>"."</p>
            </div>
        </section>
        <DamagedEvents damage=status.damage.clone()/>
        <DamagedLogs damage=status.log_damage.clone()/>
        <Seal status=status.clone()/>
        <CheckYourself status=status.clone()/>
        <Holes holes=status.holes.clone()/>
        {status.origin.map(|origin| view! { <Keys origin/> })}
    }
}
