//! Light, dark, or what the system prefers. Kept in a cookie, so that the server's first
//! paint is right.

use leptos::prelude::*;

use crate::error::AppError;

/// The cookie's name. It says nothing about a person and needs no secrecy.
pub const COOKIE: &str = "theme";

/// The chosen theme, `light` or `dark`; absent when the system decides.
#[must_use]
pub fn chosen() -> Option<&'static str> {
    crate::response::cookie(COOKIE).and_then(|theme| match theme.as_str() {
        "light" => Some("light"),
        "dark" => Some("dark"),
        _ => None,
    })
}

/// Keeps the choice and returns to the page; works as a plain form.
#[server(prefix = "/api/ui", endpoint = "theme/choose")]
pub async fn choose_theme(theme: String, back: String) -> Result<(), AppError> {
    let theme = if theme == "dark" { "dark" } else { "light" };
    crate::response::set_cookie(&format!(
        "{COOKIE}={theme}; Path=/; Max-Age=31536000; SameSite=Lax"
    ));
    crate::response::redirect(&back);
    Ok(())
}

/// The two buttons at the foot of the rail. In the browser the switch is immediate.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let choose = ServerAction::<ChooseTheme>::new();
    let location = leptos_router::hooks::use_location();
    let back = move || format!("{}{}", location.pathname.get(), location.search.get());
    Effect::new(move |_| {
        if let Some(input) = choose.input().get()
            && let Some(root) = document().document_element()
        {
            // A failed attribute leaves the old colours; nothing to report.
            let _ = root.set_attribute("data-theme", &input.theme);
        }
    });
    view! {
        <ActionForm action=choose attr:class="theme-switch">
            <input type="hidden" name="back" value=back/>
            <button class="button button--icon button--quiet" name="theme" value="light" aria-label="Use the light theme" title="Light">
                <svg class="icon" aria-hidden="true"><use href="/icons.svg#sun"></use></svg>
            </button>
            <button class="button button--icon button--quiet" name="theme" value="dark" aria-label="Use the dark theme" title="Dark">
                <svg class="icon" aria-hidden="true"><use href="/icons.svg#moon"></use></svg>
            </button>
        </ActionForm>
    }
}
