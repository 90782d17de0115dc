//! Choosing a stretch of the histogram: dragging over it, or Shift with the arrow keys on a bar.
//! Refuses to keep anything: the choice becomes a query, and the query is the address.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, SvgElement};

/// What is being chosen.
#[derive(Clone, Copy, Debug)]
pub struct Brush {
    /// The bar where it began and the one where it is; in either order.
    chosen: RwSignal<Option<(usize, usize)>>,
    /// Where the pointer went down.
    pressed: StoredValue<Option<usize>>,
    /// The one bar that Tab reaches, so that sixty bars are one stop. None until the browser has
    /// taken over: without JavaScript each bar is a link like others.
    stop: RwSignal<Option<usize>>,
}

/// What a key or a pointer asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Nothing,
    /// Show the events of these bars, both included.
    Show(usize, usize),
}

impl Brush {
    /// Nothing is chosen; `last` is the bar that Tab reaches first.
    #[must_use]
    pub fn new(last: usize) -> Self {
        let stop = RwSignal::new(None);
        Effect::new(move |_| stop.set(Some(last)));
        Self {
            chosen: RwSignal::new(None),
            pressed: StoredValue::new(None),
            stop,
        }
    }

    /// The chosen bars in order, both included.
    pub fn chosen(self) -> Option<(usize, usize)> {
        self.chosen
            .get()
            .map(|(from, to)| (from.min(to), from.max(to)))
    }

    /// The tab index of a bar.
    pub fn tab_index(self, bar: usize) -> Option<&'static str> {
        self.stop
            .get()
            .map(|stop| if stop == bar { "0" } else { "-1" })
    }

    pub fn press(self, event: &PointerEvent, bars: usize) {
        if event.button() == 0 && event.is_primary() {
            self.chosen.set(None);
            self.pressed.set_value(bar_at(event, bars));
        }
    }

    pub fn drag(self, event: &PointerEvent, bars: usize) {
        let (Some(from), Some(to)) = (self.pressed.get_value(), bar_at(event, bars)) else {
            return;
        };
        if from == to && self.chosen.with_untracked(Option::is_none) {
            return;
        }
        if let Some(plot) = plot(event) {
            // Without it, a drag that leaves the plot merely does not go on there.
            let _ = plot.set_pointer_capture(event.pointer_id());
        }
        self.chosen.set(Some((from, to)));
    }

    /// A drag that ended asks for its bars; a click is the bar's own link.
    pub fn release(self) -> Asked {
        self.pressed.set_value(None);
        self.show()
    }

    pub fn cancel(self) {
        self.pressed.set_value(None);
        self.chosen.set(None);
    }

    /// Arrow keys move between bars, with Shift they choose; Enter shows what is chosen.
    pub fn key(self, event: &KeyboardEvent, bars: usize) -> Asked {
        let Some(bar) = focused_bar(event) else {
            return Asked::Nothing;
        };
        let chosen = self.chosen.get_untracked();
        match event.key().as_str() {
            "ArrowLeft" | "ArrowRight" => {
                event.prevent_default();
                let forward = event.key() == "ArrowRight";
                if event.shift_key() {
                    let (from, to) = chosen.unwrap_or((bar, bar));
                    let to = if forward {
                        (to + 1).min(bars.saturating_sub(1))
                    } else {
                        to.saturating_sub(1)
                    };
                    self.chosen.set(Some((from, to)));
                } else {
                    self.chosen.set(None);
                    self.step(event, forward);
                }
                Asked::Nothing
            }
            "Escape" if chosen.is_some() => {
                event.prevent_default();
                event.stop_propagation();
                self.cancel();
                Asked::Nothing
            }
            "Enter" if chosen.is_some() => {
                event.prevent_default();
                self.show()
            }
            _ => Asked::Nothing,
        }
    }

    fn show(self) -> Asked {
        let chosen = self.chosen.get_untracked();
        chosen.map_or(Asked::Nothing, |(from, to)| {
            Asked::Show(from.min(to), from.max(to))
        })
    }

    fn step(self, event: &KeyboardEvent, forward: bool) {
        let Some(link) = link(event.target()) else {
            return;
        };
        // Each link stands in a group of its own.
        let group = link.parent_element();
        let next = if forward {
            group.and_then(|group| group.next_element_sibling())
        } else {
            group.and_then(|group| group.previous_element_sibling())
        };
        let next = next.and_then(|group| group.first_element_child());
        if let Some(next) = next.and_then(|next| next.dyn_into::<SvgElement>().ok()) {
            self.stop.set(bar_of(&next));
            // Focus that stays where it was is no harm.
            let _ = next.focus();
        }
    }
}

fn link(target: Option<web_sys::EventTarget>) -> Option<Element> {
    let element = target?.dyn_into::<Element>().ok()?;
    element.closest("a[data-bar]").ok().flatten()
}

fn bar_of(link: &Element) -> Option<usize> {
    link.get_attribute("data-bar")?.parse().ok()
}

fn focused_bar(event: &KeyboardEvent) -> Option<usize> {
    bar_of(&link(event.target())?)
}

fn plot(event: &PointerEvent) -> Option<Element> {
    event.current_target()?.dyn_into::<Element>().ok()
}

/// The bar under the pointer; the nearest one beside the plot.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place between 0 and the number of bars, which is small"
)]
fn bar_at(event: &PointerEvent, bars: usize) -> Option<usize> {
    let area = plot(event)?.get_bounding_client_rect();
    if bars == 0 || area.width() <= 0.0 {
        return None;
    }
    let share = (f64::from(event.client_x()) - area.left()) / area.width();
    let bar = (share * bars as f64).clamp(0.0, (bars - 1) as f64);
    Some(bar as usize)
}
