//! One line of a log: number, time, colours, what the search found.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use model::ansi::{self, Span};
use model::task_log::LogLine;

use crate::components::time::clock;
use crate::pages::agents::log_view::LogHandle;

/// A line. `find` is marked, in ASCII's sense in any case.
#[component]
pub fn Line(line: LogLine, find: String, handle: LogHandle) -> impl IntoView {
    let number = line.number;
    let spans = ansi::parse(&line.text);
    let class = format!("log__line{}", level(&spans));
    let selected = move || {
        handle
            .selection
            .get()
            .is_some_and(|lines| lines.holds(number))
    };
    let stamp = line
        .received_at
        .map(|at| view! { <Stamp at start=handle.opened_at/> });
    let find = find.to_ascii_lowercase();
    let text = spans
        .into_iter()
        .map(|span| styled(span, &find))
        .collect_view();
    view! {
        <li class=class class:log__line--target=selected id=format!("L{number}")>
            // Not the router's: only the browser's own navigation sets the target.
            <a class="log__number" tabindex="-1" rel="external" href=format!("#L{number}") on:click=move |event| {
                event.prevent_default();
                handle.select(number, event.shift_key());
            }>{number}</a>
            {stamp}
            <code class="log__text">{text}{line.cut.then(|| view! { <span class="ansi-dim">" … the rest of this line is in the download"</span> })}</code>
        </li>
    }
}

/// When the line was received, both ways: the style of the log shows one or none.
#[component]
fn Stamp(at: DateTime<Utc>, start: DateTime<Utc>) -> impl IntoView {
    let title = format!("Received {} UTC", at.format("%Y-%m-%d %H:%M:%S"));
    view! { <span class="log__time" title=title data-received=clock(at) data-since=since(at - start)></span> }
}

/// `+3:07`, `+2:03:07`. Clocks of agents differ: what came before the start is at the start.
fn since(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("+{minutes}:{seconds:02}"),
        _ => format!("+{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn styled(span: Span, find: &str) -> AnyView {
    let class = span.style.class();
    let pieces = split(&span.text, find)
        .into_iter()
        .map(|(is_match, text)| {
            let text = text.to_owned();
            if is_match {
                view! { <mark class="log__match">{text}</mark> }.into_any()
            } else {
                text.into_any()
            }
        })
        .collect_view();
    if class.is_empty() {
        pieces.into_any()
    } else {
        view! { <span class=class>{pieces}</span> }.into_any()
    }
}

/// The text in pieces, each with whether it matches. `find` is in lower case.
fn split<'a>(text: &'a str, find: &str) -> Vec<(bool, &'a str)> {
    if find.is_empty() {
        return vec![(false, text)];
    }
    // Changes no byte's place.
    let lower = text.to_ascii_lowercase();
    let mut pieces = Vec::new();
    let mut end = 0;
    for (at, found) in lower.match_indices(find) {
        pieces.extend(
            text.get(end..at)
                .filter(|piece| !piece.is_empty())
                .map(|piece| (false, piece)),
        );
        end = at + found.len();
        pieces.extend(text.get(at..end).map(|piece| (true, piece)));
    }
    pieces.extend(
        text.get(end..)
            .filter(|piece| !piece.is_empty())
            .map(|piece| (false, piece)),
    );
    pieces
}

/// A tint for lines that name a level near their beginning.
fn level(spans: &[Span]) -> &'static str {
    const LEVELS: [(&str, &str); 8] = [
        ("FATAL", " log__line--error"),
        ("PANIC", " log__line--error"),
        ("ERROR", " log__line--error"),
        ("panicked at", " log__line--error"),
        ("Traceback (most recent call last)", " log__line--error"),
        ("WARN", " log__line--warn"),
        ("DEBUG", " log__line--debug"),
        ("TRACE", " log__line--debug"),
    ];
    let head: String = spans
        .iter()
        .flat_map(|span| span.text.chars())
        .take(80)
        .collect();
    LEVELS
        .iter()
        .find(|(word, _)| head.contains(word))
        .map_or("", |(_, class)| class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_split_off_in_any_case() {
        assert_eq!(
            split("An ERROR, an error", "error"),
            [
                (false, "An "),
                (true, "ERROR"),
                (false, ", an "),
                (true, "error")
            ]
        );
        assert_eq!(
            split("näher", "ä"),
            [(false, "n"), (true, "ä"), (false, "her")]
        );
        assert_eq!(split("plain", ""), [(false, "plain")]);
    }

    #[test]
    fn a_line_says_how_long_after_the_start_it_came() {
        let words = [-4, 7, 187, 7_387].map(|seconds| since(TimeDelta::seconds(seconds)));
        assert_eq!(words, ["+0:00", "+0:07", "+3:07", "+2:03:07"]);
    }

    #[test]
    fn a_level_tints_its_line() {
        assert_eq!(
            level(&ansi::parse("\u{1b}[31mERR\u{1b}[0mOR x")),
            " log__line--error"
        );
        assert_eq!(level(&ansi::parse("all is well")), "");
    }
}
