//! A message in the flow of a page: what happened, what was kept, what to do next.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::error::AppError;

/// Says why something did not happen, with the request's id small beneath.
#[component]
pub fn Failure(error: AppError) -> impl IntoView {
    let expired = error.code == "unauthenticated";
    view! {
        <div class="notice notice--bad" role="alert">
            <Icon name="cross"/>
            <div class="notice__words">
            <p>{error.message.clone()}</p>
            {error.errors.iter().skip(1).map(|field| view! { <p>{field.path.clone()}": "{field.reason.clone()}</p> }).collect_view()}
            {expired.then(|| view! { <p><a href="/sign-in">"Sign in"</a></p> })}
            {error.request_id.map(|id| view! { <span class="notice__id">"Request "{id}</span> })}
            </div>
        </div>
    }
}

/// A quiet message.
#[component]
pub fn Notice(#[prop(default = "info")] kind: &'static str, children: Children) -> impl IntoView {
    view! { <div class=format!("notice notice--{kind}") role="status"><Icon name="info"/><div class="notice__words">{children()}</div></div> }
}
