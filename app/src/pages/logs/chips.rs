//! Each term of the query as a chip: a link that leaves it out, and one that turns it round.
//! Links, so that they work without JavaScript.

use leptos::prelude::*;
use model::query::{Predicate, Query, Term};

use crate::components::icon::Icon;
use crate::pages::logs::state::LogsState;

/// A term and the queries that its links lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chip {
    negated: bool,
    /// The field's name, or `text`.
    field: &'static str,
    value: String,
    without: String,
    /// The same query with the contrary term; none for times, which nobody excludes.
    contrary: Option<String>,
}

/// The chips; nothing for an empty query or one that cannot be read.
#[component]
pub fn Chips(state: Memo<LogsState>) -> impl IntoView {
    move || {
        let now = state.get();
        let chips = chips(&now.query);
        let many = chips.len() > 1;
        let clear = now.with_query("").href();
        let items = chips
            .into_iter()
            .map(|chip| view! { <li><ChipItem chip state=now.clone()/></li> })
            .collect_view();
        (!items.is_empty()).then(|| {
            view! {
                <div class="terms" role="group" aria-label="Terms of the search">
                    <ul class="terms__list">{items}</ul>
                    {many.then(|| view! { <a class="terms__clear" href=clear>"Clear all"</a> })}
                </div>
            }
        })
    }
}

#[component]
fn ChipItem(chip: Chip, state: LogsState) -> impl IntoView {
    let Chip {
        negated,
        field,
        value,
        without,
        contrary,
    } = chip;
    let not = if negated { "not " } else { "" };
    let class = if negated {
        "chip chip--set chip--not"
    } else {
        "chip chip--set"
    };
    let (turn, icon) = if negated {
        ("Include", "plus")
    } else {
        ("Exclude", "minus")
    };
    view! {
        <span class=class>
            {not}{field}<span class="chip__value" title=value.clone()>{value.clone()}</span>
            {contrary.map(|query| view! {
                <a class="chip__remove" href=state.with_query(query).href() title=format!("{turn} instead") aria-label=format!("{turn} {field} {value} instead")>
                    <Icon name=icon/>
                </a>
            })}
            <a class="chip__remove" href=state.with_query(without).href() title="Remove" aria-label=format!("Remove {not}{field} {value}")>
                <Icon name="cross"/>
            </a>
        </span>
    }
}

fn chips(query: &str) -> Vec<Chip> {
    let Ok(query) = Query::parse(query) else {
        return Vec::new();
    };
    query
        .terms
        .iter()
        .enumerate()
        .map(|(place, term)| chip(&query, place, term))
        .collect()
}

fn chip(query: &Query, place: usize, term: &Term) -> Chip {
    let is_time = matches!(term.predicate, Predicate::Created(_) | Predicate::Last(_));
    let contrary = (!is_time || term.negated).then(|| {
        let turned = Term {
            negated: !term.negated,
            ..term.clone()
        };
        let mut turned_query = query.clone();
        // What is there already need not stand twice.
        turned_query.terms.retain(|other| *other != turned);
        if let Some(at) = turned_query.terms.iter().position(|other| other == term) {
            turned_query.terms.splice(at..=at, [turned]);
        }
        turned_query.to_string()
    });
    let mut rest = query.clone();
    rest.terms.remove(place);
    Chip {
        negated: term.negated,
        field: term
            .predicate
            .field()
            .map_or("text", |field| field.as_str()),
        value: value(term),
        without: rest.to_string(),
        contrary,
    }
}

/// What the term asks for, as plain text.
fn value(term: &Term) -> String {
    let only = Term::only(term.predicate.clone());
    let Some(field) = only.predicate.field() else {
        let Predicate::Text(text) = only.predicate else {
            return only.to_string();
        };
        return text;
    };
    let query = Query { terms: vec![only] };
    query.values_of(field).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_is_a_chip_with_its_ways_out() {
        let found = chips("actor:etl-1,etl-2 -status:denied \"free text\" last:7d");
        let shown: Vec<_> = found
            .iter()
            .map(|chip| (chip.negated, chip.field, chip.value.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (false, "actor", "etl-1, etl-2"),
                (true, "status", "denied"),
                (false, "text", "free text"),
                (false, "last", "7d"),
            ]
        );
        let first = found.first().map(|chip| chip.without.as_str());
        assert_eq!(first, Some("-status:denied \"free text\" last:7d"));
        let turned = found.get(1).and_then(|chip| chip.contrary.as_deref());
        assert_eq!(
            turned,
            Some("actor:etl-1,etl-2 status:denied \"free text\" last:7d")
        );
        assert_eq!(found.last().and_then(|chip| chip.contrary.clone()), None);
    }

    #[test]
    fn a_term_that_stands_twice_loses_one() {
        let found = chips("a b a");
        assert_eq!(found.first().map(|chip| chip.without.as_str()), Some("b a"));
    }

    #[test]
    fn what_cannot_be_read_has_no_chips() {
        assert_eq!(chips("nonsense:1"), []);
        assert_eq!(chips(""), []);
    }
}
