//! A button that puts a text on the clipboard. Without JavaScript it is not shown.

use leptos::prelude::*;

use crate::components::icon::Icon;

/// Stands in a text that is copied `with_origin` for the address under which the reader sees the
/// console, which the server does not know for sure.
pub const ORIGIN: &str = "{origin}";

/// Copies `text`, and says so for a moment in its own label.
#[component]
pub fn Copy(
    #[prop(into)] text: String,
    #[prop(into)] label: String,
    #[prop(optional)] with_origin: bool,
) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let shown = move || {
        if copied.get() {
            "Copied".to_owned()
        } else {
            label.clone()
        }
    };
    let copy = move |_| {
        let text = if with_origin {
            text.replace(ORIGIN, &window().location().origin().unwrap_or_default())
        } else {
            text.clone()
        };
        // The promise is not awaited: when the browser refuses, the text can still be selected.
        let _ = window().navigator().clipboard().write_text(&text);
        set_copied.set(true);
        set_timeout(
            move || set_copied.set(false),
            std::time::Duration::from_secs(2),
        );
    };
    view! {
        <button type="button" class="button button--quiet button--small needs-script" on:click=copy>
            <Icon name="copy"/>{shown}
        </button>
    }
}
