use chrono::{DateTime, Utc};
use model::event::Event;
use model::query::Query;
use serde_json::json;

fn now() -> DateTime<Utc> {
    "2026-10-02T00:00:00Z".parse().unwrap()
}

fn event() -> Event {
    serde_json::from_value(json!({
        "id": "01997c4e-58ac-7d42-9f0e-3f6d2a1b8c77",
        "seq": 7,
        "occurred_at": "2026-10-01T12:00:00Z",
        "received_at": "2026-10-01T12:00:01Z",
        "actor": {
            "type": "user", "id": "u-1", "name": "Ada Lovelace", "email": "Ada@Example.org",
            "ip": "10.1.2.3", "user_agent": "curl/8", "on_behalf_of": "u-2"
        },
        "action": "user.role.assigned",
        "resource": { "type": "dataset", "id": "a/b:c", "name": "Payroll" },
        "status": "denied",
        "error_message": "not permitted",
        "request_id": "r-1",
        "category": "admin",
        "data_classification": "restricted",
        "compliance_tags": ["gdpr", "sox"],
        "source": "token:5",
        "schema_version": 1,
        "details": { "rows": 12, "to": "Admin", "list": [1, "é"] }
    }))
    .unwrap()
}

fn matches(text: &str) -> bool {
    Query::parse(text).unwrap().matches(&event(), now())
}

#[test]
fn terms_match_what_the_documentation_says() {
    for text in [
        "",
        "actor:U-1",
        "actor:\"ada lovelace\"",
        "actor:ada@example.org",
        "actor:ada*",
        "actor:nobody,u-1",
        "actor_type:user",
        "action:user.role.assigned",
        "action:user.*",
        "resource:dataset",
        "resource:dataset/a/b:c",
        "resource:/a/b:c",
        "status:success,denied",
        "category:admin classification:restricted",
        "tag:gdpr tag:sox",
        "source:token:5 request:r-1",
        "ip:10.0.0.0/8",
        "ip:10.1.2.3",
        "created:2026-10-01",
        "created:2026-10-01T12:00:00Z..2026-10-01T12:00:01Z",
        "last:12h",
        "id:01997c4e-58ac-7d42-9f0e-3f6d2a1b8c77",
        "LOVELACE payroll \"not perm\" CURL u-2",
        "\"\\\"to\\\": \\\"admin\\\"\"",
        "\"[1, \\\"É\\\"]\"",
        "-team:payments -session:s -actor:backup",
    ] {
        assert!(matches(text), "{text}");
    }
}

#[test]
fn terms_do_not_match_anything_else() {
    for text in [
        "actor:ada",
        "actor:u-2",
        "action:user",
        "action:User.*",
        "resource:data",
        "resource:dataset/a",
        "resource:/c",
        "status:failure",
        "-status:denied",
        "tag:hipaa",
        "team:payments",
        "ip:11.0.0.0/8",
        "ip:::/0",
        "created:2026-10-01T12:00:00.000001..",
        "created:..2026-10-01T12:00:00",
        "last:11h",
        "r-1",
        "actor:u-1 status:success",
        "-\"lovelace\"",
    ] {
        assert!(!matches(text), "{text}");
    }
}
