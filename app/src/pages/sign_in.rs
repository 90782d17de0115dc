//! The sign-in form.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::api::session::read_current;
use crate::api::sign_in::SignIn;
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::error::AppError;
use crate::response::safe_path;

/// The mark, a title and where one is, as on every page without the frame.
#[component]
pub fn Place(#[prop(into)] title: String, #[prop(into)] about: String) -> impl IntoView {
    view! {
        <div class="sign-in__place">
            <Icon name="mark"/>
            <div><h1>{title}</h1><p class="meta">{about}</p></div>
        </div>
    }
}

/// The page of `/sign-in`.
#[component]
pub fn SignInPage() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next")).unwrap_or_default();
    let current = Resource::new_blocking(|| (), |()| read_current());
    view! {
        <Title text="Sign in"/>
        <main class="sign-in" id="main">
            <Suspense>
                {move || Suspend::new(async move {
                    let about = current.await.map(|current| current.environment).unwrap_or_default();
                    view! { <Place title="Sign in" about=format!("Auditorium, {about}")/> }
                })}
            </Suspense>
            <ActionForm action attr:class="form">
                <input type="hidden" name="next" value=move || safe_path(&next(), "/logs").to_owned()/>
                <div class="field">
                    <label class="field__label" for="email">"E-mail address"</label>
                    <input class="input" id="email" name="email" type="text" inputmode="email" autocomplete="username"
                        autocapitalize="none" spellcheck="false" required autofocus/>
                </div>
                <div class="field">
                    <label class="field__label" for="password">"Password"</label>
                    <input class="input" id="password" name="password" type="password" autocomplete="current-password" required/>
                </div>
                {move || action.value().get().and_then(Result::err).map(|error| view! { <Failure error=readable(error)/> })}
                <button class="button button--primary" type="submit">"Sign in"</button>
            </ActionForm>
            <p class="sign-in__foot">
                "No password yet, or forgotten? Open the link that an admin makes for you. On the server’s own machine, "
                <code>"auditorium user recover EMAIL"</code>" makes one."
            </p>
        </main>
    }
}

/// One sentence for every refused pair, whether the address is known or not.
fn readable(error: AppError) -> AppError {
    if error.code != "invalid" {
        return error;
    }
    let message = "The e-mail address and the password do not belong together.".to_owned();
    AppError {
        message,
        errors: Vec::new(),
        ..error
    }
}
