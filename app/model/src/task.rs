//! Tasks: one execution of something by an agent, with a log and an outcome.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::agent::Agent;
use crate::event::text_enum;

text_enum! {
    /// How a task stands.
    TaskState {
        Running = "running",
        Succeeded = "succeeded",
        Failed = "failed",
        /// Nothing was heard of it for long: its log was closed with what had been received. It
        /// runs again when its agent comes back.
        Lost = "lost",
    }
}

impl TaskState {
    /// Whether its agent has said how it ended.
    #[must_use]
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: Uuid,
    pub agent_id: Uuid,
    pub agent_name: String,
    /// What runs: usually the command line.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_source: Option<String>,
    /// What started it: `schedule`, `manual`, the id of another task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    pub state: TaskState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    pub opened_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// Acknowledged bytes of the log.
    pub log_length: u64,
    /// Lines of the log; a last line without its line feed counts.
    pub log_lines: u64,
    /// SHA-256 of the log in hexadecimal, once the task has finished or is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_sha256: Option<String>,
    /// Where the log stands in the bucket `logs`, once it is one object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_object: Option<String>,
}

/// What an agent opens a task with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenTask {
    pub agent: Uuid,
    /// Chosen by the agent to make retries safe; the server makes one otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// When it began, where that was before the server could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
}

/// What an agent finishes a task with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinishTask {
    pub id: Uuid,
    /// The command's exit code; 0 is success.
    pub exit_code: i32,
    /// The length that the agent has written. When it is given and the server has less, the
    /// task stays open and the answer names the length that the server has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_length: Option<u64>,
    /// When it ended, where that was before the server could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
}

/// Which tasks are listed. All that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFilter {
    #[serde(default)]
    pub agent: Option<Uuid>,
    #[serde(default)]
    pub pack: Option<String>,
    #[serde(default)]
    pub data_source: Option<String>,
    #[serde(default)]
    pub state: Option<TaskState>,
    /// Tasks that stand after this one in the list: older.
    #[serde(default)]
    pub after: Option<Uuid>,
}

/// Tasks, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskPage {
    pub tasks: Vec<Task>,
    /// The task after which the next page continues; absent on the last.
    pub older: Option<Uuid>,
    /// Packs and data sources that occur, for the filter's lists.
    pub packs: Vec<String>,
    pub data_sources: Vec<String>,
}

/// An agent with its tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentView {
    pub agent: Agent,
    pub online: bool,
    pub tasks: TaskPage,
}
