//! The lines of a log: a window of them in memory that follows the reader in both directions.

use chrono::{DateTime, Utc};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::log_buffer::LogBuffer;
use model::task::Task;
use model::task_log::{DEFAULT_LINES, LogPlace, LogWindow};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;

use crate::api::tasks::{read_task, read_task_log};
use crate::pages::agents::selection::Lines;
use crate::pages::agents::state::{LogState, Stamps};

/// How near an edge, in pixels, more lines are loaded; and how near the end counts as there.
const NEAR: i32 = 600;
const AT_END: i32 = 24;

/// The state of an open log and what can be done with it. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct LogHandle {
    id: Uuid,
    pub task: RwSignal<Task>,
    pub buffer: RwSignal<LogBuffer>,
    pub scroll: NodeRef<html::Div>,
    pub following: RwSignal<bool>,
    /// Lines that arrived while the reader looked elsewhere.
    pub unseen: RwSignal<u64>,
    pub wrap: RwSignal<bool>,
    pub stamps: RwSignal<Stamps>,
    pub selection: RwSignal<Option<Lines>>,
    /// The line from which a range is chosen.
    anchor: StoredValue<Option<u64>>,
    pub opened_at: DateTime<Utc>,
    /// The part of the log that is in view, in thousandths of its lines.
    pub seen: RwSignal<(u64, u64)>,
    /// Lines of the matches, and at which the reader is.
    matches: StoredValue<Vec<u64>>,
    pub match_index: RwSignal<Option<usize>>,
    busy: RwSignal<bool>,
    /// Where the view stood when it last scrolled.
    top: StoredValue<i32>,
}

impl LogHandle {
    /// An open log.
    #[must_use]
    pub fn new(
        task: Task,
        window: LogWindow,
        matches: Vec<u64>,
        log: &LogState,
        follows: bool,
    ) -> Self {
        Self {
            id: task.id,
            stamps: RwSignal::new(log.stamps),
            selection: RwSignal::new(log.line.map(Lines::one)),
            anchor: StoredValue::new(log.line),
            opened_at: task.opened_at,
            seen: RwSignal::new((0, 0)),
            task: RwSignal::new(task),
            buffer: RwSignal::new(LogBuffer::from(window)),
            scroll: NodeRef::new(),
            following: RwSignal::new(follows),
            unseen: RwSignal::new(0),
            wrap: RwSignal::new(log.wrap),
            matches: StoredValue::new(matches),
            match_index: RwSignal::new(None),
            busy: RwSignal::new(false),
            top: StoredValue::new(0),
        }
    }

    /// Takes lines that the server sent.
    pub fn arrived(self, window: LogWindow) {
        let before = self.buffer.with_untracked(|buffer| buffer.total_lines);
        let new = window.total_lines.saturating_sub(before);
        let was = self.buffer.with_untracked(|buffer| buffer.state);
        let has_changed = window.state != was;
        let (edge, first) = (self.edge(false), self.first());
        self.buffer.update(|buffer| {
            if buffer.has_end() {
                buffer.take_newer(window);
            } else {
                buffer.hear(&window);
            }
        });
        if self.following.get_untracked() {
            self.scroll_to_end();
        } else {
            self.unseen.update(|unseen| *unseen += new);
            // Lines that were added below move nothing; lines that were forgotten above do.
            if self.first() != first {
                keep_in_place(self.scroll, edge);
            }
        }
        if has_changed {
            // Exit code and digest.
            spawn_local(async move {
                if let Ok(task) = read_task(self.id).await {
                    self.task.set(task);
                }
            });
        }
    }

    /// Loads what the reader comes near to, and notices whether they are at the end.
    pub fn scrolled(self) {
        let Some(element) = self.scroll.get_untracked() else {
            return;
        };
        let below = element.scroll_height() - element.scroll_top() - element.client_height();
        let at_end = below < AT_END && self.buffer.with_untracked(LogBuffer::has_end);
        // Lines that come or go move the view too; only the reader's own way counts.
        let is_upward = element.scroll_top() < self.top.get_value();
        self.top.set_value(element.scroll_top());
        if at_end != is_upward {
            self.following.set(at_end);
        }
        if at_end {
            self.unseen.set(0);
        }
        self.look(&element);
        if element.scroll_top() < NEAR {
            self.load(true);
        } else if below < NEAR {
            self.load(false);
        }
    }

    /// Notes which part of the log is in view.
    fn look(self, element: &web_sys::HtmlElement) {
        let height = u64::try_from(element.scroll_height()).unwrap_or(1).max(1);
        let top = u64::try_from(element.scroll_top()).unwrap_or_default();
        let shown = u64::try_from(element.client_height()).unwrap_or_default();
        let part = self.buffer.with_untracked(|buffer| {
            let first = buffer.lines().first().map_or(0, |line| line.number - 1);
            let count = buffer.lines().len() as u64;
            let total = buffer.total_lines.max(1);
            let at = |pixels: u64| (first + count * pixels / height) * 1000 / total;
            (at(top), at(top + shown))
        });
        self.seen.set(part);
    }

    /// Lets go of the end at once when the wheel turns up: the view itself moves later.
    pub fn wheeled(self, event: &leptos::ev::WheelEvent) {
        if event.delta_y() < 0.0 {
            self.following.set(false);
        }
    }

    /// Loads lines before the first or after the last, and keeps the rest where it is.
    pub fn load(self, older: bool) {
        let place = self.buffer.with_untracked(|buffer| {
            if older {
                buffer.older()
            } else {
                buffer.newer()
            }
        });
        let Some(place) = place.filter(|_| !self.busy.get_untracked()) else {
            return;
        };
        self.busy.set(true);
        spawn_local(async move {
            if let Ok(window) = read_task_log(self.id, place, DEFAULT_LINES).await {
                let edge = self.edge(older);
                self.buffer.update(|buffer| {
                    if older {
                        buffer.take_older(window);
                    } else {
                        buffer.take_newer(window);
                    }
                });
                keep_in_place(self.scroll, edge);
            }
            self.busy.set(false);
        });
    }

    /// Shows the end, and follows it.
    pub fn go_to_end(self) {
        self.following.set(true);
        self.unseen.set(0);
        if self.buffer.with_untracked(LogBuffer::has_end) {
            self.scroll_to_end();
            return;
        }
        spawn_local(async move {
            if let Ok(window) = read_task_log(self.id, LogPlace::End, DEFAULT_LINES).await {
                self.buffer.set(LogBuffer::from(window));
                self.scroll_to_end();
            }
        });
    }

    /// Chooses a line, or all up to it from the one that was chosen before.
    pub fn select(self, line: u64, extends: bool) {
        let from = self.anchor.get_value().filter(|_| extends);
        if from.is_none() {
            self.anchor.set_value(Some(line));
        }
        self.choose(Some(
            from.map_or(Lines::one(line), |from| Lines::between(from, line)),
        ));
    }

    /// Chooses lines or none, and lets the address say so without a step in the history.
    pub fn choose(self, lines: Option<Lines>) {
        self.selection.set(lines);
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        let search = location.search().unwrap_or_default();
        replace_address(&format!(
            "{path}{search}{}",
            lines.map(Lines::hash).unwrap_or_default()
        ));
    }

    /// Shows times and long lines otherwise; the address keeps it for the next reload.
    pub fn show(self, stamps: Stamps, wrap: bool, address: &str) {
        self.stamps.set(stamps);
        self.wrap.set(wrap);
        let lines = self.selection.get_untracked();
        replace_address(&format!(
            "{address}{}",
            lines.map(Lines::hash).unwrap_or_default()
        ));
    }

    /// Points at lines that an address names.
    pub fn point_at(self, lines: Lines) {
        self.selection.set(Some(lines));
        self.anchor.set_value(Some(lines.first));
        self.go_to(lines.first);
    }

    /// Shows a line, loading what stands around it where that is not there.
    pub fn go_to(self, line: u64) {
        self.following.set(false);
        if self.buffer.with_untracked(|buffer| buffer.holds(line)) {
            scroll_to(line);
            return;
        }
        spawn_local(async move {
            let place = LogPlace::From(line.saturating_sub(100).max(1));
            if let Ok(window) = read_task_log(self.id, place, DEFAULT_LINES).await {
                self.buffer.set(LogBuffer::from(window));
                scroll_to(line);
            }
        });
    }

    /// Points at a match of the list.
    pub fn go_to_match(self, index: usize) {
        if let Some(line) = self
            .matches
            .with_value(|matches| matches.get(index).copied())
        {
            self.match_index.set(Some(index));
            self.select(line, false);
            self.go_to(line);
        }
    }

    /// Points at the match that stands nearest to a thousandth of the log.
    pub fn go_near(self, thousandth: u64) {
        let total = self.buffer.with_untracked(|buffer| buffer.total_lines);
        let line = thousandth.min(1000) * total / 1000 + 1;
        let nearest = self.matches.with_value(|matches| {
            let near = matches.iter().enumerate();
            near.min_by_key(|(_, at)| at.abs_diff(line))
                .map(|(index, _)| index)
        });
        if let Some(index) = nearest {
            self.go_to_match(index);
        }
    }

    /// Goes on to the next match, or back; around at the ends.
    pub fn step_match(self, step: isize) {
        let count = self.matches.with_value(Vec::len);
        let next = match self.match_index.get_untracked() {
            Some(index) => index
                .checked_add_signed(step)
                .unwrap_or(count.saturating_sub(1)),
            None if step < 0 => count.saturating_sub(1),
            None => 0,
        };
        self.go_to_match(if next >= count { 0 } else { next });
    }

    fn first(self) -> Option<u64> {
        self.buffer
            .with_untracked(|buffer| buffer.lines().first().map(|line| line.number))
    }

    /// The first or last held line and where it stands on the screen.
    fn edge(self, first: bool) -> Option<(u64, f64)> {
        let number = self.buffer.with_untracked(|buffer| {
            let lines = buffer.lines();
            if first { lines.first() } else { lines.last() }.map(|line| line.number)
        })?;
        Some((
            number,
            line_element(number)?.get_bounding_client_rect().top(),
        ))
    }

    pub(super) fn scroll_to_end(self) {
        let scroll = self.scroll;
        request_animation_frame(move || {
            if let Some(element) = scroll.get_untracked() {
                element.set_scroll_top(element.scroll_height());
            }
        });
    }
}

/// Moves the view by what a line has moved: lines above it came or went.
fn keep_in_place(scroll: NodeRef<html::Div>, edge: Option<(u64, f64)>) {
    let Some((number, before)) = edge else { return };
    request_animation_frame(move || {
        let (Some(line), Some(element)) = (line_element(number), scroll.get_untracked()) else {
            return;
        };
        let moved = line.get_bounding_client_rect().top() - before;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "pixels of a few thousand lines"
        )]
        element.set_scroll_top(element.scroll_top() + moved.round() as i32);
    });
}

fn line_element(number: u64) -> Option<web_sys::Element> {
    document().get_element_by_id(&format!("L{number}"))
}

/// Brings a line to the middle of the view, once it is drawn.
fn scroll_to(line: u64) {
    request_animation_frame(move || {
        if let Some(element) = line_element(line) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Center);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

fn replace_address(address: &str) {
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or_default();
        // Fails for no address of the same origin.
        let _ = history.replace_state_with_url(&state, "", Some(address));
    }
}

/// The lines that the address' fragment names.
#[must_use]
pub fn lines_of_hash() -> Option<Lines> {
    Lines::from_hash(&window().location().hash().ok()?)
}

/// `n` and `N` go through the matches, while nobody types.
pub fn listen_to_keys(handle: LogHandle) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let types = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|element| {
                matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA")
            });
        if types || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "n" => handle.step_match(1),
            "N" => handle.step_match(-1),
            _ => {}
        }
    });
    on_cleanup(move || listener.remove());
}
