//! Times: UTC from the server, the reader's zone once the browser has taken over.
//!
//! Both sides first render the same UTC text, so hydration never disagrees; the zone is set
//! by an effect after it, and the header says which one is shown.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// The zone in which times are shown; provided once by the frame.
#[derive(Clone, Copy, Debug)]
pub struct Zone(RwSignal<Option<String>>);

impl Zone {
    /// Provides the zone, UTC until the browser names its own.
    pub fn provide() {
        let zone = RwSignal::new(None);
        provide_context(Self(zone));
        Effect::new(move |_| zone.set(browser_zone()));
    }

    /// The zone's name for headers.
    #[must_use]
    pub fn name(self) -> String {
        self.0.get().unwrap_or_else(|| "UTC".to_owned())
    }
}

/// The browser's IANA zone; absent when it is UTC or unknown.
fn browser_zone() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|zone| zone.as_string())
        .filter(|zone| zone != "UTC")
}

/// The zone's name, as a table's header shows it.
#[component]
pub fn ZoneName() -> impl IntoView {
    let zone = use_context::<Zone>();
    view! { <span class="zone">{move || zone.map_or_else(|| "UTC".to_owned(), Zone::name)}</span> }
}

/// `21 Nov 2026, 14:03:07` with the exact UTC time on hover.
#[component]
pub fn Time(at: DateTime<Utc>) -> impl IntoView {
    let zone = use_context::<Zone>();
    let machine = at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let title = format!("{} UTC", at.format("%Y-%m-%d %H:%M:%S%.6f"));
    let text = move || match zone.and_then(|zone| zone.0.get()) {
        Some(_) => local(at),
        None => utc(at),
    };
    view! { <time datetime=machine title=title>{text}</time> }
}

/// `14:03:07` in the zone in which times are shown.
pub fn clock(at: DateTime<Utc>) -> impl Fn() -> String + Clone + Send + 'static {
    let zone = use_context::<Zone>();
    move || match zone.and_then(|zone| zone.0.get()) {
        Some(_) => {
            let whole = local(at);
            let clock = whole.rsplit(", ").next().unwrap_or_default();
            clock.to_owned()
        }
        None => at.format("%H:%M:%S").to_string(),
    }
}

/// A time in UTC as people read it.
#[must_use]
pub fn utc(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M:%S").to_string()
}

fn local(at: DateTime<Utc>) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds fit 53 bits until the year 287396"
    )]
    let date = js_sys::Date::new(&JsValue::from_f64(at.timestamp_millis() as f64));
    let month = MONTHS.get(date.get_month() as usize).copied().unwrap_or("");
    format!(
        "{} {month} {}, {:02}:{:02}:{:02}",
        date.get_date(),
        date.get_full_year(),
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds()
    )
}
