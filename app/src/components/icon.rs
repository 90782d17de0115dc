//! A mark from the sprite `public/icons.svg`.

use leptos::prelude::*;

/// Draws the symbol of this name. Decorative: the words beside it carry the meaning.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true"><use href=format!("/icons.svg#{name}")></use></svg>
    }
}
