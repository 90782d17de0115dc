//! The state of the Agents page and of the LOGS drawer, all of it in the address.
//!
//! `/agents?agent=ID&pack=P&source=S&state=failed&after=TASK`, and behind a drawer the same
//! with `line=N` or `before=N` for the part of the log, `find=TEXT` for its search, and
//! `time=received` or `time=since` and `wrap=1` for how it is shown.

use leptos_router::params::ParamsMap;
use model::task::{Task, TaskFilter, TaskState};
use model::task_log::LogPlace;
use uuid::Uuid;

use crate::paths::{self, encode};

/// Lines that stand before a line that the address names.
const LINES_BEFORE: u64 = 20;

/// Which tasks are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TasksState(pub TaskFilter);

impl TasksState {
    /// Reads the address. What cannot be read is left out: an old link still opens.
    #[must_use]
    pub fn from_params(params: &ParamsMap) -> Self {
        let text = |name: &str| params.get(name).filter(|text| !text.is_empty());
        Self(TaskFilter {
            agent: text("agent").and_then(|id| id.parse().ok()),
            pack: text("pack"),
            data_source: text("source"),
            state: text("state").and_then(|state| state.parse().ok()),
            after: text("after").and_then(|id| id.parse().ok()),
        })
    }

    /// Whether anything is filtered.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        TaskFilter {
            after: None,
            ..self.0.clone()
        } != TaskFilter::default()
    }

    /// The tasks of one agent.
    #[must_use]
    pub fn of_agent(agent: Uuid) -> Self {
        Self(TaskFilter {
            agent: Some(agent),
            ..TaskFilter::default()
        })
    }

    /// The same list with another outcome, from its first page.
    #[must_use]
    pub fn with_state(&self, state: Option<TaskState>) -> Self {
        Self(TaskFilter {
            state,
            after: None,
            ..self.0.clone()
        })
    }

    /// The same list from another place on.
    #[must_use]
    pub fn after(&self, after: Option<Uuid>) -> Self {
        Self(TaskFilter {
            after,
            ..self.0.clone()
        })
    }

    /// The part of the address after the path; empty for the plain page.
    #[must_use]
    pub fn search(&self) -> String {
        let filter = &self.0;
        let pairs = [
            ("agent", filter.agent.map(|id| id.to_string())),
            ("pack", filter.pack.clone()),
            ("source", filter.data_source.clone()),
            ("state", filter.state.map(|state| state.to_string())),
            ("after", filter.after.map(|id| id.to_string())),
        ];
        join(pairs)
    }

    /// The address of the page.
    #[must_use]
    pub fn href(&self) -> String {
        format!("{}{}", paths::AGENTS, self.search())
    }

    /// The address of a task's drawer over this list.
    #[must_use]
    pub fn task_href(&self, task: &Task) -> String {
        format!("{}{}", paths::task(task.agent_id, task.id), self.search())
    }
}

/// What a log's gutter says about time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamps {
    #[default]
    None,
    /// When the server received the line.
    Received,
    /// How long after the task's start that was.
    Since,
}

impl Stamps {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::None, Self::Received, Self::Since];

    /// The word of the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Received => "received",
            Self::Since => "since",
        }
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "No times",
            Self::Received => "Received at",
            Self::Since => "Since the start",
        }
    }
}

/// Which part of a log is shown and how, and what is searched in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogState {
    /// The line that is pointed at.
    pub line: Option<u64>,
    /// The line before which the part ends.
    pub before: Option<u64>,
    pub find: String,
    pub stamps: Stamps,
    pub wrap: bool,
}

impl LogState {
    /// Reads the address.
    #[must_use]
    pub fn from_params(params: &ParamsMap) -> Self {
        let number = |name: &str| params.get(name).and_then(|text| text.parse().ok());
        Self {
            line: number("line"),
            before: number("before"),
            find: params.get("find").unwrap_or_default().trim().to_owned(),
            stamps: params
                .get("time")
                .and_then(|time| Stamps::ALL.into_iter().find(|known| known.as_str() == time))
                .unwrap_or_default(),
            wrap: params.get("wrap").is_some_and(|wrap| wrap == "1"),
        }
    }

    /// What the server is asked for.
    #[must_use]
    pub fn place(&self) -> LogPlace {
        match (self.line, self.before) {
            (Some(line), _) => LogPlace::From(line.saturating_sub(LINES_BEFORE).max(1)),
            (None, Some(before)) => LogPlace::Before(before),
            (None, None) => LogPlace::End,
        }
    }

    /// The part of the address after the path, with the list's filter behind the drawer.
    #[must_use]
    pub fn search(&self, list: &TasksState) -> String {
        let pairs = [
            ("line", self.line.map(|line| line.to_string())),
            ("before", self.before.map(|line| line.to_string())),
            (
                "find",
                Some(self.find.clone()).filter(|find| !find.is_empty()),
            ),
            (
                "time",
                Some(self.stamps.as_str().to_owned()).filter(|_| self.stamps != Stamps::None),
            ),
            ("wrap", self.wrap.then(|| "1".to_owned())),
        ];
        let own = join(pairs);
        let list = list.search();
        match (own.is_empty(), list.strip_prefix('?')) {
            (true, _) => list,
            (false, None) => own,
            (false, Some(list)) => format!("{own}&{list}"),
        }
    }

    /// Another part of the same log.
    #[must_use]
    pub fn at(&self, line: Option<u64>, before: Option<u64>) -> Self {
        Self {
            line,
            before,
            ..self.clone()
        }
    }

    /// The same part, shown otherwise.
    #[must_use]
    pub fn shown(&self, stamps: Stamps, wrap: bool) -> Self {
        Self {
            stamps,
            wrap,
            ..self.clone()
        }
    }
}

fn join<const N: usize>(pairs: [(&str, Option<String>); N]) -> String {
    let set: Vec<String> = pairs
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?))))
        .collect();
    if set.is_empty() {
        String::new()
    } else {
        format!("?{}", set.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(search: &str) -> ParamsMap {
        let mut params = ParamsMap::new();
        for pair in search.trim_start_matches('?').split('&') {
            if let Some((key, value)) = pair.split_once('=') {
                params.insert(key.to_owned(), value.to_owned());
            }
        }
        params
    }

    #[test]
    fn the_address_keeps_the_list_behind_the_drawer() {
        let list = TasksState(TaskFilter {
            agent: Some(Uuid::from_u128(7)),
            pack: Some("billing".to_owned()),
            state: Some(TaskState::Failed),
            ..TaskFilter::default()
        });
        let log = LogState {
            line: Some(120),
            before: None,
            find: "error".to_owned(),
            stamps: Stamps::Since,
            wrap: true,
        };
        let search = log.search(&list);
        assert_eq!(TasksState::from_params(&params(&search)), list);
        assert_eq!(LogState::from_params(&params(&search)), log);
        assert_eq!(LogState::default().search(&TasksState::default()), "");
    }

    #[test]
    fn a_line_is_shown_with_those_before_it() {
        assert_eq!(
            LogState {
                line: Some(5),
                ..LogState::default()
            }
            .place(),
            LogPlace::From(1)
        );
        assert_eq!(
            LogState {
                line: Some(120),
                ..LogState::default()
            }
            .place(),
            LogPlace::From(100)
        );
        assert_eq!(LogState::default().place(), LogPlace::End);
    }
}
