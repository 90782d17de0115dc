//! One line of a log: number, colours, what the search found.

use leptos::prelude::*;
use model::ansi::{self, Span};
use model::task_log::LogLine;

/// A line. `find` is marked, in ASCII's sense in any case; `is_target` points at the line.
#[component]
pub fn Line(line: LogLine, find: String, is_target: bool) -> impl IntoView {
    let number = line.number;
    let spans = ansi::parse(&line.text);
    let mut class = format!("log__line{}", level(&spans));
    if is_target {
        class.push_str(" log__line--target");
    }
    let find = find.to_ascii_lowercase();
    let text = spans
        .into_iter()
        .map(|span| styled(span, &find))
        .collect_view();
    view! {
        <li class=class id=format!("L{number}")>
            // Not the router's: only the browser's own navigation sets the target.
            <a class="log__number" tabindex="-1" rel="external" href=format!("#L{number}")>{number}</a>
            <code class="log__text">{text}{line.cut.then(|| view! { <span class="ansi-dim">" … the rest of this line is in the download"</span> })}</code>
        </li>
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
    fn a_level_tints_its_line() {
        assert_eq!(
            level(&ansi::parse("\u{1b}[31mERR\u{1b}[0mOR x")),
            " log__line--error"
        );
        assert_eq!(level(&ansi::parse("all is well")), "");
    }
}
