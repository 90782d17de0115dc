//! The view as one document: what `GET /api/v1/compliance` answers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::checklist::PRACTICES;
use super::matrix::REQUIREMENTS;
use super::{DISCLAIMER, Framework, Outcome, Run};

/// Matrix, checklist and checks of one run, with the sentence that it is no certification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub disclaimer: String,
    pub generated_at: DateTime<Utc>,
    /// `development`, `staging` or `production`.
    pub environment: String,
    pub matrix: Vec<MatrixRow>,
    pub checklist: Vec<ChecklistRow>,
    pub run: Run,
}

/// A requirement and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixRow {
    pub id: String,
    pub title: String,
    pub state: Outcome,
    /// Control or article numbers; null where a framework does not ask for it.
    pub controls: BTreeMap<Framework, Option<String>>,
    pub checks: Vec<String>,
}

/// A practice and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistRow {
    pub chapter: String,
    pub title: String,
    pub state: Outcome,
    pub checks: Vec<String>,
}

impl Report {
    /// The document of a run.
    #[must_use]
    pub fn of(run: Run, environment: &str, generated_at: DateTime<Utc>) -> Self {
        let names = |checks: &[&str]| checks.iter().map(ToString::to_string).collect();
        let matrix = REQUIREMENTS.iter().map(|row| MatrixRow {
            id: row.id.to_owned(),
            title: row.title.to_owned(),
            state: run.state_of(row.checks),
            controls: Framework::ALL
                .iter()
                .map(|framework| (*framework, row.control(*framework).map(str::to_owned)))
                .collect(),
            checks: names(row.checks),
        });
        let checklist = PRACTICES.iter().map(|row| ChecklistRow {
            chapter: row.chapter.label().to_owned(),
            title: row.title.to_owned(),
            state: run.state_of(row.checks),
            checks: names(row.checks),
        });
        Self {
            disclaimer: DISCLAIMER.to_owned(),
            generated_at,
            environment: environment.to_owned(),
            matrix: matrix.collect(),
            checklist: checklist.collect(),
            run,
        }
    }
}
