//! One's own name, address and password.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::api::users::{ChangeEmail, ChangeName, ChangePassword, has_password};
use crate::components::form_failure::FormFailure;
use crate::components::notice::Notice;
use crate::error::AppError;
use crate::layout::frame::CurrentPerson;
use crate::pages::link::{NewPassword, Username};

/// The page of `/settings`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let query = use_query_map();
    let done = move || {
        query
            .with(|query| query.get("done"))
            .and_then(|done| match done.as_str() {
                "name" => Some("Your name is changed."),
                "email" => {
                    Some("Your e-mail address is changed. Sign in with the new one from now on.")
                }
                "password" => Some("Your password is changed, and your other sessions are ended."),
                _ => None,
            })
    };
    let action = ServerAction::<ChangePassword>::new();
    let known = Resource::new_blocking(move || action.version().get(), |_| has_password());
    view! {
        <Title text="Profile"/>
        {move || done().map(|words| view! { <Notice kind="good">{words}</Notice> })}
        <Name/>
        <Email known/>
        <Password action known/>
    }
}

/// A plain form: the frame shows the name too, so the whole page is fetched anew.
#[component]
fn Name() -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let action = ServerAction::<ChangeName>::new();
    view! {
        <section class="section">
            <div class="section__head"><h2>"Profile"</h2></div>
            {move || action.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <Suspense>
                {move || Suspend::new(async move {
                    current.ready().await.map(|person| view! {
                        <form class="form" method="post" action="/api/ui/profile/name">
                            <div class="field">
                                <label class="field__label" for="name">"Name"</label>
                                <input class="input" id="name" name="name" value=person.name maxlength="120" required autocomplete="name"/>
                                <p class="field__hint">"Your role: "{person.role.label()}</p>
                            </div>
                            <div class="actions"><button class="button" type="submit">"Change name"</button></div>
                        </form>
                    })
                })}
            </Suspense>
        </section>
    }
}

/// The address that one signs in with; changing it takes the password.
#[component]
fn Email(known: Resource<Result<bool, AppError>>) -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let action = ServerAction::<ChangeEmail>::new();
    view! {
        <section class="section">
            <div class="section__head"><h2>"E-mail address"</h2></div>
            <Suspense>
                {move || Suspend::new(async move {
                    if !known.await.unwrap_or(true) {
                        return Some(view! { <p>"Choose a password first; it confirms the change."</p> }.into_any());
                    }
                    current.ready().await.map(|person| view! {
                        <ActionForm action attr:class="form">
                            <div class="form__row">
                                <div class="field">
                                    <label class="field__label" for="email">"You sign in with"</label>
                                    <input class="input" id="email" name="email" type="email" value=person.email required maxlength="254" autocomplete="email"/>
                                </div>
                                <div class="field">
                                    <label class="field__label" for="email-password">"Your password"</label>
                                    <input class="input" id="email-password" name="current" type="password" autocomplete="current-password" required/>
                                </div>
                            </div>
                            <div class="actions"><button class="button" type="submit">"Change address"</button></div>
                        </ActionForm>
                    }.into_any())
                })}
            </Suspense>
            {move || action.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
        </section>
    }
}

#[component]
fn Password(
    action: ServerAction<ChangePassword>,
    known: Resource<Result<bool, AppError>>,
) -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    view! {
        <section class="section">
            <div class="section__head"><h2>"Password"</h2></div>
            <ActionForm action attr:class="form">
                <Suspense>
                    {move || Suspend::new(async move {
                        current.ready().await.map(|person| view! { <Username email=person.email/> })
                    })}
                </Suspense>
                <Suspense>
                    {move || Suspend::new(async move {
                        let known = known.await.unwrap_or(true);
                        if known { view! { <CurrentPassword/> }.into_any() } else { view! {
                            <p>"You signed in with a link. Choose a password to sign in with from now on; then no more links are printed at the start."</p>
                        }.into_any() }
                    })}
                </Suspense>
                <NewPassword name="new"/>
                {move || action.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
                <div class="actions"><button class="button" type="submit">"Change password"</button></div>
            </ActionForm>
        </section>
    }
}

#[component]
fn CurrentPassword() -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="current">"Current password"</label>
            <input class="input" id="current" name="current" type="password" autocomplete="current-password" required/>
        </div>
    }
}
