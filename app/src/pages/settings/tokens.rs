//! Tokens: one's own, and everybody's for those who manage them.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::permission::Permission;
use model::person::Person;
use model::token::{Token, TokenKind};

use crate::api::tokens::{CreateToken, RevokeToken, list_tokens};
use crate::components::form_failure::FormFailure;
use crate::components::notice::Failure;
use crate::components::time::Time;
use crate::layout::frame::CurrentPerson;
use crate::pages::settings::scopes::Scopes;
use crate::pages::settings::shown::ShownOnce;

/// Lives that are offered, in days.
const DAYS: [u16; 5] = [7, 30, 90, 180, 365];

/// The page of `/settings/tokens`; `?all=true` shows everybody's.
#[component]
pub fn TokensPage() -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let query = use_query_map();
    let all = Memo::new(move |_| query.with(|query| query.get("all").is_some()));
    let made = Memo::new(move |_| query.with(|query| query.get("made")));
    let create = ServerAction::<CreateToken>::new();
    let revoke = ServerAction::<RevokeToken>::new();
    let tokens = Resource::new_blocking(
        move || (all.get(), made.get(), revoke.version().get()),
        |(all, ..)| list_tokens(all),
    );
    view! {
        <Title text="Tokens"/>
        <ShownOnce key="made" words="Copy the token now and keep it where programs keep secrets."/>
        <section class="section">
            <div class="section__head">
                <h2>{move || if all.get() { "Everybody’s tokens" } else { "Your tokens" }}</h2>
                <div class="actions"><Whose all/><a class="button" href="#create">"Create a token"</a></div>
            </div>
            {move || revoke.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <Transition>
                {move || Suspend::new(async move {
                    match tokens.await {
                        Ok(tokens) => view! { <List tokens revoke/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
        <Suspense>
            {move || Suspend::new(async move {
                current.ready().await.map(|person| view! { <Create person action=create/> })
            })}
        </Suspense>
    }
}

/// Switches between one's own and everybody's, for those who manage all tokens.
#[component]
fn Whose(all: Memo<bool>) -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let may = move || {
        current
            .get()
            .is_some_and(|person| person.may(Permission::TokensManage))
    };
    let link = move || {
        if all.get() {
            view! { <a class="button button--quiet" href="/settings/tokens">"Show your own"</a> }
        } else {
            view! { <a class="button button--quiet" href="/settings/tokens?all=true">"Show everybody’s"</a> }
        }
    };
    view! { <Suspense>{move || may().then(link)}</Suspense> }
}

#[component]
fn Create(person: Person, action: ServerAction<CreateToken>) -> impl IntoView {
    let options = DAYS.map(|days| {
        view! { <option value=days.to_string() selected=days == 90>{format!("{days} days")}</option> }
    });
    view! {
        <section class="section" id="create">
            <div class="section__head"><h2>"Create a token"</h2></div>
            <ActionForm action attr:class="form">
                <div class="form__row">
                    <div class="field">
                        <label class="field__label" for="name">"Name"</label>
                        <input class="input" id="name" name="name" maxlength="120" required autocomplete="off" aria-describedby="name-hint"/>
                        <p class="field__hint" id="name-hint">"What will use it, such as billing-export."</p>
                    </div>
                    <div class="field">
                        <label class="field__label" for="days">"Expires after"</label>
                        <select class="input" id="days" name="days">{options.collect_view()}</select>
                    </div>
                </div>
                <Scopes role=person.role/>
                {person.may(Permission::TokensManage).then(|| view! { <ForService/> })}
                {move || action.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
                <div class="actions"><button class="button button--primary" type="submit">"Create token"</button></div>
            </ActionForm>
        </section>
    }
}

#[component]
fn ForService() -> impl IntoView {
    view! {
        <div class="field field--check">
            <input type="checkbox" id="for_service" name="for_service" value="true"/>
            <label class="field__label" for="for_service">"For a service"</label>
            <p class="field__hint">"Acts for nobody and outlives your account; carries events.write and tasks.write only."</p>
        </div>
    }
}

#[component]
fn List(tokens: Vec<Token>, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <p class="meta">"None yet."</p> }.into_any();
    }
    let rows = tokens
        .into_iter()
        .map(|token| view! { <Row token revoke/> });
    view! { <div class="settings">{rows.collect_view()}</div> }.into_any()
}

#[component]
fn Row(token: Token, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    let scopes = if token.scopes.len() == Permission::ALL.len() {
        "All scopes".to_owned()
    } else {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        scopes.join(", ")
    };
    let whose = match (token.kind, token.owner) {
        (TokenKind::Local, _) => "The command line on this machine".to_owned(),
        (_, Some(owner)) => owner,
        (_, None) => "A service".to_owned(),
    };
    let label = format!("Revoke {}", token.name);
    let control = if token.revoked_at.is_some() {
        view! { <span class="badge badge--neutral">"Revoked"</span> }.into_any()
    } else {
        view! {
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=token.id.to_string()/>
                <button class="button button--danger button--quiet" type="submit" aria-label=label>"Revoke"</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <div class="settings__row">
            <div>
                <p class="settings__name">{token.name}" "<code>{token.hint}"…"</code></p>
                <p class="settings__about">{whose}". "{scopes}</p>
                <p class="settings__about">
                    {match token.expires_at { Some(at) => view! { "Expires "<Time at/>". " }.into_any(), None => view! { "Never expires. " }.into_any() }}
                    {match token.last_used_at { Some(at) => view! { "Last used "<Time at/>"." }.into_any(), None => view! { "Not used yet." }.into_any() }}
                </p>
            </div>
            <div class="settings__control">{control}</div>
        </div>
    }
}
