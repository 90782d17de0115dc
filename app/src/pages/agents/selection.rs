//! Lines that the reader has chosen: `#L120`, or `#L120-L140`.

use leptos::prelude::*;
use model::ansi;

use crate::components::icon::Icon;
use crate::pages::agents::log_view::LogHandle;
use crate::pages::agents::state::{LogState, TasksState};
use crate::paths;

/// Lines from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    pub first: u64,
    pub last: u64,
}

impl Lines {
    /// One line.
    #[must_use]
    pub const fn one(line: u64) -> Self {
        Self {
            first: line,
            last: line,
        }
    }

    /// The lines between two, whichever comes first.
    #[must_use]
    pub fn between(one: u64, other: u64) -> Self {
        Self {
            first: one.min(other),
            last: one.max(other),
        }
    }

    /// Reads a fragment.
    #[must_use]
    pub fn from_hash(hash: &str) -> Option<Self> {
        let lines = hash.strip_prefix("#L")?;
        match lines.split_once("-L") {
            Some((first, last)) => Some(Self::between(first.parse().ok()?, last.parse().ok()?)),
            None => lines.parse().ok().map(Self::one),
        }
    }

    /// The fragment that names them.
    #[must_use]
    pub fn hash(self) -> String {
        if self.first == self.last {
            format!("#L{}", self.first)
        } else {
            format!("#L{}-L{}", self.first, self.last)
        }
    }

    /// Whether a line is among them.
    #[must_use]
    pub const fn holds(self, line: u64) -> bool {
        self.first <= line && line <= self.last
    }

    fn words(self) -> String {
        if self.first == self.last {
            format!("Line {}", self.first)
        } else {
            format!("Lines {} to {}", self.first, self.last)
        }
    }
}

/// What can be done with the chosen lines. Nothing without a script: choosing needs one.
#[component]
pub fn Selection(handle: LogHandle) -> impl IntoView {
    move || {
        handle.selection.get().map(|lines| {
            view! {
                <div class="log__selection needs-script" role="status">
                    <strong>{lines.words()}</strong>
                    <span class="meta log__hint">"Shift-click another number for a range"</span>
                    <span class="actions">
                        <Copy label="Copy link" text=move || link(handle, lines)/>
                        <Copy label="Copy text" text=move || text(handle, lines)/>
                        <button class="button button--quiet button--icon button--small" type="button" aria-label="Choose no line" on:click=move |_| handle.choose(None)><Icon name="cross"/></button>
                    </span>
                </div>
            }
        })
    }
}

/// Copies what `text` answers at that moment.
#[component]
fn Copy(label: &'static str, text: impl Fn() -> String + 'static) -> impl IntoView {
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        // The promise is not awaited: when the browser refuses, the lines can still be marked.
        let _ = window().navigator().clipboard().write_text(&text());
        set_copied.set(true);
    };
    view! {
        <button class="button button--quiet button--small" type="button" on:click=copy>
            <Icon name="copy"/>{move || if copied.get() { "Copied" } else { label }}
        </button>
    }
}

/// The address of the lines: opens around the first also where no script runs.
fn link(handle: LogHandle, lines: Lines) -> String {
    let task = handle.task.get_untracked();
    let place = LogState {
        line: Some(lines.first),
        ..LogState::default()
    };
    format!(
        "{}{}{}{}",
        window().location().origin().unwrap_or_default(),
        paths::task(task.agent_id, task.id),
        place.search(&TasksState::default()),
        lines.hash()
    )
}

/// The lines without colours, as far as they are loaded.
fn text(handle: LogHandle, lines: Lines) -> String {
    handle.buffer.with_untracked(|buffer| {
        let chosen = buffer
            .lines()
            .iter()
            .filter(|line| lines.holds(line.number));
        chosen.map(|line| ansi::strip(&line.text) + "\n").collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_names_a_line_or_a_range() {
        for (hash, lines) in [
            ("#L120", Some((120, 120))),
            ("#L120-L140", Some((120, 140))),
            ("#L140-L120", Some((120, 140))),
            ("#L", None),
            ("#L1-2", None),
            ("#top", None),
        ] {
            let read = Lines::from_hash(hash);
            assert_eq!(read.map(|lines| (lines.first, lines.last)), lines, "{hash}");
        }
        assert_eq!(Lines::between(140, 120).hash(), "#L120-L140");
        assert_eq!(Lines::one(7).hash(), "#L7");
    }
}
