//! Events over time as bars, drawn on the server; each bar leads to its stretch of time.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use leptos::prelude::*;
use model::log_page::{Bar, Count, Histogram};

use crate::components::time::utc;
use crate::pages::logs::state::LogsState;
use crate::pages::logs::terms;

/// Height of the tallest bar, in the drawing's units.
const HEIGHT: i64 = 64;
const BAR: usize = 10;

/// The count and the bars, with a table of the same numbers for who cannot see them.
#[component]
pub fn HistogramView(histogram: Histogram, state: LogsState) -> impl IntoView {
    let total = count(histogram.total);
    let tallest = histogram
        .bars
        .iter()
        .map(Bar::total)
        .max()
        .unwrap_or(0)
        .max(1);
    let width = histogram.bars.len() * BAR;
    let summary = format!(
        "{total} from {} to {} UTC",
        utc(histogram.from),
        utc(histogram.to)
    );
    let stretches: Vec<_> = stretches(&histogram).collect();
    let bars = stretches
        .iter()
        .enumerate()
        .filter(|(_, (.., bar))| bar.total() > 0)
        .map(|(index, (from, to, bar))| {
            let range = format!("created:{}..{}", instant(*from), instant(*to));
            let href = state
                .with_query(terms::with_range(&state.query, &range))
                .href();
            view! { <BarMark index from=*from bar=*bar tallest href/> }
        })
        .collect_view();
    let rows = stretches
        .iter()
        .filter(|(.., bar)| bar.total() > 0)
        .map(|(from, _, bar)| view! {
            <tr><th scope="row">{utc(*from)}</th><td>{bar.success}</td><td>{bar.failure}</td><td>{bar.denied}</td></tr>
        })
        .collect_view();
    view! {
        <figure class="histogram">
            <svg class="histogram__plot" viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="group" aria-label=summary>
                {bars}
            </svg>
            <figcaption class="histogram__axis">
                <span>{utc(histogram.from)}" UTC"</span>
                <span class="histogram__key">
                    <span><i class="histogram__sign"></i>"Success"</span>
                    <span><i class="histogram__sign histogram__sign--denied"></i>"Denied"</span>
                    <span><i class="histogram__sign histogram__sign--failure"></i>"Failed"</span>
                </span>
                <span>{utc(histogram.to)}</span>
            </figcaption>
            <table class="visually-hidden">
                <caption>"Events over time"</caption>
                <thead><tr><th scope="col">"From (UTC)"</th><th scope="col">"Success"</th><th scope="col">"Failed"</th><th scope="col">"Denied"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </figure>
    }
}

#[component]
fn BarMark(
    index: usize,
    from: DateTime<Utc>,
    bar: Bar,
    tallest: i64,
    href: String,
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
    view! {
        <a href=href>
            <title>{title}</title>
            <rect class="histogram__hit" x=index * BAR y="0" width=BAR height=HEIGHT></rect>
            {part("histogram__bar", success, 0)}
            {part("histogram__bar histogram__bar--denied", denied, success)}
            {part("histogram__bar histogram__bar--failure", failure, success + denied)}
        </a>
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
