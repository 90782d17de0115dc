//! Sends alerts as Standard Webhooks: JSON with an id, a time and an HMAC-SHA-256 over both and
//! the body (<https://www.standardwebhooks.com>).
//!
//! Never follows a redirect and speaks plain HTTP to this machine only.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use model::alert::{Alert, Webhook};
use serde_json::json;
use uuid::Uuid;

use crate::{Error, Result, Services};

/// How a secret begins.
const PREFIX: &str = "whsec_";

/// How long the receiver may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Seconds until the next attempt, by how many failed before it; after the last it is given up.
const PAUSES: &[i64] = &[5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200];

/// Alerts sent by one turn of the job.
const AT_ONCE: usize = 100;

/// A new secret of 256 random bits.
pub(super) fn mint_secret() -> String {
    let bits: [u8; 32] = rand::random();
    format!("{PREFIX}{}", STANDARD.encode(bits))
}

/// The address as it is kept: https, or http on this machine; no name or password in it.
pub(crate) fn check_url(text: &str) -> Result<String> {
    let refuse = |reason: &str| Error::invalid("url", reason);
    let url = reqwest::Url::parse(text.trim()).map_err(|_| refuse("is not an address"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("must not hold a name or a password"));
    }
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" if !host.is_empty() => Ok(url.to_string()),
        "http" if loopback => Ok(url.to_string()),
        "http" => Err(refuse("must begin with https://")),
        _ => Err(refuse("must begin with https:// and name a host")),
    }
}

/// The value of `webhook-signature`: `v1,` and the base64 of the HMAC over `id.time.body`.
pub(super) fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(tag)))
}

fn body(alert: &Alert, public_url: &str) -> String {
    json!({
        "type": alert.kind,
        "timestamp": alert.raised_at,
        "data": {
            "id": alert.id,
            "text": alert.text,
            "occurred_at": alert.at,
            "event_id": alert.event_id,
            "event_url": format!("{public_url}/logs/{}", alert.event_id),
        }
    })
    .to_string()
}

/// Where a message goes and what it is signed with.
struct Target<'a> {
    url: &'a str,
    secret: &'a str,
}

fn client() -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .user_agent(concat!("Auditorium/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Error::Unexpected(format!("no HTTP client: {error}")))
}

/// Sends a message of the type `test`, once. The inner error is what the receiver did.
pub(super) async fn test(
    services: &Services,
    webhook: &Webhook,
) -> Result<std::result::Result<(), String>> {
    let now = services.now();
    let body = json!({
        "type": "test",
        "timestamp": now,
        "data": { "text": "A test of the webhook. Nothing happened." },
    });
    let target = Target {
        url: &webhook.url,
        secret: &webhook.secret,
    };
    Ok(send(&client()?, &target, Uuid::now_v7(), body.to_string(), now).await)
}

pub(super) async fn deliver(services: &Services) -> Result<()> {
    let client = client()?;
    for _ in 0..AT_ONCE {
        let now = services.now();
        let Some(delivery) = services.store.take_delivery(now).await? else {
            break;
        };
        let body = body(&delivery.alert, &services.settings.public_url);
        let target = Target {
            url: &delivery.url,
            secret: &delivery.secret,
        };
        match send(&client, &target, delivery.alert.id, body, now).await {
            Ok(()) => {
                services
                    .store
                    .note_delivered(delivery.alert.id, services.now())
                    .await?;
            }
            Err(reason) => {
                let next = next_attempt(delivery.attempts, services.now());
                tracing::warn!(alert = %delivery.alert.id, reason, "an alert was not delivered");
                services
                    .store
                    .note_undelivered(delivery.alert.id, &reason, next)
                    .await?;
            }
        }
    }
    Ok(())
}

fn next_attempt(failed_before: i32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let pause = PAUSES.get(usize::try_from(failed_before).unwrap_or(0))?;
    Some(now + chrono::Duration::seconds(*pause))
}

/// Sends one message; anything but a 2xx is a failure.
async fn send(
    client: &reqwest::Client,
    target: &Target<'_>,
    id: Uuid,
    body: String,
    now: DateTime<Utc>,
) -> std::result::Result<(), String> {
    let id = id.to_string();
    let timestamp = now.timestamp();
    let signature =
        sign(target.secret, &id, timestamp, &body).ok_or("the secret cannot be read")?;
    let answer = client
        .post(target.url)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp.to_string())
        .header("webhook-signature", signature)
        .body(body)
        .send()
        .await
        .map_err(|error| {
            if error.is_timeout() {
                "no answer in time".to_owned()
            } else {
                "not reached".to_owned()
            }
        })?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(format!("answered {}", answer.status().as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.as_deref(),
            Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        );
    }

    #[test]
    fn only_https_or_this_machine_is_an_address() {
        for good in [
            "https://hooks.example.org/a",
            "http://127.0.0.1:9000/x",
            "http://[::1]/",
            "http://localhost:1/",
        ] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.org/",
            "ftp://example.org/",
            "https://a:b@example.org/",
            "nonsense",
            "http://localhost.example.org/",
        ] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn attempts_back_off_and_end() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(
            next_attempt(0, now),
            Some(now + chrono::Duration::seconds(5))
        );
        assert_eq!(
            next_attempt(i32::try_from(PAUSES.len()).unwrap(), now),
            None
        );
    }
}
