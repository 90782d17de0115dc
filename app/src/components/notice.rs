//! A message in the flow of a page: what happened, what was kept, what to do next.

use leptos::prelude::*;

use crate::error::AppError;

/// Says why something did not happen, with the request's id small beneath.
#[component]
pub fn Failure(error: AppError) -> impl IntoView {
    let expired = error.code == "unauthenticated";
    view! {
        <div class="notice notice--bad" role="alert">
            <p>{error.message.clone()}</p>
            {error.errors.iter().skip(1).map(|field| view! { <p>{field.path.clone()}": "{field.reason.clone()}</p> }).collect_view()}
            {expired.then(|| view! { <p><a href="/sign-in">"Sign in"</a></p> })}
            {error.request_id.map(|id| view! { <p class="notice__request">"Request "{id}</p> })}
        </div>
    }
}

/// A quiet message.
#[component]
pub fn Notice(#[prop(default = "info")] kind: &'static str, children: Children) -> impl IntoView {
    view! { <div class=format!("notice notice--{kind}") role="status">{children()}</div> }
}
