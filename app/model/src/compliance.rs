//! The compliance view: what frameworks ask for, which checks stand behind it, what they found.
//!
//! Lists and words only: how a check measures is the service's. A state never comes from here,
//! it follows from results of a run and from attestations.

pub mod checklist;
pub mod checks;
pub mod matrix;
pub mod report;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;

/// Stands on the page, in its print and in its JSON (row A9).
pub const DISCLAIMER: &str = "This view shows which technical checks ran against this \
    installation and what they found. It is no guarantee of compliance with any law or standard, \
    and no certification.";

/// The longest time that an attestation may stand for, in days.
pub const MAX_ATTESTATION_DAYS: i64 = 365;

text_enum! {
    /// A standard or a regulation.
    Framework { Soc2 = "soc2", Gdpr = "gdpr", Hipaa = "hipaa" }
}

impl Framework {
    /// The name that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Soc2 => "SOC 2",
            Self::Gdpr => "GDPR",
            Self::Hipaa => "HIPAA",
        }
    }
}

text_enum! {
    /// What a check says, or what follows from several.
    Outcome {
        Holds = "holds",
        Fails = "fails",
        /// Nothing was measured, or it could not be reached.
        CannotBeChecked = "cannot_be_checked",
        /// Cannot be checked, but a person vouches for it until a date.
        Attested = "attested",
    }
}

impl Outcome {
    /// The words that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Holds => "Holds",
            Self::Fails => "Fails",
            Self::CannotBeChecked => "Cannot be checked",
            Self::Attested => "Attested",
        }
    }

    /// What several outcomes together say: the worst of them, and nothing when there are none.
    #[must_use]
    pub fn of_all(outcomes: impl IntoIterator<Item = Self>) -> Self {
        outcomes
            .into_iter()
            .max_by_key(|outcome| match outcome {
                Self::Holds => 0,
                Self::Attested => 1,
                Self::CannotBeChecked => 2,
                Self::Fails => 3,
            })
            .unwrap_or(Self::CannotBeChecked)
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// One of [`checks::CHECKS`].
    pub id: String,
    pub title: String,
    pub outcome: Outcome,
    /// Facts measured in this run.
    pub evidence: String,
    pub checked_at: DateTime<Utc>,
    /// What to do where it does not hold: a command or a setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Who vouches for it, where it cannot be checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
}

/// A person's word for what no program can check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    pub id: Uuid,
    pub check: String,
    /// What was looked at and found.
    pub note: String,
    /// The person's name.
    pub by: String,
    pub attested_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// What an attestation is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAttestation {
    pub check: String,
    pub note: String,
    /// At most [`MAX_ATTESTATION_DAYS`] from now.
    pub expires_at: DateTime<Utc>,
}

/// One run of every check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub id: Uuid,
    pub started_at: DateTime<Utc>,
    pub finished_at: DateTime<Utc>,
    /// Who asked for it: a person's name, or `schedule`.
    pub by: String,
    pub results: Vec<CheckResult>,
}

impl Run {
    /// The result of a check.
    #[must_use]
    pub fn result(&self, check: &str) -> Option<&CheckResult> {
        self.results.iter().find(|result| result.id == check)
    }

    /// What these checks together say; a check that did not run cannot be checked.
    #[must_use]
    pub fn state_of(&self, checks: &[&str]) -> Outcome {
        Outcome::of_all(checks.iter().map(|check| {
            self.result(check)
                .map_or(Outcome::CannotBeChecked, |result| result.outcome)
        }))
    }

    /// How many results have this outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.results
            .iter()
            .filter(|result| result.outcome == outcome)
            .count()
    }
}

/// A stretch of runs in which a check said the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it was first measured so.
    pub at: DateTime<Utc>,
    pub outcome: Outcome,
    pub evidence: String,
}

/// What is known of one check over time, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    pub check: String,
    pub title: String,
    /// When this was read: what expired before no longer counts.
    pub as_of: DateTime<Utc>,
    pub changes: Vec<Change>,
    pub attestations: Vec<Attestation>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failing_check_fails_its_requirement() {
        use Outcome as O;
        assert_eq!(O::of_all([O::Holds, O::Fails, O::Attested]), O::Fails);
        assert_eq!(
            O::of_all([O::Holds, O::CannotBeChecked]),
            O::CannotBeChecked
        );
        assert_eq!(O::of_all([O::Holds, O::Attested]), O::Attested);
        assert_eq!(O::of_all([O::Holds, O::Holds]), O::Holds);
        assert_eq!(O::of_all([]), O::CannotBeChecked);
    }

    #[test]
    fn the_lists_name_checks_that_exist_and_use_each() {
        let mut used: Vec<&str> = Vec::new();
        used.extend(matrix::REQUIREMENTS.iter().flat_map(|row| row.checks));
        used.extend(checklist::PRACTICES.iter().flat_map(|row| row.checks));
        for check in &used {
            assert!(
                checks::by_id(check).is_some(),
                "{check} is listed and does not exist"
            );
        }
        for check in checks::CHECKS {
            assert!(
                used.contains(&check.id),
                "{} stands behind nothing",
                check.id
            );
        }
    }

    #[test]
    fn every_row_has_checks_behind_it_and_every_requirement_a_framework() {
        assert!(
            matrix::REQUIREMENTS
                .iter()
                .all(|row| !row.checks.is_empty())
        );
        assert!(
            checklist::PRACTICES
                .iter()
                .all(|row| !row.checks.is_empty())
        );
        assert!(matrix::REQUIREMENTS.iter().all(|row| {
            Framework::ALL
                .iter()
                .any(|framework| row.control(*framework).is_some())
        }));
    }
}
