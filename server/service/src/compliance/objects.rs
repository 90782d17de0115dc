//! Whether stored objects are private, encrypted, versioned and locked.
//!
//! An S3 service is asked itself: once without a key, then with one about each property. A
//! service that does not know a question is not taken for one that says no.

use std::time::Duration;

use reqwest::StatusCode;
use store::compliance::objects::{ask, bucket_url};
use store::objects::S3;

use super::transport::permissions;
use super::verdict::{Finding, Verdict};
use crate::Services;

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bucket that is looked at: the one that always exists.
const BUCKET: &str = "logs";

/// What a service answers.
#[derive(Clone, Debug)]
struct Answer {
    status: StatusCode,
    body: String,
}

pub(super) async fn check(services: &Services) -> Vec<Finding> {
    match (&services.facts.s3, &services.facts.objects_folder) {
        (Some(s3), _) => check_s3(s3).await,
        (None, Some(folder)) => check_folder(permissions(folder)),
        (None, None) => Vec::new(),
    }
}

fn check_folder(private: Verdict) -> Vec<Finding> {
    let unknown = |what: &str| {
        Verdict::unknown(
            format!("Objects are files on this machine, which {what}."),
            "Set S3_ENDPOINT and a key for a store with encryption, versions and object lock; or \
             attest what protects the disk.",
        )
    };
    vec![
        ("objects.private", private),
        (
            "objects.encrypted",
            unknown("cannot say whether their disk is encrypted"),
        ),
        ("objects.versioned", unknown("keep no versions")),
        ("objects.locked", unknown("nothing locks")),
        (
            "objects.transport",
            Verdict::judge(
                true,
                "Objects are files on this machine: they do not leave it.",
                "",
            ),
        ),
    ]
}

async fn check_s3(s3: &S3) -> Vec<Finding> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build();
    let mut findings = vec![("objects.transport", transport(s3))];
    let Ok(client) = client else { return findings };
    findings.push(("objects.private", private(&client, s3).await));
    findings.push((
        "objects.versioned",
        versioned(property(&client, s3, "versioning").await),
    ));
    findings.push((
        "objects.encrypted",
        encrypted(property(&client, s3, "encryption").await),
    ));
    findings.push((
        "objects.locked",
        locked(property(&client, s3, "object-lock").await),
    ));
    findings
}

fn transport(s3: &S3) -> Verdict {
    let url = bucket_url(s3, BUCKET);
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    let local = ["127.", "localhost", "[::1]"]
        .iter()
        .any(|own| host.starts_with(own));
    let https = url.starts_with("https://");
    Verdict::judge(
        https || local,
        if https {
            format!("Objects are reached at {url}.")
        } else if local {
            format!("Objects are reached at {url}, which does not leave this machine.")
        } else {
            format!("Objects are reached at {url} by plain HTTP.")
        },
        "Set S3_ENDPOINT to an address with https.",
    )
}

/// Lists the bucket and reads from it without a key.
async fn private(client: &reqwest::Client, s3: &S3) -> Verdict {
    let bucket = bucket_url(s3, BUCKET);
    let mut seen = Vec::new();
    for url in [
        format!("{bucket}?list-type=2"),
        format!("{bucket}/compliance-check"),
    ] {
        match client.get(&url).send().await {
            Ok(answer) => seen.push((url, answer.status())),
            Err(error) => return unreachable(&error),
        }
    }
    let evidence = seen
        .iter()
        .map(|(url, status)| format!("GET {url} without a key answered {}", status.as_u16()))
        .collect::<Vec<_>>()
        .join("; ");
    let refused = |status: &StatusCode| matches!(status.as_u16(), 401 | 403);
    Verdict::judge(
        seen.iter().all(|(_, status)| refused(status)),
        format!("{evidence}."),
        "Remove anonymous grants from the bucket's policy and switch on its public access block.",
    )
}

async fn property(client: &reqwest::Client, s3: &S3, name: &str) -> Result<Answer, Verdict> {
    let question = ask(s3, BUCKET, name)
        .await
        .map_err(|error| Verdict::unmeasured(name, &error))?;
    let mut request = client.get(&question.url);
    for (header, value) in &question.headers {
        request = request.header(header, value);
    }
    let answer = request.send().await.map_err(|error| unreachable(&error))?;
    let status = answer.status();
    let body = answer.text().await.map_err(|error| unreachable(&error))?;
    Ok(Answer { status, body })
}

fn unreachable(error: &reqwest::Error) -> Verdict {
    tracing::warn!(%error, "the object store was not reached by a compliance check");
    Verdict::unknown(
        "The object store did not answer.",
        "Check S3_ENDPOINT; the server's log names the cause.",
    )
}

/// The text of an XML element, as far as these three documents need it.
fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>"))
        .map(|(text, _)| text.trim())
}

/// What is to be said of an answer that is neither yes nor no.
fn unclear(answer: &Answer, advice: &str) -> Verdict {
    let code = element(&answer.body, "Code").unwrap_or("no code");
    Verdict::unknown(
        format!(
            "The object store answered {} ({code}) to the question.",
            answer.status.as_u16()
        ),
        advice,
    )
}

fn versioned(answer: Result<Answer, Verdict>) -> Verdict {
    const ADVICE: &str =
        "aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration Status=Enabled";
    match answer {
        Err(verdict) => verdict,
        Ok(answer)
            if answer.status.is_success() && answer.body.contains("VersioningConfiguration") =>
        {
            let status = element(&answer.body, "Status").unwrap_or("never enabled");
            Verdict::judge(
                status == "Enabled",
                format!("GetBucketVersioning says {status}."),
                ADVICE,
            )
        }
        Ok(answer) => unclear(&answer, ADVICE),
    }
}

fn encrypted(answer: Result<Answer, Verdict>) -> Verdict {
    const ADVICE: &str = "aws s3api put-bucket-encryption with SSEAlgorithm aws:kms or AES256";
    match answer {
        Err(verdict) => verdict,
        Ok(answer) if answer.status.is_success() => match element(&answer.body, "SSEAlgorithm") {
            Some(algorithm) => {
                Verdict::judge(true, format!("GetBucketEncryption says {algorithm}."), "")
            }
            None => unclear(&answer, ADVICE),
        },
        Ok(answer)
            if answer
                .body
                .contains("ServerSideEncryptionConfigurationNotFound") =>
        {
            Verdict::judge(
                false,
                "GetBucketEncryption says that objects are stored as they come.",
                ADVICE,
            )
        }
        Ok(answer) => unclear(&answer, ADVICE),
    }
}

fn locked(answer: Result<Answer, Verdict>) -> Verdict {
    const ADVICE: &str =
        "Make the bucket with --object-lock-enabled-for-bucket and set a default retention.";
    match answer {
        Err(verdict) => verdict,
        Ok(answer) if answer.status.is_success() => {
            match element(&answer.body, "ObjectLockEnabled") {
                Some(state) => {
                    let term = element(&answer.body, "Days")
                        .map(|days| format!("{days} days"))
                        .or_else(|| {
                            element(&answer.body, "Years").map(|years| format!("{years} years"))
                        });
                    let mode = element(&answer.body, "Mode").unwrap_or("no mode");
                    Verdict::judge(
                        state == "Enabled" && term.is_some(),
                        format!(
                            "GetObjectLockConfiguration says {state}, {mode}, default term: {}.",
                            term.as_deref().unwrap_or("none")
                        ),
                        ADVICE,
                    )
                }
                None => unclear(&answer, ADVICE),
            }
        }
        Ok(answer) if answer.body.contains("ObjectLockConfigurationNotFound") => Verdict::judge(
            false,
            "GetObjectLockConfiguration says that there is no lock.",
            ADVICE,
        ),
        Ok(answer) => unclear(&answer, ADVICE),
    }
}

#[cfg(test)]
mod tests {
    use model::compliance::Outcome;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn versions_hold_when_enabled_and_fail_when_suspended_or_never_enabled() {
        let says = |inner: &str| {
            versioned(Ok(answer(
                200,
                &format!("<VersioningConfiguration>{inner}</VersioningConfiguration>"),
            )))
            .outcome
        };
        assert_eq!(says("<Status>Enabled</Status>"), Outcome::Holds);
        assert_eq!(says("<Status>Suspended</Status>"), Outcome::Fails);
        assert_eq!(says(""), Outcome::Fails);
    }

    #[test]
    fn a_service_that_does_not_know_the_question_is_not_taken_for_a_no() {
        let silent = || answer(501, "<Error><Code>NotImplemented</Code></Error>");
        assert_eq!(versioned(Ok(silent())).outcome, Outcome::CannotBeChecked);
        assert_eq!(encrypted(Ok(silent())).outcome, Outcome::CannotBeChecked);
        assert_eq!(locked(Ok(silent())).outcome, Outcome::CannotBeChecked);
    }

    #[test]
    fn encryption_and_lock_say_yes_and_no() {
        let yes = answer(200, "<Rule><SSEAlgorithm>aws:kms</SSEAlgorithm></Rule>");
        assert_eq!(encrypted(Ok(yes)).outcome, Outcome::Holds);
        let no = answer(
            404,
            "<Code>ServerSideEncryptionConfigurationNotFoundError</Code>",
        );
        assert_eq!(encrypted(Ok(no)).outcome, Outcome::Fails);
        let yes = answer(
            200,
            "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Mode>COMPLIANCE</Mode><Days>30</Days>",
        );
        assert_eq!(locked(Ok(yes)).outcome, Outcome::Holds);
        let endless = answer(200, "<ObjectLockEnabled>Enabled</ObjectLockEnabled>");
        assert_eq!(locked(Ok(endless)).outcome, Outcome::Fails);
        let no = answer(404, "<Code>ObjectLockConfigurationNotFoundError</Code>");
        assert_eq!(locked(Ok(no)).outcome, Outcome::Fails);
    }

    #[test]
    fn plain_http_beyond_this_machine_fails() {
        let at = |endpoint: &str| S3 {
            endpoint: Some(endpoint.to_owned()),
            region: "eu-west-1".to_owned(),
            key: None,
            bucket_prefix: String::new(),
        };
        assert_eq!(
            transport(&at("https://s3.example.org")).outcome,
            Outcome::Holds
        );
        assert_eq!(
            transport(&at("http://127.0.0.1:8333")).outcome,
            Outcome::Holds
        );
        assert_eq!(
            transport(&at("http://10.0.0.9:8333")).outcome,
            Outcome::Fails
        );
    }
}
