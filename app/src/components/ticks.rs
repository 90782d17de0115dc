//! Sentences in which code stands between backticks, as the model writes them.

use leptos::prelude::*;

/// The sentence, its code in the monospaced face.
#[component]
pub fn Ticks(#[prop(into)] text: String) -> impl IntoView {
    text.split('`')
        .enumerate()
        .map(|(place, part)| {
            let part = part.to_owned();
            if place % 2 == 1 {
                view! { <code>{part}</code> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect_view()
}
