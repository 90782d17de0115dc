//! Light, dark, or what the system prefers. Kept in a cookie, so that the server's first
//! paint is right.

use leptos::prelude::*;

use crate::components::icon::Icon;
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
    let cookie = match theme.as_str() {
        "light" | "dark" => format!("{COOKIE}={theme}; Path=/; Max-Age=31536000; SameSite=Lax"),
        _ => format!("{COOKIE}=; Path=/; Max-Age=0; SameSite=Lax"),
    };
    crate::response::set_cookie(&cookie);
    crate::response::redirect(&back);
    Ok(())
}

/// The choices: value, icon, words.
const CHOICES: [(&str, &str, &str); 3] = [
    ("system", "display", "As the system"),
    ("light", "sun", "Light"),
    ("dark", "moon", "Dark"),
];

/// Where the form returns to, and the action that in the browser switches at once.
fn switch() -> (ServerAction<ChooseTheme>, impl Fn() -> String + Copy) {
    let choose = ServerAction::<ChooseTheme>::new();
    let location = leptos_router::hooks::use_location();
    // The router keeps the query without its question mark.
    let back = move || {
        let (path, query) = (location.pathname.get(), location.search.get());
        match query.trim_start_matches('?') {
            "" => path,
            query => format!("{path}?{query}"),
        }
    };
    Effect::new(move |_| {
        let (Some(input), Some(root)) = (choose.input().get(), document().document_element())
        else {
            return;
        };
        // A failed attribute leaves the old colours; nothing to report.
        let _ = match input.theme.as_str() {
            "system" => root.remove_attribute("data-theme"),
            theme => root.set_attribute("data-theme", theme),
        };
    });
    (choose, back)
}

/// The three buttons at the foot of the rail.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let (choose, back) = switch();
    let buttons = CHOICES.map(|(value, icon, label)| view! {
        <button class="segments__item" name="theme" value=value aria-label=label title=label><Icon name=icon/></button>
    });
    view! {
        <ActionForm action=choose attr:class="segments" attr:aria-label="Theme">
            <input type="hidden" name="back" value=back/>
            {buttons.collect_view()}
        </ActionForm>
    }
}

/// The same choices in the person's menu, for where the rail is narrow.
#[component]
pub fn ThemeItems() -> impl IntoView {
    let (choose, back) = switch();
    let buttons = CHOICES.map(|(value, icon, label)| {
        view! {
            <button class="menu__item" name="theme" value=value><Icon name=icon/>{label}</button>
        }
    });
    view! {
        <ActionForm action=choose>
            <input type="hidden" name="back" value=back/>
            {buttons.collect_view()}
        </ActionForm>
    }
}
