//! One person: role, link for a new password, disabling, removing.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::permission::Role;
use model::person::{Member, PersonState};
use uuid::Uuid;

use crate::api::users::{ChangeRole, ChangeState, DeletePerson, ResetPassword, list_people};
use crate::components::form_failure::FormFailure;
use crate::components::notice::Failure;
use crate::error::AppError;
use crate::layout::frame::CurrentPerson;
use crate::pages::settings::people::{RoleSelect, Standing};
use crate::pages::settings::shown::ShownOnce;

/// What the page can do; each fails with its own reason.
#[derive(Clone, Copy)]
struct Actions {
    role: ServerAction<ChangeRole>,
    state: ServerAction<ChangeState>,
    reset: ServerAction<ResetPassword>,
    delete: ServerAction<DeletePerson>,
}

impl Actions {
    fn new() -> Self {
        Self {
            role: ServerAction::new(),
            state: ServerAction::new(),
            reset: ServerAction::new(),
            delete: ServerAction::new(),
        }
    }

    fn failure(self) -> Option<AppError> {
        let failures = [
            self.role.value().get().and_then(Result::err),
            self.state.value().get().and_then(Result::err),
            self.reset.value().get().and_then(Result::err),
            self.delete.value().get().and_then(Result::err),
        ];
        failures.into_iter().flatten().next()
    }
}

/// The page of `/settings/people/ID`.
#[component]
pub fn PersonPage() -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let params = use_params_map();
    let query = use_query_map();
    let id = Memo::new(move |_| {
        params
            .with(|params| params.get("id"))
            .and_then(|id| id.parse::<Uuid>().ok())
    });
    let link = Memo::new(move |_| query.with(|query| query.get("link")));
    let actions = Actions::new();
    let people = Resource::new_blocking(
        move || {
            (
                link.get(),
                actions.role.version().get(),
                actions.state.version().get(),
            )
        },
        |_| list_people(),
    );
    view! {
        <Title text="Person"/>
        <ShownOnce key="link" words="Pass this link on to the person; it opens once."/>
        {move || actions.failure().map(|error| view! { <FormFailure error/> })}
        <Transition>
            {move || Suspend::new(async move {
                let own = current.ready().await.map_or(Role::Viewer, |person| person.role);
                let found = people.await.map(|people| people.into_iter().find(|member| Some(member.id) == id.get_untracked()));
                match found {
                    Ok(Some(member)) => view! { <Person member own actions/> }.into_any(),
                    Ok(None) => view! { <p>"There is no such person. "<a href="/settings/people">"All people"</a></p> }.into_any(),
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Person(member: Member, own: Role, actions: Actions) -> impl IntoView {
    let id = member.id.to_string();
    let disabled = member.state == PersonState::Disabled;
    view! {
        <section class="section">
            <div class="section__head">
                <h2>{member.name.clone()}" "<span class="meta">{member.email.clone()}</span></h2>
                <Standing member=member.clone()/>
            </div>
            <div class="settings">
                <ActionForm action=actions.role attr:class="settings__row">
                    <div><p class="settings__name"><label for="role">"Role"</label></p><p class="settings__about">"Counts from the next request on."</p></div>
                    <div class="settings__control">
                        <input type="hidden" name="id" value=id.clone()/>
                        <RoleSelect id="role" own chosen=member.role/>
                        <button class="button" type="submit">"Change role"</button>
                    </div>
                </ActionForm>
                {(!disabled).then(|| view! { <Reset member=member.clone() actions/> })}
                <State member=member.clone() actions/>
            </div>
        </section>
        <Remove member actions/>
    }
}

#[component]
fn Reset(member: Member, actions: Actions) -> impl IntoView {
    let (name, about) = if member.has_password {
        (
            "Password",
            "Makes a link with which the person chooses a new one. The old one works until then.",
        )
    } else {
        (
            "Invitation",
            "Makes a new link; the one before stops opening.",
        )
    };
    view! {
        <ActionForm action=actions.reset attr:class="settings__row">
            <div><p class="settings__name">{name}</p><p class="settings__about">{about}</p></div>
            <div class="settings__control">
                <input type="hidden" name="id" value=member.id.to_string()/>
                <button class="button" type="submit">"Make a link"</button>
            </div>
        </ActionForm>
    }
}

#[component]
fn State(member: Member, actions: Actions) -> impl IntoView {
    let (next, button, about) = match member.state {
        PersonState::Active => (
            PersonState::Disabled,
            "Disable",
            "Ends the person’s sessions and stops their tokens until enabled again.",
        ),
        PersonState::Disabled => (
            PersonState::Active,
            "Enable",
            "The person may sign in again, and their tokens work again.",
        ),
    };
    view! {
        <ActionForm action=actions.state attr:class="settings__row">
            <div><p class="settings__name">"Access"</p><p class="settings__about">{about}</p></div>
            <div class="settings__control">
                <input type="hidden" name="id" value=member.id.to_string()/>
                <input type="hidden" name="state" value=next.as_str()/>
                <button class="button" type="submit">{button}</button>
            </div>
        </ActionForm>
    }
}

#[component]
fn Remove(member: Member, actions: Actions) -> impl IntoView {
    view! {
        <section class="section">
            <div class="section__head"><h2>"Remove"</h2></div>
            <ActionForm action=actions.delete attr:class="form">
                <input type="hidden" name="id" value=member.id.to_string()/>
                <p>"Sessions, tokens and links of this person go for good. What they did stays in the logs, under their name."</p>
                <div class="field">
                    <label class="field__label" for="confirmation">"Type "<code>{member.email.clone()}</code>" to confirm"</label>
                    <input class="input input--mono" id="confirmation" name="confirmation" required autocomplete="off" spellcheck="false"/>
                </div>
                <div class="actions">
                    <button class="button button--danger" type="submit">"Remove "{member.name.clone()}</button>
                    <a class="button" href="/settings/people">"Back to people"</a>
                </div>
            </ActionForm>
        </section>
    }
}
