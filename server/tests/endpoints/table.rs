//! Who may call what.

use model::permission::Permission;

/// What an endpoint asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Anybody may call it: signing in, the theme, what the frame shows.
    Nothing,
    /// Whoever shows a credential that holds.
    Known,
    /// A person; a service's token is nobody's, so it is asked to sign in.
    Person,
    Permission(Permission),
}

/// An endpoint, with a body that reaches the decision about permission.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// JSON begins with a brace; anything else is a form.
    pub(crate) body: &'static str,
    pub(crate) needs: Needs,
}

const fn get(path: &'static str, needs: Needs) -> Endpoint {
    Endpoint {
        method: "GET",
        path,
        body: "",
        needs,
    }
}

const fn post(path: &'static str, body: &'static str, needs: Needs) -> Endpoint {
    Endpoint {
        method: "POST",
        path,
        body,
        needs,
    }
}

const fn may(permission: Permission) -> Needs {
    Needs::Permission(permission)
}

/// Every endpoint. A path's `{id}` is filled with an id that does not exist.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    post("/api/ui/session/current", "{}", Needs::Nothing),
    post(
        "/api/ui/theme/choose",
        "theme=dark&back=/logs",
        Needs::Nothing,
    ),
    post(
        "/api/ui/logs/list",
        r#"{"request":{"query":"","place":"First","limit":1}}"#,
        may(Permission::LogsRead),
    ),
    post(
        "/api/ui/logs/histogram",
        r#"{"query":""}"#,
        may(Permission::LogsRead),
    ),
    post(
        "/api/ui/logs/event",
        r#"{"id":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88"}"#,
        may(Permission::LogsRead),
    ),
    post(
        "/api/ui/logs/values",
        r#"{"field":"action","prefix":""}"#,
        may(Permission::LogsRead),
    ),
    post(
        "/api/ui/logs/top-values",
        r#"{"field":"action","query":""}"#,
        may(Permission::LogsRead),
    ),
    post("/api/ui/logs/searches", "{}", may(Permission::LogsRead)),
    post(
        "/api/ui/logs/delete/preview",
        r#"{"query":"","ids":[]}"#,
        may(Permission::LogsDelete),
    ),
    post(
        "/api/ui/logs/delete",
        "query=&ids=&up_to_seq=0&reason=test&confirmation=no",
        may(Permission::LogsDelete),
    ),
    post(
        "/api/ui/compliance/latest",
        "{}",
        may(Permission::ComplianceRead),
    ),
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
    post(
        "/api/ui/alerts/list",
        r#"{"before":null}"#,
        may(Permission::AlertsRead),
    ),
    post("/api/ui/alerts/unread", "{}", Needs::Known),
    post("/api/ui/alerts/read", "", may(Permission::AlertsRead)),
    post(
        "/api/ui/alerts/webhook",
        "{}",
        may(Permission::AlertsManage),
    ),
    post(
        "/api/ui/alerts/webhook/set",
        "url=&enabled=true",
        may(Permission::AlertsManage),
    ),
    // Exports in the background.
    post(
        "/api/ui/exports/list",
        r#"{"before":null}"#,
        may(Permission::LogsExport),
    ),
    post(
        "/api/ui/exports/create",
        "format=csv",
        may(Permission::LogsExport),
    ),
    post(
        "/api/ui/exports/cancel",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88",
        may(Permission::LogsExport),
    ),
    post(
        "/api/v1/exports",
        r#"{"format":"csv"}"#,
        may(Permission::LogsExport),
    ),
    get("/api/v1/exports", may(Permission::LogsExport)),
    get("/api/v1/exports/{id}", may(Permission::LogsExport)),
    get("/api/v1/exports/{id}/content", may(Permission::LogsExport)),
    Endpoint {
        method: "DELETE",
        path: "/api/v1/exports/{id}",
        body: "",
        needs: may(Permission::LogsExport),
    },
    post(
        "/api/ui/alerts/webhook/test",
        "",
        may(Permission::AlertsManage),
    ),
    post("/api/ui/profile/email", "email=no&current=x", Needs::Person),
    // Signing in and out.
    post(
        "/api/ui/session/sign-in",
        "email=a@example.org&password=wrong-password",
        Needs::Nothing,
    ),
    post(
        "/api/ui/links/read",
        r#"{"secret":"unknown"}"#,
        Needs::Nothing,
    ),
    post("/api/ui/links/open", "secret=unknown", Needs::Nothing),
    // One's own things.
    post("/api/ui/sessions/list", "{}", Needs::Person),
    post(
        "/api/ui/sessions/end",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88",
        Needs::Person,
    ),
    post("/api/ui/sessions/end-others", "", Needs::Person),
    post("/api/ui/profile/has-password", "{}", Needs::Person),
    post("/api/ui/profile/name", "name=Someone", Needs::Person),
    post(
        "/api/ui/profile/password",
        "current=x&new=y&repeat=y",
        Needs::Person,
    ),
    post("/api/ui/shown/take", "{}", Needs::Nothing),
    post(
        "/api/ui/tokens/list",
        r#"{"all":false}"#,
        may(Permission::TokensOwn),
    ),
    post(
        "/api/ui/tokens/create",
        "name=&days=1",
        may(Permission::TokensOwn),
    ),
    post(
        "/api/ui/tokens/revoke",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88",
        may(Permission::TokensOwn),
    ),
    // People.
    post("/api/ui/people/list", "{}", may(Permission::UsersManage)),
    post(
        "/api/ui/people/invite",
        "email=no&name=&role=viewer",
        may(Permission::UsersManage),
    ),
    post(
        "/api/ui/people/role",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88&role=viewer",
        may(Permission::UsersManage),
    ),
    post(
        "/api/ui/people/state",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88&state=disabled",
        may(Permission::UsersManage),
    ),
    post(
        "/api/ui/people/reset",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88",
        may(Permission::UsersManage),
    ),
    post(
        "/api/ui/people/delete",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88&confirmation=no",
        may(Permission::UsersManage),
    ),
    // First steps and demo data.
    post("/api/ui/first-steps/read", "{}", may(Permission::LogsRead)),
    post("/api/ui/first-steps/token", "", may(Permission::TokensOwn)),
    post("/api/ui/demo/state", "{}", may(Permission::LogsDelete)),
    post("/api/ui/demo/load", "events=0", may(Permission::LogsDelete)),
    post("/api/ui/demo/remove", "", may(Permission::LogsDelete)),
    // Saved views.
    post("/api/ui/views/list", "{}", may(Permission::LogsRead)),
    post("/api/ui/views/create", "name=", may(Permission::LogsRead)),
    post(
        "/api/ui/views/change",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88&name=a",
        may(Permission::LogsRead),
    ),
    post(
        "/api/ui/views/delete",
        "id=0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88",
        may(Permission::LogsRead),
    ),
    // Agents and their tasks.
    post(
        "/api/v1/agents/register",
        r#"{"name":"a"}"#,
        may(Permission::TasksWrite),
    ),
    post(
        "/api/v1/agents/heartbeat",
        r#"{"agent":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88"}"#,
        may(Permission::TasksWrite),
    ),
    post(
        "/api/v1/tasks/open",
        r#"{"agent":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88","name":"t"}"#,
        may(Permission::TasksWrite),
    ),
    post(
        "/api/v1/tasks/finish",
        r#"{"id":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88","exit_code":0}"#,
        may(Permission::TasksWrite),
    ),
    post(
        "/api/v1/tasks/{id}/log?offset=0",
        "bytes",
        may(Permission::TasksWrite),
    ),
    get("/api/v1/tasks/{id}/log", may(Permission::AgentsRead)),
    get("/api/v1/tasks/{id}/follow", may(Permission::AgentsRead)),
    post("/api/ui/agents/list", "{}", may(Permission::AgentsRead)),
    post(
        "/api/ui/agents/view",
        r#"{"id":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88","filter":{}}"#,
        may(Permission::AgentsRead),
    ),
    post(
        "/api/ui/tasks/list",
        r#"{"filter":{}}"#,
        may(Permission::AgentsRead),
    ),
    post(
        "/api/ui/tasks/view",
        r#"{"id":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88"}"#,
        may(Permission::AgentsRead),
    ),
    post(
        "/api/ui/tasks/log",
        r#"{"task":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88","place":"end","lines":10}"#,
        may(Permission::AgentsRead),
    ),
    post(
        "/api/ui/tasks/opening",
        r#"{"task":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88","place":"end","find":""}"#,
        may(Permission::AgentsRead),
    ),
    // Events.
    post(
        "/api/v1/events",
        r#"{"action":"a.b"}"#,
        may(Permission::EventsWrite),
    ),
    get("/api/v1/events", may(Permission::LogsRead)),
    get("/api/v1/events/{id}", may(Permission::LogsRead)),
    get("/api/v1/events/{id}/proof", may(Permission::LogsRead)),
    get("/api/v1/events/{id}/receipt", may(Permission::LogsRead)),
    get("/api/v1/trail", may(Permission::LogsRead)),
    get("/api/v1/trail/checkpoint", may(Permission::LogsRead)),
    get("/api/v1/trail/policy", may(Permission::LogsRead)),
    post("/api/ui/trail/status", "{}", may(Permission::LogsRead)),
    post("/api/ui/trail/refusal", "{}", Needs::Known),
    post(
        "/api/ui/trail/proof",
        r#"{"id":"0197a2c0-7f7e-7c3a-b1a4-3d2c1f0e9a88"}"#,
        may(Permission::LogsRead),
    ),
    get("/api/v1/trail/tile/{path}", may(Permission::LogsRead)),
    get("/api/v1/events/export", may(Permission::LogsExport)),
    get("/api/v1/events/live", may(Permission::LogsRead)),
    // Last, since it ends the visitors' sessions.
    post("/api/ui/session/sign-out", "", Needs::Nothing),
];
