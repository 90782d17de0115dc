//! Who may call what.

use model::permission::Permission;

/// What an endpoint asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody may call it: signing in, the theme, what the frame shows.
    Nothing,
    /// Anybody who is known.
    Session,
    Permission(Permission),
}

/// An endpoint, with a body that reaches the decision about permission.
#[derive(Debug)]
pub struct Endpoint {
    pub method: &'static str,
    pub path: &'static str,
    /// JSON begins with a brace; anything else is a form.
    pub body: &'static str,
    pub needs: Needs,
}

const fn get(path: &'static str, needs: Needs) -> Endpoint {
    Endpoint { method: "GET", path, body: "", needs }
}

const fn post(path: &'static str, body: &'static str, needs: Needs) -> Endpoint {
    Endpoint { method: "POST", path, body, needs }
}

const fn may(permission: Permission) -> Needs {
    Needs::Permission(permission)
}

/// Every endpoint. A path's `{id}` is filled with an id that does not exist.
pub const ENDPOINTS: &[Endpoint] = &[
    post("/api/ui/session/current", "{}", Needs::Nothing),
    post("/api/ui/theme/choose", "theme=dark&back=/logs", Needs::Nothing),
    post(
        "/api/ui/logs/list",
        r#"{"request":{"query":"","place":"First","limit":1}}"#,
        may(Permission::LogsRead),
    ),
    post("/api/ui/logs/histogram", r#"{"query":""}"#, may(Permission::LogsRead)),
    post(
        "/api/ui/logs/event",
        r#"{"id":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88"}"#,
        may(Permission::LogsRead),
    ),
    post(
        "/api/ui/logs/values",
        r#"{"column":"action","query":"","prefix":""}"#,
        may(Permission::LogsRead),
    ),
    post("/api/ui/logs/delete/preview", r#"{"query":"","ids":[]}"#, may(Permission::LogsDelete)),
    post(
        "/api/ui/logs/delete",
        "query=&ids=&up_to_seq=0&reason=test&confirmation=no",
        may(Permission::LogsDelete),
    ),
    post("/api/ui/compliance/latest", "{}", may(Permission::ComplianceRead)),
    post(
        "/api/ui/compliance/history",
        r#"{"check":"trail.complete"}"#,
        may(Permission::ComplianceRead),
    ),
    post("/api/ui/compliance/run", "", may(Permission::ComplianceRun)),
    post(
        "/api/ui/compliance/attest",
        "check=people.trained&note=short&days=1",
        may(Permission::ComplianceAttest),
    ),
    get("/api/v1/compliance", may(Permission::ComplianceRead)),
    post("/api/ui/alerts/list", r#"{"before":null}"#, may(Permission::AlertsRead)),
    post("/api/ui/alerts/unread", "{}", Needs::Session),
    post("/api/ui/alerts/read", "", may(Permission::AlertsRead)),
    post("/api/ui/alerts/webhook", "{}", may(Permission::AlertsManage)),
    post("/api/ui/alerts/webhook/set", "url=&enabled=true", may(Permission::AlertsManage)),
    post("/api/v1/events", r#"{"action":"a.b"}"#, may(Permission::EventsWrite)),
    get("/api/v1/events", may(Permission::LogsRead)),
    get("/api/v1/events/{id}", may(Permission::LogsRead)),
    get("/api/v1/events/export", may(Permission::LogsExport)),
    get("/api/v1/events/live", may(Permission::LogsRead)),
];
