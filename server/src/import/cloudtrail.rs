//! AWS CloudTrail: files with `{"Records": […]}`, one event a record, the original in `details`.
//!
//! Format: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::import::derived_id;

/// Actions that have a name of their own in the catalogue, by CloudTrail's `eventName`.
const NAMED: &[(&str, &str)] = &[
    ("CreateUser", "user.created"),
    ("DeleteUser", "user.deleted"),
    ("CreateAccessKey", "api_key.created"),
    ("DeleteAccessKey", "api_key.revoked"),
    ("AttachUserPolicy", "role.assigned"),
    ("AttachRolePolicy", "role.assigned"),
];

/// Error codes that mean "not permitted".
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "Client.UnauthorizedOperation",
];

/// The event of a record, or why it is none.
pub fn event(record: &Value) -> Result<Value, String> {
    let name = text(record, "eventName").ok_or("eventName is missing")?;
    let at = text(record, "eventTime").ok_or("eventTime is missing")?;
    let at: DateTime<Utc> = at
        .parse()
        .map_err(|_| format!("eventTime {at:?} is no RFC 3339 time"))?;
    let source_id = text(record, "eventID").ok_or("eventID is missing")?;
    let (status, error) = outcome(record);
    let mut event = Map::new();
    event.insert("id".into(), json!(derived_id(at, source_id)));
    event.insert("occurred_at".into(), json!(at));
    event.insert("actor".into(), actor(record));
    event.insert("action".into(), json!(action(record, name)));
    event.insert("status".into(), json!(status));
    if let Some(error) = error {
        event.insert("error_message".into(), json!(error));
    }
    if let Some(resource) = resource(record) {
        event.insert("resource".into(), resource);
    }
    if let Some(request) = text(record, "requestID") {
        event.insert("request_id".into(), json!(request));
    }
    if let Some(account) = text(record, "recipientAccountId") {
        event.insert("team".into(), json!(format!("aws-{account}")));
    }
    event.insert("details".into(), record.clone());
    Ok(Value::Object(event))
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// `s3.amazonaws.com` and `GetBucketAcl` become `s3.get_bucket_acl`; a few have their own name.
fn action(record: &Value, name: &str) -> String {
    if name == "ConsoleLogin" {
        let failed = record
            .pointer("/responseElements/ConsoleLogin")
            .and_then(Value::as_str)
            == Some("Failure");
        return if failed {
            "login.failure"
        } else {
            "login.success"
        }
        .to_owned();
    }
    if let Some((_, action)) = NAMED.iter().find(|(theirs, _)| *theirs == name) {
        return (*action).to_owned();
    }
    let service = text(record, "eventSource")
        .and_then(|source| source.split('.').next())
        .unwrap_or("aws");
    format!("{service}.{}", snake(name))
}

/// `GetBucketACLs` as `get_bucket_acls`: a run of capitals is one word.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    let mut previous = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && (previous.is_lowercase() || previous.is_ascii_digit()) {
            snake.push('_');
        }
        snake.extend(
            letter
                .to_lowercase()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '_'),
        );
        previous = letter;
    }
    snake
}

fn actor(record: &Value) -> Value {
    let identity = record.get("userIdentity").unwrap_or(&Value::Null);
    let kind = text(identity, "type").unwrap_or("Unknown");
    let arn = text(identity, "arn");
    let service = text(identity, "invokedBy").or_else(|| text(record, "sourceIPAddress"));
    let (kind, id, name) = match kind {
        "IAMUser" | "Root" | "IdentityCenterUser" => {
            let name = text(identity, "userName").or((kind == "Root").then_some("root"));
            ("user", arn.or(name), name)
        }
        "AWSService" | "AWSAccount" => (
            "service",
            text(identity, "invokedBy").or(text(identity, "accountId")),
            service,
        ),
        _ => {
            let issuer = identity
                .pointer("/sessionContext/sessionIssuer/userName")
                .and_then(Value::as_str);
            ("service", arn.or(text(identity, "principalId")), issuer)
        }
    };
    let mut actor = Map::new();
    actor.insert("type".into(), json!(kind));
    actor.insert("id".into(), json!(id.or(service).unwrap_or("unknown")));
    if let Some(name) = name {
        actor.insert("name".into(), json!(name));
    }
    if let Some(ip) = text(record, "sourceIPAddress").and_then(|ip| ip.parse::<IpAddr>().ok()) {
        actor.insert("ip".into(), json!(ip));
    }
    if let Some(agent) = text(record, "userAgent") {
        actor.insert("user_agent".into(), json!(agent));
    }
    Value::Object(actor)
}

fn outcome(record: &Value) -> (&'static str, Option<String>) {
    let Some(code) = text(record, "errorCode") else {
        let failed = record
            .pointer("/responseElements/ConsoleLogin")
            .and_then(Value::as_str)
            == Some("Failure");
        return (if failed { "failure" } else { "success" }, None);
    };
    let message = text(record, "errorMessage")
        .map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
    (
        if DENIED.contains(&code) {
            "denied"
        } else {
            "failure"
        },
        Some(message),
    )
}

/// Parameters that name what was acted upon, and its type.
const NAMES: &[(&str, &str)] = &[
    ("bucketName", "bucket"),
    ("roleName", "role"),
    ("userName", "user"),
    ("instanceId", "instance"),
    ("functionName", "function"),
    ("secretId", "secret"),
    ("name", "parameter"),
    ("keyId", "key"),
    ("policyArn", "policy"),
    ("roleArn", "role"),
    ("groupId", "security_group"),
    ("trailName", "trail"),
];

/// The first resource that the record names, else the parameter that names one.
fn resource(record: &Value) -> Option<Value> {
    if let Some(first) = record.pointer("/resources/0") {
        let arn = text(first, "ARN").or_else(|| text(first, "arn"))?;
        let kind = text(first, "type").map_or_else(
            || "aws_resource".to_owned(),
            |kind| snake(kind.rsplit("::").next().unwrap_or(kind)),
        );
        return Some(json!({ "type": kind, "id": arn, "name": arn.rsplit([':', '/']).next() }));
    }
    let parameters = record.get("requestParameters")?;
    NAMES.iter().find_map(|(parameter, kind)| {
        let id = text(parameters, parameter)?;
        Some(json!({ "type": kind, "id": id }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(snake("GetBucketAcl"), "get_bucket_acl");
        assert_eq!(snake("ListDBInstances"), "list_dbinstances");
    }

    #[test]
    fn a_refused_call_is_denied_and_keeps_its_original() {
        let record = json!({
            "eventName": "GetSecretValue", "eventTime": "2023-07-10T11:42:36Z", "eventID": "e1",
            "eventSource": "secretsmanager.amazonaws.com", "errorCode": "AccessDenied", "errorMessage": "no",
            "sourceIPAddress": "198.51.100.4", "requestParameters": {"secretId": "db"},
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/ben", "userName": "ben"},
        });
        let event = event(&record).unwrap();
        assert_eq!(event["action"], "secretsmanager.get_secret_value");
        assert_eq!(event["status"], "denied");
        assert_eq!(event["actor"]["name"], "ben");
        assert_eq!(event["resource"], json!({"type": "secret", "id": "db"}));
        assert_eq!(event["details"], record);
    }

    #[test]
    fn a_record_without_time_says_so() {
        assert!(
            event(&json!({"eventName": "X"}))
                .unwrap_err()
                .contains("eventTime")
        );
    }
}
