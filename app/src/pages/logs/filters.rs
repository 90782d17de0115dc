//! The same filters as in the search box, as menus of links: they work without JavaScript.

use leptos::prelude::*;
use model::event::{ActorType, Category, Status};
use model::export::Column;

use crate::components::badge::actor_kind;
use crate::components::icon::Icon;
use crate::pages::logs::columns::heading;
use crate::pages::logs::state::LogsState;
use crate::pages::logs::terms;
use crate::pages::logs::top_values::TopValuesMenu;

/// Time ranges: what is shown and what is searched.
const RANGES: &[(&str, &str)] = &[
    ("All time", ""),
    ("Last 15 minutes", "last:15m"),
    ("Last hour", "last:1h"),
    ("Last 4 hours", "last:4h"),
    ("Last 24 hours", "last:24h"),
    ("Last 7 days", "last:7d"),
    ("Last 30 days", "last:30d"),
];

/// The row of menus.
#[component]
pub fn Filters(state: Memo<LogsState>) -> impl IntoView {
    let outcomes = Status::ALL
        .iter()
        .map(|status| (status.as_str(), label(status.as_str())))
        .collect();
    let kinds = ActorType::ALL
        .iter()
        .map(|kind| (kind.as_str(), actor_kind(*kind).to_owned()))
        .collect();
    let categories = Category::ALL
        .iter()
        .map(|category| (category.as_str(), label(category.as_str())))
        .collect();
    view! {
        <div class="filters" role="group" aria-label="Filters">
            <RangeMenu state/>
            <ValueMenu state name="Outcome" field="status" values=outcomes/>
            <ValueMenu state name="Actor kind" field="actor_type" values=kinds/>
            <ValueMenu state name="Category" field="category" values=categories/>
            <span class="filters__end">
                <TopValuesMenu state/>
                <ColumnMenu state/>
            </span>
        </div>
    }
}

/// `ai_decision` as `Ai decision`.
pub(super) fn label(value: &str) -> String {
    let mut words = value.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[component]
fn RangeMenu(state: Memo<LogsState>) -> impl IntoView {
    let current = move || terms::range(&state.get().query).unwrap_or_default();
    let shown = move || {
        let current = current();
        RANGES
            .iter()
            .find(|(_, term)| *term == current)
            .map_or_else(
                || current.trim_start_matches("created:").to_owned(),
                |(name, _)| (*name).to_owned(),
            )
    };
    let links = move || {
        RANGES
            .iter()
            .map(|(name, term)| {
                let now = state.get();
                let href = now.with_query(terms::with_range(&now.query, term)).href();
                let chosen = (current() == *term).then_some("true");
                view! { <a class="menu__item" href=href aria-current=chosen>{*name}</a> }
            })
            .collect_view()
    };
    view! {
        <details class="menu">
            <summary class="chip"><Icon name="clock"/>{shown}<Icon name="chevron-down"/></summary>
            <div class="menu__list">
                {links}
                <hr class="menu__rule"/>
                <CustomRange state/>
            </div>
        </details>
    }
}

/// From and to, as days in UTC. The form writes the same term that a person would type.
#[component]
fn CustomRange(state: Memo<LogsState>) -> impl IntoView {
    view! {
        <form class="menu__form" method="get" action="/logs">
            <input type="hidden" name="q" value=move || terms::with_range(&state.get().query, "")/>
            <label class="field"><span class="field__label">"From (UTC)"</span><input class="input" type="date" name="from"/></label>
            <label class="field"><span class="field__label">"To (UTC)"</span><input class="input" type="date" name="to"/></label>
            <button class="button" type="submit">"Show this range"</button>
        </form>
    }
}

#[component]
fn ValueMenu(
    state: Memo<LogsState>,
    name: &'static str,
    field: &'static str,
    values: Vec<(&'static str, String)>,
) -> impl IntoView {
    let chosen = {
        let values = values.clone();
        move || {
            let query = state.get().query;
            values
                .iter()
                .find(|(value, _)| terms::contains(&query, field, value))
                .map(|(_, label)| label.clone())
        }
    };
    let is_chosen = {
        let chosen = chosen.clone();
        move || {
            if chosen().is_some() {
                "chip chip--set"
            } else {
                "chip"
            }
        }
    };
    let links = move || {
        values
            .iter()
            .map(|(value, label)| {
                let now = state.get();
                let has = terms::contains(&now.query, field, value);
                let query = if has {
                    terms::remove(&now.query, field, value)
                } else {
                    terms::add(&now.query, field, value, false)
                };
                let href = now.with_query(query).href();
                view! { <a class="menu__item" href=href aria-current=has.then_some("true")>{label.clone()}</a> }
            })
            .collect_view()
    };
    view! {
        <details class="menu">
            <summary class=is_chosen>
                {move || chosen().map_or_else(|| name.to_owned(), |label| format!("{name}: {label}"))}
                <Icon name="chevron-down"/>
            </summary>
            <div class="menu__list">{links}</div>
        </details>
    }
}

#[component]
fn ColumnMenu(state: Memo<LogsState>) -> impl IntoView {
    let links = move || {
        Column::ALL
            .iter()
            .map(|column| {
                let now = state.get();
                let shown = now.shown_columns().contains(column);
                let href = now.toggling_column(*column).href();
                let left = now.moving_column_left(*column).href();
                view! {
                    <span class="menu__row">
                        <a class="menu__item" href=href aria-current=shown.then_some("true")>{heading(*column)}</a>
                        {shown.then(|| view! {
                            <a class="button button--quiet button--icon button--small" href=left aria-label=format!("Move {} to the left", heading(*column))>
                                <Icon name="chevron-left"/>
                            </a>
                        })}
                    </span>
                }
            })
            .collect_view()
    };
    view! {
        <details class="menu menu--end">
            <summary class="button button--quiet button--small"><Icon name="columns"/>"Columns"</summary>
            <div class="menu__list">{links}</div>
        </details>
    }
}
