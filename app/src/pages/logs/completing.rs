//! What the search box completes: fields with their explanation, then the values that occur in
//! this very trail.
//!
//! No option is active until an arrow key makes it so: `Enter` searches for what stands there.

use std::time::Duration;

use leptos::html::Input;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::query::{Completion, CompletionKind, Field, byte_offset, complete, utf16_offset};
use model::values::{COUNTED, KnownValue};
use web_sys::KeyboardEvent;

use crate::api::logs::list_values;
use crate::components::listbox::Listbox;

/// The server is asked when nothing was typed for this long.
const PAUSE: Duration = Duration::from_millis(120);

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What [`Completion::accept`] takes.
    text: String,
    /// What is shown: `status:` or the value.
    pub term: String,
    /// A line of explanation, or the name of an actor's id.
    pub about: String,
}

/// The text of the box when the list was made, where the cursor stood in it, and the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    text: String,
    completion: Completion,
    offers: Vec<Offer>,
}

/// The state of completion, all of it in the browser.
#[derive(Clone, Copy, Debug)]
pub struct Completing {
    pub input: NodeRef<Input>,
    pub list: Listbox,
    open: RwSignal<Option<Open>>,
    /// Values of a field that the server named last.
    known: RwSignal<Option<(Field, Vec<KnownValue>)>>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl Completing {
    /// Nothing is offered yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            input: NodeRef::new(),
            list: Listbox::new("q-completions"),
            open: RwSignal::new(None),
            known: RwSignal::new(None),
            waiting: StoredValue::new(None),
        }
    }

    /// Whether there is a list to see.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.open.with(Option::is_some)
    }

    /// The same for `aria-expanded`.
    #[must_use]
    pub fn expanded(self) -> &'static str {
        if self.is_open() { "true" } else { "false" }
    }

    /// What is offered.
    #[must_use]
    pub fn offers(self) -> Vec<Offer> {
        self.open
            .with(|open| open.as_ref().map(|open| open.offers.clone()))
            .unwrap_or_default()
    }

    /// What a screen reader says when the list changes.
    #[must_use]
    pub fn announcement(self) -> String {
        match self.offers().len() {
            0 => String::new(),
            1 => "1 completion".to_owned(),
            many => format!("{many} completions"),
        }
    }

    /// Looks at what stands left of the cursor and offers what could stand there.
    pub fn look(self) {
        let Some((text, cursor)) = self.written() else {
            return;
        };
        let Some(completion) = complete(&text, cursor) else {
            self.close();
            return;
        };
        self.offer(&text, &completion);
        self.stop_waiting();
        if let CompletionKind::Value(field) = completion.kind
            && asks_server(field)
        {
            let ask = move || self.ask(field, completion.prefix.clone());
            let handle = set_timeout_with_handle(ask, PAUSE);
            self.waiting.set_value(handle.ok());
        }
    }

    /// Takes the list away.
    pub fn close(self) {
        self.stop_waiting();
        self.list.activate(None);
        self.open.set(None);
    }

    /// Puts an offer in, and goes on: to the values behind a field, out of the way behind a value.
    pub fn accept(self, place: usize) {
        let Some(open) = self.open.get_untracked() else {
            return;
        };
        let (Some(offer), Some(input)) = (open.offers.get(place), self.input.get_untracked())
        else {
            return;
        };
        let (text, cursor) = open.completion.accept(&open.text, &offer.text);
        input.set_value(&text);
        let cursor = u32::try_from(utf16_offset(&text, cursor)).ok();
        // A cursor that stays at the end is no harm.
        let _ = input.set_selection_start(cursor);
        let _ = input.set_selection_end(cursor);
        self.close();
        if open.completion.kind == CompletionKind::Field {
            self.look();
        }
    }

    /// The keys of a combobox.
    pub fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
            return;
        }
        let open = self.open.get_untracked();
        let count = open.as_ref().map_or(0, |open| open.offers.len());
        let active = self.list.active_untracked();
        let is_done = match (event.key().as_str(), open) {
            ("ArrowDown" | "ArrowUp", None) => {
                self.look();
                true
            }
            ("ArrowDown", Some(_)) => {
                self.list.step(true, count);
                true
            }
            ("ArrowUp", Some(_)) => {
                self.list.step(false, count);
                true
            }
            ("Enter", Some(_)) => {
                active.map_or_else(|| self.close(), |place| self.accept(place));
                active.is_some()
            }
            // Only where something was begun, so that the key still leaves the box.
            ("Tab", Some(open)) if !event.shift_key() => {
                let begun = !open.completion.prefix.is_empty();
                let place = active.or(begun.then_some(0));
                place.map(|place| self.accept(place)).is_some()
            }
            // The browser would empty the box.
            ("Escape", Some(_)) => {
                self.close();
                true
            }
            _ => false,
        };
        if is_done {
            event.prevent_default();
        }
    }

    /// What stands in the box, and the byte at which the cursor is.
    fn written(self) -> Option<(String, usize)> {
        let input = self.input.get_untracked()?;
        let text = input.value();
        let cursor = input.selection_end().ok().flatten()?;
        let cursor = byte_offset(&text, usize::try_from(cursor).ok()?);
        Some((text, cursor))
    }

    /// Opens the list with what is known; closes it where nothing fits.
    fn offer(self, text: &str, completion: &Completion) {
        let known = self.known.get_untracked();
        let offers = offers(completion, known.as_ref());
        // What is typed in full needs no list.
        let is_typed = |offer: &Offer| {
            completion.kind != CompletionKind::Field && offer.text == completion.prefix
        };
        let is_all = offers.iter().all(is_typed);
        self.list.activate(None);
        self.open.set((!is_all).then(|| Open {
            text: text.to_owned(),
            completion: completion.clone(),
            offers,
        }));
    }

    /// Asks the server for values, and offers them if the box still asks for the same.
    fn ask(self, field: Field, prefix: String) {
        spawn_local(async move {
            // Without an answer there is nothing to offer; the search itself will say why.
            let Ok(values) = list_values(field, prefix.clone()).await else {
                return;
            };
            let Some((text, cursor)) = self.written() else {
                return;
            };
            let asked = complete(&text, cursor).filter(|completion| {
                completion.kind == CompletionKind::Value(field) && completion.prefix == prefix
            });
            self.known.set(Some((field, values)));
            if let Some(completion) = asked
                && self.has_focus()
            {
                self.offer(&text, &completion);
            }
        });
    }

    fn has_focus(self) -> bool {
        let input = self.input.get_untracked();
        let active = document().active_element();
        input.zip(active).is_some_and(|(input, active)| {
            let input: &web_sys::Element = input.as_ref();
            *input == active
        })
    }

    fn stop_waiting(self) {
        if let Some(handle) = self.waiting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }
}

/// Fields whose values only the trail knows.
fn asks_server(field: Field) -> bool {
    COUNTED.contains(&field) && field.values().is_empty()
}

fn offers(completion: &Completion, known: Option<&(Field, Vec<KnownValue>)>) -> Vec<Offer> {
    let mut offers: Vec<Offer> = completion
        .suggestions()
        .into_iter()
        .map(|suggestion| Offer {
            term: match completion.kind {
                CompletionKind::Field => format!("{}:", suggestion.text),
                CompletionKind::Value(_) => suggestion.text.clone(),
            },
            text: suggestion.text,
            about: suggestion.help.to_owned(),
        })
        .collect();
    if let (CompletionKind::Value(field), Some((of, values))) = (completion.kind, known)
        && *of == field
    {
        let prefix = completion.prefix.to_lowercase();
        let fits = |text: &str| text.to_lowercase().starts_with(&prefix);
        let fitting = values
            .iter()
            .filter(|known| fits(&known.value) || known.label.as_deref().is_some_and(fits));
        offers.extend(fitting.map(|known| Offer {
            text: known.value.clone(),
            term: known.value.clone(),
            about: known.label.clone().unwrap_or_default(),
        }));
    }
    offers
}
