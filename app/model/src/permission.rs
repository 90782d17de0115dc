//! Roles and what each may do; `docs/roles.md` shows the same table and a test compares them.

use crate::event::text_enum;

text_enum! {
    /// A person's role, the weakest first. Rows B3 and C3, plus owner.
    Role {
        SecurityAuditor = "security_auditor",
        Viewer = "viewer",
        Developer = "developer",
        Operator = "operator",
        Admin = "admin",
        Owner = "owner",
    }
}

text_enum! {
    /// One thing that can be allowed.
    Permission {
        /// Read events, except those of category admin and security.
        LogsRead = "logs.read",
        /// Read events of category admin and security.
        LogsReadRestricted = "logs.read_restricted",
        LogsExport = "logs.export",
        /// See, take and end the background exports of everybody.
        ExportsManage = "exports.manage",
        LogsDelete = "logs.delete",
        AgentsRead = "agents.read",
        ComplianceRead = "compliance.read",
        /// Run the compliance checks now.
        ComplianceRun = "compliance.run",
        /// Attest what no program can check.
        ComplianceAttest = "compliance.attest",
        UsersManage = "users.manage",
        TokensManage = "tokens.manage",
        /// Make and revoke one's own tokens, never above one's own permissions.
        TokensOwn = "tokens.own",
        /// The narrow inbox of alerts and its webhook.
        AlertsRead = "alerts.read",
        AlertsManage = "alerts.manage",
        /// Change and delete views that others share.
        ViewsManage = "views.manage",
        /// Only for tokens with this scope.
        EventsWrite = "events.write",
        /// Only for tokens with this scope.
        TasksWrite = "tasks.write",
    }
}

impl Permission {
    /// Whether no role carries it: only a token with the scope of this name does.
    #[must_use]
    pub const fn is_for_tokens_only(self) -> bool {
        matches!(self, Self::EventsWrite | Self::TasksWrite)
    }
}

impl Role {
    /// The role whose permissions this one has as well.
    #[must_use]
    pub const fn inherits(self) -> Option<Self> {
        match self {
            Self::SecurityAuditor | Self::Viewer => None,
            Self::Developer => Some(Self::Viewer),
            Self::Operator => Some(Self::Developer),
            Self::Admin => Some(Self::Operator),
            Self::Owner => Some(Self::Admin),
        }
    }

    const fn own_permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::SecurityAuditor => &[
                P::LogsRead,
                P::LogsReadRestricted,
                P::LogsExport,
                P::ComplianceRead,
                P::TokensOwn,
                P::AlertsRead,
            ],
            Self::Viewer => &[P::LogsRead, P::AgentsRead, P::ComplianceRead, P::TokensOwn],
            Self::Developer => &[P::LogsExport],
            Self::Operator => &[P::AlertsRead],
            Self::Admin => &[
                P::LogsReadRestricted,
                P::LogsDelete,
                P::ExportsManage,
                P::ComplianceRun,
                P::ComplianceAttest,
                P::UsersManage,
                P::TokensManage,
                P::AlertsManage,
                P::ViewsManage,
            ],
            Self::Owner => &[],
        }
    }

    /// Whether this role, or one that it inherits from, has the permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        self.own_permissions().contains(&permission)
            || self.inherits().is_some_and(|role| role.allows(permission))
    }

    /// The name that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SecurityAuditor => "Security auditor",
            Self::Viewer => "Viewer",
            Self::Developer => "Developer",
            Self::Operator => "Operator",
            Self::Admin => "Admin",
            Self::Owner => "Owner",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_may_all_that_people_may() {
        for permission in Permission::ALL {
            assert_eq!(
                Role::Owner.allows(*permission),
                !permission.is_for_tokens_only()
            );
        }
    }

    #[test]
    fn a_security_auditor_reads_and_changes_nothing() {
        assert!(Role::SecurityAuditor.allows(Permission::LogsReadRestricted));
        assert!(!Role::SecurityAuditor.allows(Permission::AgentsRead));
        assert!(!Role::SecurityAuditor.allows(Permission::LogsDelete));
    }
}
