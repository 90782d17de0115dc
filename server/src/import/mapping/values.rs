//! Values of foreign columns as an event takes them.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use model::event::ActorType;
use serde_json::{Value, json};
use uuid::Uuid;

/// Words for outcomes; in lower case.
const OUTCOMES: &[(&str, &[&str])] = &[
    (
        "success",
        &[
            "success",
            "succeeded",
            "successful",
            "ok",
            "true",
            "t",
            "1",
            "allowed",
            "200",
        ],
    ),
    (
        "denied",
        &[
            "denied",
            "forbidden",
            "unauthorized",
            "rejected",
            "blocked",
            "401",
            "403",
        ],
    ),
    (
        "failure",
        &[
            "failure", "failed", "fail", "error", "false", "f", "0", "500",
        ],
    ),
];

/// A value of a field. Absent when it is none but may stay a detail; an error when the event
/// cannot be without it.
pub(super) fn read(field: &str, value: &Value) -> Result<Option<Value>, String> {
    match field {
        "occurred_at" => {
            time(value).map(|at| Some(json!(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))))
        }
        "action" => action(&text(value)).map(|action| Some(json!(action))),
        "status" => Ok(outcome(&text(value))),
        "id" => Ok(text(value).parse::<Uuid>().ok().map(|id| json!(id))),
        "actor_ip" => Ok(address(&text(value)).map(|ip| json!(ip))),
        "actor_type" => Ok(actor_type(&text(value))),
        "resource_type" => Ok(Some(json!(text(value).replace('/', "_")))),
        "details" | "previous_state" | "new_state" => Ok(Some(value.clone())),
        _ => Ok(Some(json!(text(value)))),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

/// A time with an offset, without one (then UTC), a day, or seconds or milliseconds since 1970.
fn time(value: &Value) -> Result<DateTime<Utc>, String> {
    let text = text(value);
    let none = || format!("{text:?} is no time");
    if let Ok(number) = text.parse::<f64>() {
        // Later than the year 5138 in seconds: milliseconds.
        let seconds = if number.abs() > 1e11 {
            number / 1e3
        } else {
            number
        };
        #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
        let micros = (seconds.abs() < 1e11).then_some((seconds * 1e6).round() as i64);
        return micros
            .and_then(DateTime::from_timestamp_micros)
            .ok_or_else(none);
    }
    let spaced = text.replacen(' ', "T", 1);
    // Postgres writes whole hours of an offset without minutes.
    let offset = spaced
        .rfind(['+', '-'])
        .filter(|at| *at > 10 && spaced.len() - at == 3);
    let whole = if offset.is_some() {
        format!("{spaced}:00")
    } else {
        spaced
    };
    if let Ok(at) = DateTime::parse_from_rfc3339(&whole.replacen(" +", "+", 1)) {
        return Ok(at.to_utc());
    }
    if let Ok(at) = NaiveDateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f") {
        return Ok(at.and_utc());
    }
    NaiveDate::parse_from_str(&whole, "%Y-%m-%d")
        .map(|day| day.and_time(NaiveTime::MIN).and_utc())
        .map_err(|_| none())
}

/// `User Created` as `user_created`; dotted names stay.
fn action(text: &str) -> Result<String, String> {
    let words: Vec<String> = text
        .split('.')
        .map(|word| {
            let kept = |c: char| {
                if c.is_alphanumeric() || matches!(c, '_' | '-' | ':') {
                    c
                } else {
                    '_'
                }
            };
            word.trim().to_lowercase().chars().map(kept).collect()
        })
        .filter(|word: &String| !word.is_empty())
        .collect();
    if words.is_empty() {
        return Err(format!("{text:?} is no action"));
    }
    Ok(words.join("."))
}

fn outcome(text: &str) -> Option<Value> {
    let text = text.to_lowercase();
    OUTCOMES
        .iter()
        .find(|(_, words)| words.contains(&text.as_str()))
        .map(|(status, _)| json!(status))
}

/// An address, also with the mask that Postgres may write behind it.
fn address(text: &str) -> Option<IpAddr> {
    text.split('/').next()?.parse().ok()
}

fn actor_type(text: &str) -> Option<Value> {
    let kind = text.to_lowercase().parse::<ActorType>().ok()?;
    Some(json!(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_databases_write_them() {
        for (written, meant) in [
            (
                "2024-02-03 04:05:06.123456+02",
                "2024-02-03T02:05:06.123456Z",
            ),
            ("2024-02-03T04:05:06+05:45", "2024-02-02T22:20:06Z"),
            ("2024-02-03 04:05:06", "2024-02-03T04:05:06Z"),
            ("2024-02-03", "2024-02-03T00:00:00Z"),
            ("1700000000", "2023-11-14T22:13:20Z"),
            ("1700000000123", "2023-11-14T22:13:20.123Z"),
        ] {
            let at = read("occurred_at", &json!(written)).unwrap().unwrap();
            assert_eq!(at, meant, "{written}");
        }
        for none in ["infinity", "yesterday", "2024-13-01", "1e300"] {
            assert!(time(&json!(none)).is_err(), "{none}");
        }
    }

    #[test]
    fn words_become_actions_and_outcomes() {
        assert_eq!(action("User Created"), Ok("user_created".to_owned()));
        assert_eq!(action("orders.DELETE"), Ok("orders.delete".to_owned()));
        assert!(action(" . ").is_err());
        assert_eq!(read("status", &json!(true)), Ok(Some(json!("success"))));
        assert_eq!(
            read("status", &json!("Forbidden")),
            Ok(Some(json!("denied")))
        );
        assert_eq!(read("status", &json!("maybe")), Ok(None));
        assert_eq!(
            read("actor_ip", &json!("10.0.0.1/32")),
            Ok(Some(json!("10.0.0.1")))
        );
    }
}
