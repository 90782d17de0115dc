//! Events over time as bars, drawn on the server; each bar leads to its stretch of time, and
//! several are chosen together by [`Brush`].

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::log_page::{Bar, Count, Histogram};

use crate::components::time::utc;
use crate::pages::logs::brush::{Asked, Brush};
use crate::pages::logs::state::LogsState;
use crate::pages::logs::terms;

/// Height of the tallest bar, in the drawing's units.
const HEIGHT: i64 = 64;
const BAR: usize = 10;

/// The bars, with a table of the same numbers for who cannot see them. Dragging over them, or
/// Shift with the arrow keys, chooses a range of time.
#[component]
pub fn HistogramView(counts: Signal<Histogram>, state: LogsState) -> impl IntoView {
    let counts = Memo::new(move |_| counts.get());
    let bars = move || counts.with_untracked(|counts| counts.bars.len());
    let last = counts.with_untracked(|counts| counts.bars.iter().rposition(|bar| bar.total() > 0));
    let brush = Brush::new(last.unwrap_or(0));
    let navigate = use_navigate();
    let shown = state.clone();
    let follow = move |asked: Asked| {
        if let Asked::Show(from, to) = asked {
            let href = counts.with_untracked(|counts| range_href(counts, &shown, from, to));
            brush.cancel();
            navigate(&href, NavigateOptions::default());
        }
    };
    let (on_key, on_release) = (follow.clone(), follow);
    let view_box =
        move || counts.with(|counts| format!("0 0 {} {HEIGHT}", counts.bars.len() * BAR));
    view! {
        <figure class="histogram">
            <svg
                class="histogram__plot" viewBox=view_box preserveAspectRatio="none" role="group"
                aria-label=move || counts.with(summary)
                on:pointerdown=move |event| brush.press(&event, bars())
                on:pointermove=move |event| brush.drag(&event, bars())
                on:pointerup=move |_| on_release(brush.release())
                on:pointercancel=move |_| brush.cancel()
                on:keydown=move |event| on_key(brush.key(&event, bars()))
                on:dragstart=move |event| event.prevent_default()
            >
                {move || counts.with(|counts| marks(counts, &state, brush))}
                {move || brush.chosen().map(|(from, to)| view! {
                    <rect class="histogram__brush" x=from * BAR y="0" width=(to + 1 - from) * BAR height=HEIGHT></rect>
                })}
            </svg>
            <figcaption class="histogram__axis">{move || counts.with(|counts| axis(counts, brush))}</figcaption>
            {move || counts.with(table)}
        </figure>
    }
}

fn summary(histogram: &Histogram) -> String {
    format!(
        "{} from {} to {} UTC",
        count(histogram.total),
        utc(histogram.from),
        utc(histogram.to)
    )
}

/// The address that shows the bars from one to another, both included.
fn range_href(histogram: &Histogram, state: &LogsState, from: usize, to: usize) -> String {
    let mut chosen = stretches(histogram).skip(from).take(to + 1 - from);
    let Some((start, first_end, _)) = chosen.next() else {
        return state.href();
    };
    let end = chosen.last().map_or(first_end, |(_, end, _)| end);
    let range = format!("created:{}..{}", instant(start), instant(end));
    state
        .with_query(terms::with_range(&state.query, &range))
        .href()
}

fn marks(histogram: &Histogram, state: &LogsState, brush: Brush) -> impl IntoView + use<> {
    let tallest = histogram.bars.iter().map(Bar::total).max();
    let tallest = tallest.unwrap_or(0).max(1);
    stretches(histogram)
        .enumerate()
        .filter(|(_, (.., bar))| bar.total() > 0)
        .map(|(index, (from, _, bar))| {
            let href = range_href(histogram, state, index, index);
            view! { <BarMark index from bar tallest href brush/> }
        })
        .collect_view()
}

/// From when to when; between them what the colours say, or what is being chosen.
fn axis(histogram: &Histogram, brush: Brush) -> impl IntoView + use<> {
    let read = histogram.clone();
    let chosen = move || {
        let (from, to) = brush.chosen()?;
        let mut all = stretches(&read).skip(from).take(to + 1 - from);
        let (start, end, bar) = all.next()?;
        let (end, total) = all.fold((end, bar.total()), |(_, sum), (_, end, bar)| {
            (end, sum + bar.total())
        });
        let events = count(Count::Exact(total));
        Some(format!("{} to {}, {events}", utc(start), utc(end)))
    };
    view! {
        <span>{utc(histogram.from)}" UTC"</span>
        <span class="histogram__chosen" role="status">{chosen}</span>
        <span class="histogram__key">
            <span><i class="histogram__sign"></i>"Success"</span>
            <span><i class="histogram__sign histogram__sign--denied"></i>"Denied"</span>
            <span><i class="histogram__sign histogram__sign--failure"></i>"Failed"</span>
        </span>
        <span>{utc(histogram.to)}</span>
    }
}

fn table(histogram: &Histogram) -> impl IntoView + use<> {
    let rows = stretches(histogram)
        .filter(|(.., bar)| bar.total() > 0)
        .map(|(from, _, bar)| view! {
            <tr><th scope="row">{utc(from)}</th><td>{bar.success}</td><td>{bar.failure}</td><td>{bar.denied}</td></tr>
        })
        .collect_view();
    view! {
        <table class="visually-hidden">
            <caption>"Events over time"</caption>
            <thead><tr><th scope="col">"From (UTC)"</th><th scope="col">"Success"</th><th scope="col">"Failed"</th><th scope="col">"Denied"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

#[component]
fn BarMark(
    index: usize,
    from: DateTime<Utc>,
    bar: Bar,
    tallest: i64,
    href: String,
    brush: Brush,
) -> impl IntoView {
    let x = index * BAR + 1;
    // At least one unit, so that a single event among thousands is seen.
    let scale = |count: i64| {
        if count == 0 {
            0
        } else {
            (count * HEIGHT / tallest).max(1)
        }
    };
    let (success, failure, denied) = (scale(bar.success), scale(bar.failure), scale(bar.denied));
    let part = |class: &'static str, height: i64, above: i64| {
        (height > 0).then(|| view! { <rect class=class x=x y=HEIGHT - above - height width=BAR - 2 height=height></rect> })
    };
    let title = format!("{}: {} events", utc(from), bar.total());
    // Inside a group, so that the browser makes an SVG link of it and not an HTML one, which an
    // SVG does not show.
    view! {
        <g>
            <a href=href data-bar=index tabindex=move || brush.tab_index(index)>
                <title>{title}</title>
                <rect class="histogram__hit" x=index * BAR y="0" width=BAR height=HEIGHT></rect>
                {part("histogram__bar", success, 0)}
                {part("histogram__bar histogram__bar--denied", denied, success)}
                {part("histogram__bar histogram__bar--failure", failure, success + denied)}
            </a>
        </g>
    }
}

fn stretches(
    histogram: &Histogram,
) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>, Bar)> + '_ {
    let bars = i64::try_from(histogram.bars.len()).unwrap_or(1).max(1);
    let step = (histogram.to - histogram.from)
        .num_microseconds()
        .unwrap_or(i64::MAX)
        / bars;
    histogram.bars.iter().zip(0_i64..).map(move |(bar, index)| {
        let from = histogram.from + TimeDelta::microseconds(step * index);
        let to = if index + 1 == bars {
            histogram.to
        } else {
            from + TimeDelta::microseconds(step)
        };
        (from, to, *bar)
    })
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `12,431 events`, `about 3.2 million events`.
#[must_use]
pub fn count(count: Count) -> String {
    match count {
        Count::Exact(1) => "1 event".to_owned(),
        Count::Exact(number) => format!("{} events", grouped(number)),
        Count::About(number) if number >= 1_000_000 => {
            format!(
                "about {}.{} million events",
                number / 1_000_000,
                number % 1_000_000 / 100_000
            )
        }
        Count::About(number) => format!("about {} events", grouped(number)),
    }
}

/// Digits in groups of three.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_say_what_they_are() {
        assert_eq!(count(Count::Exact(12_431)), "12,431 events");
        assert_eq!(count(Count::Exact(1)), "1 event");
        assert_eq!(count(Count::About(3_240_000)), "about 3.2 million events");
        assert_eq!(grouped(-1000), "-1,000");
    }
}
