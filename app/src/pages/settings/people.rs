//! The people of the installation, and inviting one.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::permission::Role;
use model::person::{Member, PersonState};

use crate::api::users::{InvitePerson, list_people};
use crate::components::form_failure::FormFailure;
use crate::components::notice::{Failure, Notice};
use crate::components::time::Time;
use crate::layout::frame::CurrentPerson;
use crate::pages::settings::shown::ShownOnce;

/// The page of `/settings/people`.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let current = expect_context::<CurrentPerson>();
    let query = use_query_map();
    let link = Memo::new(move |_| query.with(|query| query.get("link")));
    let removed = move || query.with(|query| query.get("done").is_some());
    let invite = ServerAction::<InvitePerson>::new();
    let people = Resource::new_blocking(move || link.get(), |_| list_people());
    view! {
        <Title text="People"/>
        <ShownOnce key="link" words="Pass this link on to the invited person; it opens once within 7 days."/>
        {move || removed().then(|| view! { <Notice kind="good">"The person is removed. Events keep their name."</Notice> })}
        <section class="section">
            <div class="section__head"><h2>"Invite somebody"</h2></div>
            <Suspense>
                {move || Suspend::new(async move {
                    current.ready().await.map(|person| view! { <Invite own=person.role action=invite/> })
                })}
            </Suspense>
        </section>
        <section class="section">
            <div class="section__head"><h2>"People"</h2><a class="meta" href="/docs/roles" rel="external">"What each role may do"</a></div>
            <Transition>
                {move || Suspend::new(async move {
                    match people.await {
                        Ok(people) => view! { <List people/> }.into_any(),
                        Err(error) => view! { <Failure error/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Invite(own: Role, action: ServerAction<InvitePerson>) -> impl IntoView {
    view! {
        <ActionForm action attr:class="form">
            <div class="form__row">
                <div class="field">
                    <label class="field__label" for="email">"E-mail address"</label>
                    <input class="input" id="email" name="email" type="email" required autocomplete="off"/>
                </div>
                <div class="field">
                    <label class="field__label" for="name">"Name "<span class="field__optional">"optional"</span></label>
                    <input class="input" id="name" name="name" maxlength="120" autocomplete="off"/>
                </div>
                <div class="field">
                    <label class="field__label" for="role">"Role"</label>
                    <RoleSelect id="role" own chosen=Role::Viewer/>
                </div>
            </div>
            <p class="field__hint">"No mail is sent: you get a link to pass on."</p>
            {move || action.value().get().and_then(Result::err).map(|error| view! { <FormFailure error/> })}
            <div class="actions"><button class="button button--primary" type="submit">"Invite"</button></div>
        </ActionForm>
    }
}

/// The roles that somebody of the role `own` may give: only an owner makes an owner.
#[component]
pub fn RoleSelect(id: &'static str, own: Role, chosen: Role) -> impl IntoView {
    let options = Role::ALL
        .iter()
        .filter(|role| own == Role::Owner || **role != Role::Owner)
        .map(|role| {
            view! { <option value=role.as_str() selected=*role == chosen>{role.label()}</option> }
        });
    view! { <select class="input" id=id name="role">{options.collect_view()}</select> }
}

#[component]
fn List(people: Vec<Member>) -> impl IntoView {
    let rows = people.into_iter().map(|member| {
        let href = format!("/settings/people/{}", member.id);
        view! {
            <div class="settings__row">
                <div>
                    <p class="settings__name"><a href=href.clone()>{member.name.clone()}</a></p>
                    <p class="settings__about">
                        {member.email.clone()}
                        {member.last_seen_at.map(|at| view! { ", last signed in or seen "<Time at/> })}
                    </p>
                </div>
                <div class="settings__control">
                    <Standing member=member.clone()/>
                    <span class="badge badge--plain">{member.role.label()}</span>
                    <a class="button button--quiet" href=href aria-label=format!("Change {}", member.name)>"Change"</a>
                </div>
            </div>
        }
    });
    view! { <div class="settings">{rows.collect_view()}</div> }
}

/// Whether the person can sign in.
#[component]
pub fn Standing(member: Member) -> impl IntoView {
    let class = match (member.state, member.has_password) {
        (PersonState::Disabled, _) => "badge badge--neutral",
        (PersonState::Active, true) => "badge badge--good",
        (PersonState::Active, false) => "badge badge--info",
    };
    view! { <span class=class>{member.standing()}</span> }
}
