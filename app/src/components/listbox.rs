//! The list under a box that keeps the focus: the pattern "combobox with a listbox popup" of the
//! ARIA authoring practices. The box names the active option; the list only shows it.

use leptos::html::Div;
use leptos::prelude::*;

/// Which option of a list is active, and the name of the list, from which ids are made.
#[derive(Clone, Copy, Debug)]
pub struct Listbox {
    id: &'static str,
    active: RwSignal<Option<usize>>,
}

impl Listbox {
    /// A list of this id without an active option.
    #[must_use]
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            active: RwSignal::new(None),
        }
    }

    /// The id of the list.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// The place of the active option.
    #[must_use]
    pub fn active(self) -> Option<usize> {
        self.active.get()
    }

    /// The same, for handlers.
    #[must_use]
    pub fn active_untracked(self) -> Option<usize> {
        self.active.get_untracked()
    }

    /// Makes an option the active one.
    pub fn activate(self, place: Option<usize>) {
        self.active.set(place);
    }

    /// The id of the active option, for `aria-activedescendant`.
    #[must_use]
    pub fn active_id(self) -> Option<String> {
        self.active().map(|place| self.option_id(place))
    }

    /// Goes to the next option, or the one before, of `count`, and round at the ends.
    pub fn step(self, forward: bool, count: usize) {
        if count == 0 {
            return;
        }
        let last = count - 1;
        let next = match (self.active_untracked(), forward) {
            (None, true) => 0,
            (Some(place), true) if place >= last => 0,
            (Some(place), true) => place + 1,
            (None | Some(0), false) => last,
            (Some(place), false) => (place - 1).min(last),
        };
        self.activate(Some(next));
    }

    fn option_id(self, place: usize) -> String {
        format!("{}-{place}", self.id)
    }
}

/// One option. It comes into view when it becomes active; pressing it leaves the focus where
/// it is.
#[component]
pub fn ListOption(
    list: Listbox,
    place: usize,
    class: &'static str,
    #[prop(into)] choose: Callback<usize>,
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<Div>::new();
    let is_active = move || list.active() == Some(place);
    Effect::new(move |_| {
        if is_active()
            && let Some(element) = element.get()
        {
            let nearest = web_sys::ScrollIntoViewOptions::new();
            nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    view! {
        <div
            node_ref=element
            class=class
            role="option"
            id=list.option_id(place)
            aria-selected=move || if is_active() { "true" } else { "false" }
            on:mousedown=|event| event.prevent_default()
            on:click=move |_| choose.run(place)
        >
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_goes_round() {
        let owner = Owner::new();
        owner.set();
        let list = Listbox::new("list");
        list.step(true, 0);
        assert_eq!(list.active_untracked(), None);
        list.step(false, 3);
        assert_eq!(list.active_untracked(), Some(2));
        list.step(true, 3);
        assert_eq!(list.active_untracked(), Some(0));
        list.step(false, 2);
        assert_eq!(list.active_untracked(), Some(1));
    }
}
