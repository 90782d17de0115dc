//! Saved views: a menu that opens them, and the forms that save, rename, share and delete them.
//!
//! A view is opened by its address, which carries its query and columns; the parameter `view`
//! only remembers where the reader began. All of it works without JavaScript.

use leptos::form::ActionForm;
use leptos::prelude::*;
use model::view::{View, write_columns};
use wasm_bindgen::JsCast as _;

use crate::api::views::{ChangeView, CreateView, DeleteView, list_views};
use crate::components::form_failure::FormFailure;
use crate::components::icon::Icon;
use crate::error::AppError;
use crate::pages::logs::state::LogsState;
use crate::paths;

/// What can be done with views; the page holds it, so that a refusal outlives the open menu.
#[derive(Clone, Copy)]
pub struct Saving {
    create: ServerAction<CreateView>,
    change: ServerAction<ChangeView>,
    delete: ServerAction<DeleteView>,
}

impl Saving {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            create: ServerAction::new(),
            change: ServerAction::new(),
            delete: ServerAction::new(),
        }
    }

    fn turns(self) -> (usize, usize, usize) {
        (
            self.create.version().get(),
            self.change.version().get(),
            self.delete.version().get(),
        )
    }

    fn refusal(self) -> Option<AppError> {
        let last = [
            self.create.value().get(),
            self.change.value().get(),
            self.delete.value().get(),
        ];
        last.into_iter().flatten().find_map(Result::err)
    }
}

/// Why a view was not saved.
#[component]
pub fn Refused(saving: Saving) -> impl IntoView {
    move || saving.refusal().map(|error| view! { <FormFailure error/> })
}

/// The menu of views.
#[component]
pub fn ViewsMenu(state: Memo<LogsState>, saving: Saving) -> impl IntoView {
    let views = Resource::new_blocking(move || saving.turns(), |_| list_views());
    Effect::new(move |before: Option<_>| {
        let now = saving.turns();
        if before.is_some_and(|before| before != now) {
            close(saving.refusal().is_none());
        }
        now
    });
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let views = views.await.unwrap_or_default();
                view! { <Menu views state saving/> }
            })}
        </Transition>
    }
}

/// Closes the menu after an answer; what was typed goes when it was taken.
fn close(taken: bool) {
    let found = |id| document().get_element_by_id(id);
    if let Some(menu) = found("views-menu") {
        // A menu that stays open is no harm.
        let _ = menu.remove_attribute("open");
    }
    if taken && let Some(name) = found("view-name") {
        name.unchecked_into::<web_sys::HtmlInputElement>()
            .set_value("");
    }
}

#[component]
fn Menu(views: Vec<View>, state: Memo<LogsState>, saving: Saving) -> impl IntoView {
    let views = StoredValue::new(views);
    let opened = Memo::new(move |_| {
        let id = state.get().view?;
        views.with_value(|views| views.iter().find(|view| view.id == id).cloned())
    });
    let label = move || match opened.get() {
        Some(view) if is_changed(&view, &state.get()) => format!("{}, changed", view.content.name),
        Some(view) => view.content.name,
        None => "Views".to_owned(),
    };
    let groups = move || {
        let (own, shared): (Vec<View>, Vec<View>) =
            views.get_value().into_iter().partition(|view| view.own);
        let group = |title, views: Vec<View>| {
            (!views.is_empty()).then(|| view! { <Group title views state/> })
        };
        view! { {group("Your views", own)}{group("Shared by others", shared)} }
    };
    view! {
        <details class="menu menu--end" id="views-menu">
            <summary class="button"><Icon name="filter"/>{label}<Icon name="chevron-down"/></summary>
            <div class="menu__list">
                {groups}
                {move || opened.get().filter(|view| view.may_change).map(|view| view! { <Opened view state saving/> })}
                <Save state saving/>
            </div>
        </details>
    }
}

fn is_changed(view: &View, state: &LogsState) -> bool {
    view.content.query != state.query || view.content.columns != state.columns
}

#[component]
fn Group(title: &'static str, views: Vec<View>, state: Memo<LogsState>) -> impl IntoView {
    let items = views
        .into_iter()
        .map(|view| {
            let id = view.id;
            let current = move || (state.get().view == Some(id)).then_some("true");
            let note = match (view.own, view.content.shared, &view.maker) {
                (true, true, _) => Some("shared".to_owned()),
                (true, false, _) => None,
                (false, _, Some(maker)) => Some(maker.clone()),
                (false, _, None) => Some("maker left".to_owned()),
            };
            view! {
                <a class="menu__item" href=paths::view(&view) aria-current=current>
                    {view.content.name.clone()}
                    {note.map(|note| view! { <span class="meta">{note}</span> })}
                </a>
            }
        })
        .collect_view();
    view! { <p class="menu__head">{title}</p>{items}<hr class="menu__rule"/> }
}

/// What is done with the view that is open.
#[component]
fn Opened(view: View, state: Memo<LogsState>, saving: Saving) -> impl IntoView {
    let View { id, content, .. } = view.clone();
    let kept = Kept::of(&view);
    let shown = move || {
        let now = state.get();
        is_changed(&view, &now).then(|| {
            let kept = Kept {
                query: now.query,
                columns: write_columns(&now.columns),
                ..Kept::of(&view)
            };
            view! {
                <ActionForm action=saving.change>
                    <Hidden kept with_name=true/>
                    <button class="menu__item" type="submit"><Icon name="check"/>"Save the changes to this view"</button>
                </ActionForm>
            }
        })
    };
    let (share, icon) = if content.shared {
        ("Stop sharing this view", "lock")
    } else {
        ("Share this view with everybody", "access")
    };
    let turned = Kept {
        shared: !content.shared,
        ..kept.clone()
    };
    view! {
        <p class="menu__head">{format!("“{}”", content.name)}</p>
        {shown}
        <ActionForm action=saving.change>
            <Hidden kept=turned with_name=true/>
            <button class="menu__item" type="submit"><Icon name=icon/>{share}</button>
        </ActionForm>
        <ActionForm action=saving.delete>
            <input type="hidden" name="id" value=id.to_string()/>
            <button class="menu__item menu__item--danger" type="submit"><Icon name="delete"/>"Delete this view"</button>
        </ActionForm>
        <ActionForm action=saving.change attr:class="menu__form">
            <Hidden kept with_name=false/>
            <div class="field">
                <label class="field__label" for="view-rename">"New name"</label>
                <input class="input" id="view-rename" name="name" maxlength="80" required autocomplete="off" value=content.name/>
            </div>
            <div class="actions"><button class="button button--small" type="submit">"Rename"</button></div>
        </ActionForm>
        <hr class="menu__rule"/>
    }
}

/// A view as a form sends it.
#[derive(Clone, Debug)]
struct Kept {
    id: String,
    name: String,
    query: String,
    columns: String,
    shared: bool,
}

impl Kept {
    fn of(view: &View) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.content.name.clone(),
            query: view.content.query.clone(),
            columns: write_columns(&view.content.columns),
            shared: view.content.shared,
        }
    }
}

#[component]
fn Hidden(kept: Kept, with_name: bool) -> impl IntoView {
    view! {
        <input type="hidden" name="id" value=kept.id/>
        {with_name.then(|| view! { <input type="hidden" name="name" value=kept.name/> })}
        <input type="hidden" name="query" value=kept.query/>
        <input type="hidden" name="columns" value=kept.columns/>
        <input type="hidden" name="shared" value=kept.shared.to_string()/>
    }
}

/// Saves what is shown under a new name.
#[component]
fn Save(state: Memo<LogsState>, saving: Saving) -> impl IntoView {
    view! {
        <ActionForm action=saving.create attr:class="menu__form">
            <input type="hidden" name="query" value=move || state.get().query/>
            <input type="hidden" name="columns" value=move || write_columns(&state.get().columns)/>
            <div class="field">
                <label class="field__label" for="view-name">"Save what is shown as"</label>
                <input class="input" id="view-name" name="name" maxlength="80" required autocomplete="off" placeholder="Denied this week"/>
            </div>
            <div class="field field--check">
                <input type="checkbox" id="view-shared" name="shared" value="true"/>
                <label class="field__label" for="view-shared">"Share with everybody"</label>
            </div>
            <div class="actions"><button class="button button--small" type="submit">"Save view"</button></div>
        </ActionForm>
    }
}
