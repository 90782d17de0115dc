//! A link that opens once: first sign-in, invitation, new password. Opening the address only
//! shows what it is for; the button spends it, so that previews of chat programs do not.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::person::{LinkKind, LinkPreview};

use crate::api::sign_in::{OpenLink, read_link};
use crate::components::form_failure::FormFailure;
use crate::components::time::Time;
use crate::pages::sign_in::Place;

/// The page of `/sign-in/link/SECRET`.
#[component]
pub fn LinkPage() -> impl IntoView {
    let params = use_params_map();
    let secret = Memo::new(move |_| {
        params
            .with(|params| params.get("secret"))
            .unwrap_or_default()
    });
    let preview = Resource::new_blocking(move || secret.get(), read_link);
    // Above the Suspense: an answer with errors must survive its rendering.
    let action = ServerAction::<OpenLink>::new();
    view! {
        <Title text="Open a link"/>
        <main class="sign-in" id="main">
            <Suspense>
                {move || Suspend::new(async move {
                    match preview.await {
                        Ok(preview) => view! { <Open preview secret=secret.get_untracked() action/> }.into_any(),
                        Err(_) => view! { <Ended/> }.into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
}

#[component]
fn Ended() -> impl IntoView {
    view! {
        <Place title="This link does not open" about="It was used before, or it has expired"/>
        <p>"Ask whoever sent it for a new one. On the server’s own machine a fresh sign-in link is printed at each start until a password exists."</p>
        <p class="sign-in__foot"><a href="/sign-in">"Sign in with a password"</a></p>
    }
}

#[component]
fn Open(preview: LinkPreview, secret: String, action: ServerAction<OpenLink>) -> impl IntoView {
    let (title, button) = match preview.kind {
        LinkKind::SignIn => ("Sign in", "Sign in"),
        LinkKind::Invitation => ("Welcome to Auditorium", "Choose password and sign in"),
        LinkKind::Reset => ("Choose a new password", "Change password and sign in"),
    };
    let invited = preview.kind == LinkKind::Invitation;
    let with_password = preview.kind != LinkKind::SignIn;
    view! {
        <Place title about=preview.email.clone()/>
        <ActionForm action attr:class="form">
            <input type="hidden" name="secret" value=secret/>
            {with_password.then(|| view! { <Username email=preview.email.clone()/> })}
            {invited.then(|| view! {
                <div class="field">
                    <label class="field__label" for="name">"Your name"</label>
                    <input class="input" id="name" name="name" value=preview.name.clone() autocomplete="name" maxlength="120" required/>
                </div>
            })}
            {with_password.then(|| view! { <NewPassword name="password"/> })}
            {move || action.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <button class="button button--primary" type="submit">{button}</button>
        </ActionForm>
        <p class="sign-in__foot">"This link works once, until "<Time at=preview.expires_at/>"."</p>
    }
}

/// Whose password a form is about, for password managers: they look for a text field, shown or
/// not.
#[component]
pub fn Username(email: String) -> impl IntoView {
    view! { <input type="text" name="username" autocomplete="username" value=email readonly hidden/> }
}

/// The field of a new password and what is asked of it.
#[component]
pub fn NewPassword(name: &'static str) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=name>"New password"</label>
            <input class="input" id=name name=name type="password" autocomplete="new-password" minlength="12"
                maxlength="256" required aria-describedby=format!("{name}-hint")/>
            <p class="field__hint" id=format!("{name}-hint")>"At least 12 characters. A few words that have nothing to do with each other are strong and easy to remember."</p>
        </div>
    }
}
