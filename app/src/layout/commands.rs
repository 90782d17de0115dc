//! What the palette offers: places, people and agents by name, the reader's latest searches, and
//! what can be done from here. What the reader may not do is not offered.

use leptos::prelude::*;
use model::permission::Permission;
use model::person::Person;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlFormElement};

use crate::api::agents::list_agents;
use crate::api::logs::list_searches;
use crate::api::users::list_people;
use crate::api::views::list_views;
use crate::paths;

/// Lines of a group while nothing is typed; a word finds the others.
const SHOWN: usize = 5;

/// The groups, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Pages,
    Searches,
    Views,
    Agents,
    People,
    Actions,
    Search,
}

impl Group {
    /// The heading.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pages => "Pages",
            Self::Searches => "Recent searches",
            Self::Views => "Saved views",
            Self::Agents => "Agents",
            Self::People => "People",
            Self::Actions => "Actions",
            Self::Search => "Search events",
        }
    }
}

/// What choosing a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens a page of the console.
    Go(String),
    /// Opens an address that is not one of the console's pages: a file, the documentation.
    Leave(String),
    /// Presses a button of the page.
    Press(&'static str),
    SignOut,
    ShowKeys,
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub group: Group,
    pub icon: &'static str,
    pub label: String,
    pub about: String,
    pub act: Act,
}

impl Command {
    fn new(group: Group, icon: &'static str, label: impl Into<String>, act: Act) -> Self {
        Self {
            group,
            icon,
            label: label.into(),
            about: String::new(),
            act,
        }
    }

    fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }
}

/// What is known without asking the server. `query` is that of the Logs page, where it is open.
#[must_use]
pub fn at_hand(person: Option<&Person>, query: Option<&str>) -> Vec<Command> {
    let may = |permission| person.is_some_and(|person| person.may(permission));
    let go =
        |icon, label, path: &str| Command::new(Group::Pages, icon, label, Act::Go(path.to_owned()));
    let mut all = vec![go("logs", "Logs", paths::LOGS)];
    all.extend(may(Permission::AgentsRead).then(|| go("agents", "Agents", paths::AGENTS)));
    all.push(go("compliance", "Compliance", paths::COMPLIANCE));
    all.push(go("integrity", "Integrity", paths::INTEGRITY));
    all.extend(may(Permission::AlertsRead).then(|| go("inbox", "Inbox", paths::INBOX)));
    all.push(go("settings", "Settings", paths::SETTINGS));
    all.push(go("lock", "Tokens", "/settings/tokens"));
    all.push(go("clock", "Sessions", "/settings/sessions"));
    all.extend(may(Permission::UsersManage).then(|| go("person", "People", "/settings/people")));
    let docs = Act::Leave("/docs".to_owned());
    all.push(Command::new(Group::Pages, "info", "Documentation", docs));

    let action = |icon, label, act| Command::new(Group::Actions, icon, label, act);
    if let Some(query) = query.filter(|_| may(Permission::LogsExport)) {
        let href = format!(
            "/api/v1/events/export?format=csv&q={}",
            paths::encode(query)
        );
        all.push(action(
            "export",
            "Export this result as CSV",
            Act::Leave(href),
        ));
    }
    let theme = |icon, label, button| action(icon, label, Act::Press(button));
    all.extend([
        theme(
            "sun",
            "Use the light theme",
            "button[name=theme][value=light]",
        ),
        theme(
            "moon",
            "Use the dark theme",
            "button[name=theme][value=dark]",
        ),
        theme(
            "display",
            "Use the theme of the system",
            "button[name=theme][value=system]",
        ),
        action("keyboard", "Show all keys", Act::ShowKeys),
        action("sign-out", "Sign out", Act::SignOut),
    ]);
    all
}

/// What only the server knows, in parts, as they come. A part that fails is left out: the rest
/// of the palette works without it.
pub async fn asked(person: Option<&Person>, found: impl Fn(Vec<Command>)) {
    let may = |permission| person.is_some_and(|person| person.may(permission));
    let searches = list_searches().await.unwrap_or_default();
    let search = |query: String| {
        let act = Act::Go(paths::logs(&query));
        Command::new(Group::Searches, "search", query, act)
    };
    found(searches.into_iter().map(search).collect());
    let views = list_views().await.unwrap_or_default();
    let view = |view: model::view::View| {
        let act = Act::Go(paths::view(&view));
        Command::new(Group::Views, "filter", view.content.name, act).about(view.content.query)
    };
    found(views.into_iter().map(view).collect());
    if may(Permission::AgentsRead) {
        let agents = list_agents().await.unwrap_or_default();
        let agent = |summary: model::agent::AgentSummary| {
            let act = Act::Go(paths::agent(summary.agent.id));
            let about = match summary.running {
                0 => summary.state.to_string(),
                1 => "running 1 task".to_owned(),
                tasks => format!("running {tasks} tasks"),
            };
            Command::new(Group::Agents, "agent", summary.agent.name, act).about(about)
        };
        found(agents.into_iter().map(agent).collect());
    }
    if may(Permission::UsersManage) {
        let people = list_people().await.unwrap_or_default();
        let person = |member: model::person::Member| {
            let act = Act::Go(format!("/settings/people/{}", member.id));
            Command::new(Group::People, "person", member.name, act).about(member.email)
        };
        found(people.into_iter().map(person).collect());
    }
}

/// The commands that fit what is typed, the best of each group first; the last one searches the
/// events for it, or the first where it is written as a search.
#[must_use]
pub fn fitting(all: &[Command], typed: &str) -> Vec<Command> {
    let typed = typed.trim();
    let mut ranked: Vec<(Group, u8, Command)> = all
        .iter()
        .filter_map(|command| {
            let rank = rank(&command.label, typed);
            let rank = rank.or_else(|| rank_of_about(&command.about, typed));
            rank.map(|rank| (command.group, rank, command.clone()))
        })
        .collect();
    ranked.sort_by_key(|(group, rank, _)| (*group, *rank));
    let mut fitting: Vec<Command> = ranked.into_iter().map(|(.., command)| command).collect();
    if typed.is_empty() {
        let (mut group, mut count) = (Group::Pages, 0);
        fitting.retain(|command| {
            count = if command.group == group { count + 1 } else { 1 };
            group = command.group;
            count <= SHOWN || group == Group::Actions
        });
    } else {
        let act = Act::Go(paths::logs(typed));
        let place = if typed.contains(':') {
            0
        } else {
            fitting.len()
        };
        fitting.insert(place, Command::new(Group::Search, "search", typed, act));
    }
    fitting
}

/// How well a text fits, the smaller the better: its beginning, the beginning of a word, any
/// part, letters of one word in their order or first letters of words. None where it does not.
fn rank(text: &str, typed: &str) -> Option<u8> {
    let (text, typed) = (text.to_lowercase(), typed.to_lowercase());
    if text.starts_with(&typed) {
        return Some(0);
    }
    if words(&text).any(|word| word.starts_with(&typed)) {
        return Some(1);
    }
    if text.contains(&typed) {
        return Some(2);
    }
    let is_in_order = |word: &str| {
        let mut letters = word.chars();
        word.chars().next() == typed.chars().next()
            && typed
                .chars()
                .all(|wanted| letters.any(|letter| letter == wanted))
    };
    let initials: String = words(&text)
        .filter_map(|word| word.chars().next())
        .collect();
    let in_order = words(&text).any(is_in_order) || initials.starts_with(&typed);
    in_order.then_some(3)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
}

/// What stands beside is found by its parts only, and after everything else.
fn rank_of_about(about: &str, typed: &str) -> Option<u8> {
    rank(about, typed).filter(|rank| *rank < 3).map(|_| 4)
}

/// Presses the first button that the selector finds, shown or not.
pub fn press(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(button) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}

/// Sends the form that ends the session.
pub fn sign_out() {
    let form = document()
        .query_selector("form[action='/api/ui/session/sign-out']")
        .ok()
        .flatten()
        .and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    // Without the form nobody is signed in.
    let _ = form.map(|form| form.submit());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(typed: &str) -> Vec<String> {
        let agent =
            |name: &str| Command::new(Group::Agents, "agent", name, Act::ShowKeys).about("online");
        let mut all = at_hand(None, None);
        all.extend([agent("nightly-etl"), agent("etl-1"), agent("backup")]);
        let fitting = fitting(&all, typed);
        fitting.into_iter().map(|command| command.label).collect()
    }

    #[test]
    fn the_best_fit_of_a_group_comes_first_and_the_search_last() {
        assert_eq!(labels("etl"), ["etl-1", "nightly-etl", "etl"]);
        assert_eq!(labels("cmpl"), ["Compliance", "cmpl"]);
        assert_eq!(labels("dark"), ["Use the dark theme", "dark"]);
    }

    #[test]
    fn what_is_written_as_a_search_is_searched_for_before_a_recent_one_that_holds_it() {
        let act = Act::Go(paths::logs("team:a -actor:b"));
        let recent = [Command::new(
            Group::Searches,
            "search",
            "team:a -actor:b",
            act,
        )];
        let labels: Vec<String> = fitting(&recent, "actor:b")
            .into_iter()
            .map(|command| command.label)
            .collect();
        assert_eq!(labels, ["actor:b", "team:a -actor:b"]);
    }

    #[test]
    fn what_somebody_may_not_do_is_not_offered() {
        let all = labels("");
        assert!(
            !all.iter()
                .any(|label| label == "People" || label.starts_with("Export"))
        );
        assert!(all.iter().any(|label| label == "Compliance"));
    }

    #[test]
    fn without_a_word_each_list_is_short() {
        let many: Vec<Command> = (0..20)
            .map(|n| Command::new(Group::Agents, "agent", n.to_string(), Act::SignOut))
            .collect();
        assert_eq!(fitting(&many, "").len(), SHOWN);
    }
}
