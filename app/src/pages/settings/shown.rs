//! What is shown once: the secret of a new token, the link for an invited person.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::tokens::take_shown;
use crate::components::copy::Copy;
use crate::components::icon::Icon;

/// Shows what was just made when the address carries the parameter `key`; otherwise nothing.
#[component]
pub fn ShownOnce(key: &'static str, words: &'static str) -> impl IntoView {
    let query = use_query_map();
    let made = Memo::new(move |_| query.with(|query| query.get(key)));
    let shown = Resource::new_blocking(
        move || made.get(),
        |made| async move {
            match made {
                Some(_) => take_shown().await.ok().flatten(),
                None => None,
            }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                shown.await.map(|text| view! {
                    <div class="notice notice--good" role="status">
                        <Icon name="check"/>
                        <div class="notice__words">
                            <p><strong>{words}</strong>" It is shown this once."</p>
                            <div class="command"><code>{text.clone()}</code><Copy text label="Copy"/></div>
                        </div>
                    </div>
                })
            })}
        </Suspense>
    }
}
