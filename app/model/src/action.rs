//! What follows from an action: its category and compliance tags (rows C9 and C10).
//!
//! The table is matched from top to bottom; nothing a sender writes can change the result
//! except the action and the resource type themselves.

use crate::event::Category;

/// Actions by prefix or whole name, their category and tags. A name ending in `.` or `*` is a prefix.
const RULES: &[(&str, Category, &[&str])] = &[
    ("gdpr.*", Category::Admin, &["gdpr"]),
    ("action.approved", Category::Remediation, &["sox"]),
    ("action.rejected", Category::Remediation, &["sox"]),
    ("action.executed", Category::Remediation, &["sox"]),
    ("action.failed", Category::Remediation, &["sox"]),
    ("action.proposed", Category::AiDecision, &[]),
    ("anomaly.detected", Category::AiDecision, &[]),
    ("investigation.completed", Category::AiDecision, &[]),
    ("ai.*", Category::AiDecision, &[]),
    ("login.*", Category::Security, &["sox"]),
    ("logout.*", Category::Security, &["sox"]),
    ("session.*", Category::Security, &["sox"]),
    ("access.*", Category::Security, &["sox"]),
    ("api_key.*", Category::Security, &["sox"]),
    ("token.*", Category::Security, &["sox"]),
    ("password.*", Category::Security, &["sox"]),
    ("export.*", Category::Admin, &["gdpr", "sox"]),
    ("logs.deleted", Category::Admin, &["gdpr", "sox"]),
    ("logs.truncated", Category::Admin, &["gdpr", "sox"]),
    ("user.*", Category::Admin, &["gdpr", "sox"]),
    ("role.*", Category::Admin, &["sox"]),
    ("team.*", Category::Admin, &["sox"]),
    ("invitation.*", Category::Admin, &["sox"]),
    ("integration.*", Category::Admin, &["sox"]),
    ("retention.*", Category::Admin, &["gdpr", "sox"]),
    ("compliance.*", Category::Admin, &["sox"]),
    ("configuration.*", Category::Admin, &["sox"]),
    ("installation.*", Category::Admin, &["sox"]),
    // What the trail says of itself; restricted, and kept as long as other security events.
    ("trail.*", Category::Security, &["sox"]),
    ("agent.*", Category::Admin, &[]),
    ("import.*", Category::Admin, &["sox"]),
    ("query.execute", Category::DataAccess, &["gdpr"]),
    ("trace.view", Category::DataAccess, &["gdpr"]),
    ("event.export", Category::DataAccess, &["gdpr"]),
    ("event.view", Category::DataAccess, &["gdpr"]),
    ("logs.search", Category::DataAccess, &["gdpr"]),
    ("log.view", Category::DataAccess, &["gdpr"]),
    ("log.download", Category::DataAccess, &["gdpr"]),
    ("data.*", Category::DataAccess, &["gdpr"]),
];

/// Resource types whose every access concerns personal or health data.
const RESOURCE_TAGS: &[(&str, &str)] = &[
    ("patient", "hipaa"),
    ("phi", "hipaa"),
    ("person", "gdpr"),
    ("subject", "gdpr"),
    ("payment", "sox"),
    ("ledger", "sox"),
];

/// What the server derives for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    pub category: Category,
    /// Sorted, without repetition.
    pub compliance_tags: Vec<String>,
}

/// Category and tags of an action on a resource type.
#[must_use]
pub fn classify(action: &str, resource_type: Option<&str>) -> Derived {
    let rule = RULES.iter().find(|(pattern, ..)| matches(pattern, action));
    let category = rule.map_or(Category::Activity, |(_, category, _)| *category);
    let mut compliance_tags: Vec<String> = rule
        .map_or(&[][..], |(.., tags)| tags)
        .iter()
        .map(ToString::to_string)
        .collect();
    if let Some(kind) = resource_type {
        compliance_tags.extend(
            RESOURCE_TAGS
                .iter()
                .filter(|(name, _)| *name == kind)
                .map(|(_, tag)| (*tag).to_owned()),
        );
    }
    compliance_tags.sort();
    compliance_tags.dedup();
    Derived {
        category,
        compliance_tags,
    }
}

fn matches(pattern: &str, action: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == action, |prefix| action.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_of_the_catalogue_gets_its_category_and_tags() {
        let derived = classify("login.failure", None);
        assert_eq!(derived.category, Category::Security);
        assert_eq!(derived.compliance_tags, ["sox"]);
    }

    #[test]
    fn an_unknown_action_is_plain_activity() {
        assert_eq!(
            classify("dataset.opened", Some("dataset")).category,
            Category::Activity
        );
    }

    #[test]
    fn a_resource_type_adds_its_tag_once() {
        assert_eq!(
            classify("query.execute", Some("person")).compliance_tags,
            ["gdpr"]
        );
        assert_eq!(
            classify("query.execute", Some("patient")).compliance_tags,
            ["gdpr", "hipaa"]
        );
    }
}
