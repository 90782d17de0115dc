//! The most frequent values of a field in the current result, drawn by the server. The choice of
//! the field is in the address, so the panel works without JavaScript and can be sent as a link.

use leptos::prelude::*;
use model::query::Field;
use model::values::{COUNTED, TopValues, ValueCount};

use crate::api::logs::count_values;
use crate::components::icon::Icon;
use crate::components::notice::Failure;
use crate::pages::logs::filters::label;
use crate::pages::logs::histogram::grouped;
use crate::pages::logs::state::LogsState;

/// Width of the longest bar, in the drawing's units.
const WIDTH: i64 = 1_000;

/// The menu that opens the panel for a field.
#[component]
pub fn TopValuesMenu(state: Memo<LogsState>) -> impl IntoView {
    let links = move || {
        let now = state.get();
        COUNTED
            .iter()
            .map(|field| {
                let is_shown = now.top == Some(*field);
                let top = (!is_shown).then_some(*field);
                let href = LogsState { top, ..now.clone() }.href();
                view! { <a class="menu__item" href=href aria-current=is_shown.then_some("true")>{label(plural(*field))}</a> }
            })
            .collect_view()
    };
    view! {
        <details class="menu menu--end">
            <summary class="button button--quiet button--small"><Icon name="filter"/>"Top values"</summary>
            <div class="menu__list">{links}</div>
        </details>
    }
}

/// The panel, where the address asks for one. Stands outside of the page's Transition: it has a
/// resource of its own, so that a long count does not hold up the rows.
#[component]
pub fn TopValuesPanel(state: Memo<LogsState>) -> impl IntoView {
    let asked = Memo::new(move |_| {
        let now = state.get();
        now.top.map(|field| (field, now.query))
    });
    let top = Resource::new_blocking(
        move || asked.get(),
        |asked| async move {
            match asked {
                None => Ok(None),
                Some((field, query)) => count_values(field, query).await.map(Some),
            }
        },
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match top.await {
                    Ok(None) => ().into_any(),
                    Ok(Some(top)) => view! { <Panel top state/> }.into_any(),
                    // A query that cannot be read is explained at the search box.
                    Err(error) if error.reason_for("query").is_some() => ().into_any(),
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Panel(top: TopValues, state: Memo<LogsState>) -> impl IntoView {
    let field = top.field;
    let title = format!("Top {}", plural(field));
    let heading = title.clone();
    let close = move || {
        LogsState {
            top: None,
            ..state.get()
        }
        .href()
    };
    let basis = basis(&top);
    let rest = rest(&top);
    let counted = top.counted.max(1);
    let longest = top.values.first().map_or(1, |value| value.count).max(1);
    let rows = top
        .values
        .into_iter()
        .map(|value| view! { <ValueRow field value counted longest state/> })
        .collect_view();
    view! {
        <section class="top-values" aria-label=title>
            <header class="top-values__head">
                <h2>{heading}</h2>
                <span class="meta">{basis}</span>
                <a class="button button--quiet button--icon button--small" href=close aria-label="Close the top values"><Icon name="close"/></a>
            </header>
            <ol class="top-values__list">{rows}</ol>
            {rest.map(|rest| view! { <p class="meta">{rest}</p> })}
        </section>
    }
}

#[component]
fn ValueRow(
    field: Field,
    value: ValueCount,
    counted: i64,
    longest: i64,
    state: Memo<LogsState>,
) -> impl IntoView {
    let ValueCount {
        value,
        label,
        count,
    } = value;
    let href = {
        let value = value.clone();
        move || state.get().adding(field.as_str(), &value, false).href()
    };
    let exclude = {
        let value = value.clone();
        move || state.get().adding(field.as_str(), &value, true).href()
    };
    let title = format!("Filter by {field} {value}");
    let bar = (count * WIDTH / longest).max(2);
    view! {
        <li>
            <a class="top-values__row" href=href data-exclude=exclude title=title>
                <span class="top-values__value">{value}</span>
                {label.map(|label| view! { <span class="top-values__label">{label}</span> })}
                <span class="top-values__count">{grouped(count)}</span>
                <span class="top-values__share">{share(count, counted)}</span>
                <svg class="top-values__bar" viewBox=format!("0 0 {WIDTH} 4") preserveAspectRatio="none" aria-hidden="true">
                    <rect width=bar height="4"></rect>
                </svg>
            </a>
        </li>
    }
}

/// What the counts rest on.
fn basis(top: &TopValues) -> String {
    let counted = grouped(top.counted);
    match (top.is_all, top.counted) {
        (true, 0) => "no event matches".to_owned(),
        (true, 1) => "of the 1 matching event".to_owned(),
        (true, _) => format!("of all {counted} matching events"),
        (false, _) => format!("of the newest {counted} matching events"),
    }
}

/// What the list leaves out.
fn rest(top: &TopValues) -> Option<String> {
    let listed = i64::try_from(top.values.len()).unwrap_or(i64::MAX);
    let more = top.distinct - listed;
    let others = (more > 0).then(|| {
        let share = share(top.others(), top.counted.max(1));
        let noun = if more == 1 {
            one(top.field)
        } else {
            plural(top.field)
        };
        format!("{} more {noun}: {share}", grouped(more))
    });
    let without = (top.without > 0).then(|| {
        let share = share(top.without, top.counted.max(1));
        format!("without {}: {share}", one(top.field))
    });
    match (others, without) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one),
        (Some(others), Some(without)) => Some(format!("{others}; {without}")),
    }
}

/// `12.3 %`; what is there is never nothing.
fn share(count: i64, of: i64) -> String {
    let per_mille = count * 1_000 / of;
    match per_mille {
        0 if count > 0 => "under 0.1\u{a0}%".to_owned(),
        1_000 => "100\u{a0}%".to_owned(),
        _ => format!("{}.{}\u{a0}%", per_mille / 10, per_mille % 10),
    }
}

const fn plural(field: Field) -> &'static str {
    match field {
        Field::Actor => "actors",
        Field::Action => "actions",
        Field::Resource => "resource types",
        Field::Team => "teams",
        Field::Status => "outcomes",
        Field::Ip => "addresses",
        Field::Source => "sources",
        Field::Category => "categories",
        other => other.as_str(),
    }
}

const fn one(field: Field) -> &'static str {
    match field {
        Field::Resource => "resource type",
        Field::Status => "outcome",
        Field::Ip => "address",
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(counted: i64, is_all: bool) -> TopValues {
        let value = ValueCount {
            value: "red".to_owned(),
            label: None,
            count: 600,
        };
        TopValues {
            field: Field::Team,
            values: vec![value],
            distinct: 3,
            without: 100,
            counted,
            is_all,
        }
    }

    #[test]
    fn the_panel_says_what_it_rests_on_and_leaves_out() {
        assert_eq!(basis(&top(1_000, true)), "of all 1,000 matching events");
        assert_eq!(
            basis(&top(100_352, false)),
            "of the newest 100,352 matching events"
        );
        assert_eq!(
            rest(&top(1_000, true)).as_deref(),
            Some("2 more teams: 30.0\u{a0}%; without team: 10.0\u{a0}%")
        );
    }

    #[test]
    fn a_share_is_never_rounded_away() {
        assert_eq!(share(1, 100_000), "under 0.1\u{a0}%");
        assert_eq!(share(0, 10), "0.0\u{a0}%");
        assert_eq!(share(10, 10), "100\u{a0}%");
        assert_eq!(share(1, 3), "33.3\u{a0}%");
    }
}
