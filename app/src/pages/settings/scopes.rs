//! What a token may do: its scopes, grouped by what they concern, side by side where they fit.

use leptos::prelude::*;
use model::permission::{Permission, Role};
use model::token::may_issue;

/// Every scope stands in one group.
const GROUPS: &[(&str, &[Permission])] = &[
    ("Send", &[Permission::EventsWrite, Permission::TasksWrite]),
    (
        "Logs",
        &[
            Permission::LogsRead,
            Permission::LogsReadRestricted,
            Permission::LogsExport,
            Permission::ExportsManage,
            Permission::LogsDelete,
            Permission::ViewsManage,
        ],
    ),
    (
        "Agents and alerts",
        &[
            Permission::AgentsRead,
            Permission::AlertsRead,
            Permission::AlertsManage,
        ],
    ),
    (
        "Compliance",
        &[
            Permission::ComplianceRead,
            Permission::ComplianceRun,
            Permission::ComplianceAttest,
        ],
    ),
    (
        "People and tokens",
        &[
            Permission::UsersManage,
            Permission::TokensManage,
            Permission::TokensOwn,
        ],
    ),
];

/// A box for each scope that somebody of this role may give.
#[component]
pub fn Scopes(role: Role) -> impl IntoView {
    let groups = GROUPS.iter().map(|(name, scopes)| {
        let boxes = scopes
            .iter()
            .filter(|scope| may_issue(role, **scope))
            .map(|scope| view! { <Scope scope=*scope/> })
            .collect_view();
        (!boxes.is_empty()).then(|| view! {
            <fieldset class="scopes__group"><legend class="scopes__name">{*name}</legend>{boxes}</fieldset>
        })
    });
    view! {
        <fieldset class="scopes">
            <legend class="field__label">"It may"</legend>
            <div class="scopes__groups">{groups.collect_view()}</div>
        </fieldset>
    }
}

#[component]
fn Scope(scope: Permission) -> impl IntoView {
    let id = format!("scope-{scope}");
    view! {
        <div class="field field--check">
            <input type="checkbox" id=id.clone() name="scopes[]" value=scope.as_str() checked=scope == Permission::EventsWrite/>
            <label class="field__label" for=id title=scope.as_str()>{about(scope)}</label>
        </div>
    }
}

const fn about(scope: Permission) -> &'static str {
    match scope {
        Permission::LogsRead => "Read events",
        Permission::LogsReadRestricted => "Read admin and security events",
        Permission::LogsExport => "Export events",
        Permission::ExportsManage => "Manage everybody’s exports",
        Permission::LogsDelete => "Delete events",
        Permission::AgentsRead => "Read agents and their logs",
        Permission::ComplianceRead => "Read the compliance view",
        Permission::ComplianceRun => "Run the checks",
        Permission::ComplianceAttest => "Attest what cannot be checked",
        Permission::UsersManage => "Manage people",
        Permission::TokensManage => "Manage all tokens",
        Permission::TokensOwn => "Manage your tokens",
        Permission::AlertsRead => "Read the inbox",
        Permission::AlertsManage => "Manage the webhook",
        Permission::ViewsManage => "Change shared views",
        Permission::EventsWrite => "Write events",
        Permission::TasksWrite => "Register agents, write task logs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_stands_in_one_group() {
        let mut grouped: Vec<Permission> = GROUPS
            .iter()
            .flat_map(|(_, scopes)| scopes.iter().copied())
            .collect();
        grouped.sort();
        let mut all = Permission::ALL.to_vec();
        all.sort();
        assert_eq!(grouped, all);
    }
}
