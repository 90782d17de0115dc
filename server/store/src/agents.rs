//! Agents and their signs of life.

use chrono::{DateTime, Utc};
use model::agent::{Agent, AgentSummary, RegisterAgent, TaskMark};
use uuid::Uuid;

use crate::{Error, Result, Store, Transaction};

/// What a registration did.
#[derive(Clone, Debug)]
pub struct Registered {
    pub agent: Agent,
    /// The agent as it was; absent when it is new.
    pub before: Option<Agent>,
}

#[derive(sqlx::FromRow)]
struct AgentRow {
    id: Uuid,
    name: String,
    version: Option<String>,
    team: Option<String>,
    registered_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            version: row.version,
            team: row.team,
            registered_at: row.registered_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    #[sqlx(flatten)]
    agent: AgentRow,
    running: i64,
    recent_ids: Vec<Uuid>,
    recent_names: Vec<String>,
    recent_states: Vec<String>,
}

impl Transaction {
    /// Registers an agent, or renews what it says of itself. The name is the agent.
    pub async fn register_agent(
        &mut self,
        agent: &RegisterAgent,
        registered_by: &str,
        now: DateTime<Utc>,
    ) -> Result<Registered> {
        let before: Option<AgentRow> = sqlx::query_as(
            "select id, name, version, team, registered_at, last_seen_at from agents where name = $1 for update",
        )
        .bind(&agent.name)
        .fetch_optional(self.connection())
        .await?;
        let row: AgentRow = sqlx::query_as(
            "insert into agents (id, name, version, team, registered_at, registered_by, last_seen_at)
             values ($1, $2, $3, $4, $5, $6, $5)
             on conflict (name) do update set version = excluded.version, team = excluded.team,
                 last_seen_at = greatest(agents.last_seen_at, excluded.last_seen_at)
             returning id, name, version, team, registered_at, last_seen_at",
        )
        .bind(Uuid::now_v7())
        .bind(&agent.name)
        .bind(&agent.version)
        .bind(&agent.team)
        .bind(now)
        .bind(registered_by)
        .fetch_one(self.connection())
        .await?;
        Ok(Registered {
            agent: row.into(),
            before: before.map(Agent::from),
        })
    }
}

impl Store {
    /// An agent by its id.
    pub async fn agent(&self, id: Uuid) -> Result<Option<Agent>> {
        let row: Option<AgentRow> = sqlx::query_as(
            "select id, name, version, team, registered_at, last_seen_at from agents where id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Agent::from))
    }

    /// Every agent with its latest tasks, by name, as they stand at `now`.
    pub async fn agents(&self, now: DateTime<Utc>) -> Result<Vec<AgentSummary>> {
        let rows: Vec<SummaryRow> = sqlx::query_as(
            "select a.id, a.name, a.version, a.team, a.registered_at, a.last_seen_at,
                    (select count(*) from tasks t where t.agent_id = a.id and t.state = 'running') as running,
                    r.ids as recent_ids, r.names as recent_names, r.states as recent_states
             from agents a
             cross join lateral (
                 select coalesce(array_agg(t.id order by t.opened_at desc, t.id desc), '{}') as ids,
                        coalesce(array_agg(t.name order by t.opened_at desc, t.id desc), '{}') as names,
                        coalesce(array_agg(t.state order by t.opened_at desc, t.id desc), '{}') as states
                 from (select * from tasks where agent_id = a.id order by opened_at desc, id desc limit 12) t
             ) r
             order by a.name",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| row.summary(now)).collect()
    }

    /// Notes that an agent and its tasks live; answers whether the agent is known. A task that
    /// was taken for lost must be resumed: they are answered. Absent when there is no such agent.
    pub async fn note_heartbeat(
        &self,
        agent: Uuid,
        tasks: &[Uuid],
        opened_by: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Uuid>>> {
        let mut transaction = self.pool.begin().await?;
        let known = sqlx::query(
            "update agents set last_seen_at = greatest(last_seen_at, $2) where id = $1",
        )
        .bind(agent)
        .bind(now)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        let heard: Vec<(Uuid, bool)> = sqlx::query_as(
            "update tasks set last_seen_at = greatest(last_seen_at, $3)
             where agent_id = $1 and id = any($2) and opened_by = $4 and state in ('running', 'lost')
             returning id, state = 'lost'",
        )
        .bind(agent)
        .bind(tasks)
        .bind(now)
        .bind(opened_by)
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let lost = heard.into_iter().filter(|(_, is_lost)| *is_lost);
        Ok((known == 1).then(|| lost.map(|(id, _)| id).collect()))
    }
}

impl SummaryRow {
    fn summary(self, now: DateTime<Utc>) -> Result<AgentSummary> {
        let agent = Agent::from(self.agent);
        let recent = self
            .recent_ids
            .into_iter()
            .zip(self.recent_names)
            .zip(self.recent_states)
            .map(|((id, name), state)| {
                let state = state.parse().map_err(|_| Error::Inconsistent {
                    table: "tasks",
                    column: "state",
                    value: state,
                })?;
                Ok(TaskMark { id, name, state })
            })
            .collect::<Result<_>>()?;
        Ok(AgentSummary {
            state: agent.state(now),
            agent,
            running: self.running,
            recent,
        })
    }
}
