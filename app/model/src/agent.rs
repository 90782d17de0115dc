//! Agents: worker processes that run tasks near the data and report what they did.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;
use crate::task::TaskState;

/// An agent is away when nothing was heard of it for this long.
pub const AWAY_AFTER_SECS: i64 = 90;

text_enum! {
    /// Whether an agent can be expected to answer.
    AgentState { Online = "online", Away = "away" }
}

/// An agent as it registered itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: Uuid,
    /// Unique; the actor id of what the agent does.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    pub registered_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

impl Agent {
    /// Online or away, at a time that the caller names.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> AgentState {
        if now - self.last_seen_at < Duration::seconds(AWAY_AFTER_SECS) {
            AgentState::Online
        } else {
            AgentState::Away
        }
    }
}

/// What an agent says of itself. The same name again is the same agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterAgent {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

/// A sign of life, for an agent and the tasks that it still runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    pub agent: Uuid,
    #[serde(default)]
    pub tasks: Vec<Uuid>,
}

/// An outcome in an agent's row: a mark that opens its task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskMark {
    pub id: Uuid,
    pub name: String,
    pub state: TaskState,
}

/// A row of the Agents page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSummary {
    pub agent: Agent,
    pub state: AgentState,
    /// Tasks that run now.
    pub running: i64,
    /// The latest tasks, newest first, a dozen at most.
    pub recent: Vec<TaskMark>,
}
