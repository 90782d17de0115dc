//! The command palette: `Ctrl K`, or the button in the rail. A native dialog, which keeps the
//! focus inside and gives it back.

use leptos::ev;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsCast as _;
use web_sys::KeyboardEvent;

use crate::components::icon::Icon;
use crate::components::listbox::{ListOption, Listbox};
use crate::layout::commands::{Act, Command, Group, asked, at_hand, fitting, press, sign_out};
use crate::layout::frame::CurrentPerson;
use crate::layout::keys_help::KeysHelp;
use crate::paths;

/// Opens the palette from anywhere in the frame.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    dialog: NodeRef<Dialog>,
    input: NodeRef<Input>,
    list: Listbox,
    typed: RwSignal<String>,
    all: RwSignal<Vec<Command>>,
}

impl Palette {
    /// Provides it to the frame.
    pub fn provide() -> Self {
        let palette = Self {
            dialog: NodeRef::new(),
            input: NodeRef::new(),
            list: Listbox::new("palette-results"),
            typed: RwSignal::new(String::new()),
            all: RwSignal::new(Vec::new()),
        };
        provide_context(palette);
        palette
    }

    /// Opens it, empty. `query` is that of the Logs page, where it is open.
    fn open(self, person: CurrentPerson, query: Option<String>) {
        let Some(dialog) = self.dialog.get_untracked() else {
            return;
        };
        // Another dialog that is open keeps the page.
        if dialog.open() || dialog.show_modal().is_err() {
            return;
        }
        if let Some(input) = self.input.get_untracked() {
            input.set_value("");
        }
        self.typed.set(String::new());
        self.list.activate(Some(0));
        self.all.set(Vec::new());
        spawn_local(async move {
            let person = person.ready().await;
            self.all.set(at_hand(person.as_ref(), query.as_deref()));
            let found = |more: Vec<Command>| self.all.update(|all| all.extend(more));
            asked(person.as_ref(), found).await;
        });
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }

    fn fitting(self) -> Vec<Command> {
        let typed = self.typed.get();
        self.all.with(|all| fitting(all, &typed))
    }
}

/// What `Ctrl K` and the button do: the palette, with what it must know of the page.
fn opener() -> impl Fn() + Copy {
    let palette = expect_context::<Palette>();
    let person = expect_context::<CurrentPerson>();
    let location = use_location();
    move || {
        let path = location.pathname.get_untracked();
        let is_logs = path.trim_end_matches('/') == paths::LOGS;
        let query = location.query.with_untracked(|query| query.get("q"));
        palette.open(person, is_logs.then(|| query.unwrap_or_default()));
    }
}

/// The button in the rail.
#[component]
pub fn PaletteButton() -> impl IntoView {
    let open = opener();
    view! {
        <button type="button" class="frame__link needs-script" title="Search and commands" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" on:click=move |_| open()>
            <Icon name="search"/>
            <span class="frame__label">"Go to"</span>
            <kbd class="kbd frame__key" aria-hidden="true">"Ctrl K"</kbd>
        </button>
    }
}

/// The dialog.
#[component]
pub fn PaletteDialog(keys: KeysHelp) -> impl IntoView {
    let palette = expect_context::<Palette>();
    let open = opener();
    let chord = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let is_chord = (event.ctrl_key() || event.meta_key()) && !event.shift_key();
        if is_chord && !event.alt_key() && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            open();
        }
    });
    on_cleanup(move || chord.remove());
    let commands = Memo::new(move |_| palette.fitting());
    let choose = chooser(palette, commands, keys);
    let key = move |event: KeyboardEvent| {
        let count = commands.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" => palette.list.step(true, count),
            "ArrowUp" => palette.list.step(false, count),
            "Enter" if !event.is_composing() => {
                if let Some(place) = palette.list.active_untracked() {
                    choose.run(place);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let typed = move |event| {
        palette.typed.set(event_target_value(&event));
        palette.list.activate(Some(0));
    };
    view! {
        <dialog class="palette" node_ref=palette.dialog aria-label="Go to, or do" on:click=move |event| close_outside(&event, palette)>
            <div class="palette__box">
                <Icon name="search"/>
                <input
                    node_ref=palette.input
                    class="palette__input"
                    type="text"
                    role="combobox"
                    aria-label="Go to, or do"
                    aria-autocomplete="list"
                    aria-expanded="true"
                    aria-controls=palette.list.id()
                    aria-activedescendant=move || palette.list.active_id()
                    placeholder="Go to, or do"
                    autocomplete="off"
                    spellcheck="false"
                    on:input=typed
                    on:keydown=key
                />
                <button type="button" class="button button--quiet button--small" on:click=move |_| palette.close()>"Close"</button>
            </div>
            <div class="palette__list" id=palette.list.id() role="listbox" aria-label="Results">
                {move || groups(palette.list, &commands.get(), choose)}
            </div>
        </dialog>
    }
}

/// Does what the command at a place stands for, with the palette out of the way.
fn chooser(palette: Palette, commands: Memo<Vec<Command>>, keys: KeysHelp) -> Callback<usize> {
    let navigate = use_navigate();
    Callback::new(move |place: usize| {
        let Some(command) = commands.with_untracked(|all| all.get(place).cloned()) else {
            return;
        };
        palette.close();
        match command.act {
            Act::Go(path) => navigate(&path, NavigateOptions::default()),
            // A file that is downloaded leaves the page where it is.
            Act::Leave(address) => {
                let _ = window().location().set_href(&address);
            }
            Act::Press(button) => press(button),
            Act::SignOut => sign_out(),
            Act::ShowKeys => keys.open(),
        }
    })
}

/// The commands under their headings.
fn groups(list: Listbox, commands: &[Command], choose: Callback<usize>) -> impl IntoView + use<> {
    let mut place = 0;
    commands
        .chunk_by(|a, b| a.group == b.group)
        .map(|group| {
            let label = group
                .first()
                .map_or(Group::Search, |command| command.group)
                .label();
            let options = group
                .iter()
                .map(|command| {
                    let Command {
                        icon, label, about, ..
                    } = command.clone();
                    let option = view! {
                        <ListOption list place class="palette__option" choose>
                            <Icon name=icon/>
                            <span class="palette__label">{label}</span>
                            <span class="meta">{about}</span>
                        </ListOption>
                    };
                    place += 1;
                    option
                })
                .collect_view();
            view! {
                <div role="group" aria-label=label>
                    <p class="palette__group" aria-hidden="true">{label}</p>
                    {options}
                </div>
            }
        })
        .collect_view()
}

/// A click on the dialog itself is one on its backdrop: what it holds covers all of it.
fn close_outside(event: &web_sys::MouseEvent, palette: Palette) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if target.is_some_and(|element| element.tag_name() == "DIALOG") {
        palette.close();
    }
}
