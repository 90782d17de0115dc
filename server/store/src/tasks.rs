//! Tasks: opening, listing, finishing.

use chrono::{DateTime, Utc};
use model::task::{OpenTask, Task, TaskFilter, TaskState};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::task_logs::hash;
use crate::{Error, Result, Store, Transaction};

#[derive(sqlx::FromRow)]
struct TaskRow {
    id: Uuid,
    agent_id: Uuid,
    agent_name: String,
    name: String,
    pack: Option<String>,
    pack_version: Option<String>,
    data_source: Option<String>,
    trigger: Option<String>,
    state: String,
    exit_code: Option<i32>,
    opened_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    log_length: i64,
    log_feeds: i64,
    log_open: bool,
    log_sha256: Option<Vec<u8>>,
    log_object: Option<String>,
}

/// The columns of [`TaskRow`] from `tasks t` and `agents a`.
macro_rules! select_task {
    ($rest:literal) => {
        concat!(
            "select t.id, t.agent_id, a.name as agent_name, t.name, t.pack, t.pack_version, t.data_source,
                    t.trigger, t.state, t.exit_code, t.opened_at, t.finished_at, t.log_length, t.log_feeds,
                    t.log_open, t.log_sha256, t.log_object
             from tasks t join agents a on a.id = t.agent_id ",
            $rest
        )
    };
}

/// A state as the database writes it.
pub(crate) fn state(text: &str) -> Result<TaskState> {
    text.parse().map_err(|_| Error::Inconsistent {
        table: "tasks",
        column: "state",
        value: text.to_owned(),
    })
}

impl TaskRow {
    fn task(self) -> Result<Task> {
        let number = |value: i64| u64::try_from(value).unwrap_or_default();
        Ok(Task {
            id: self.id,
            agent_id: self.agent_id,
            agent_name: self.agent_name,
            name: self.name,
            pack: self.pack,
            pack_version: self.pack_version,
            data_source: self.data_source,
            trigger: self.trigger,
            state: state(&self.state)?,
            exit_code: self.exit_code,
            opened_at: self.opened_at,
            finished_at: self.finished_at,
            log_length: number(self.log_length),
            log_lines: number(self.log_feeds) + u64::from(self.log_open),
            log_sha256: self.log_sha256.map(|digest| hash::hexadecimal(&digest)),
            log_object: self.log_object,
        })
    }
}

/// A task that is locked until the transaction ends, with who may write to it.
#[derive(Clone, Debug)]
pub struct LockedTask {
    pub task: Task,
    pub opened_by: String,
}

impl Transaction {
    /// Opens a task; false when its id is known already.
    pub async fn open_task(
        &mut self,
        id: Uuid,
        task: &OpenTask,
        opened_by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let inserted = sqlx::query(
            "insert into tasks (id, agent_id, name, pack, pack_version, data_source, trigger, opened_at, opened_by, last_seen_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing",
        )
        .bind(id)
        .bind(task.agent)
        .bind(&task.name)
        .bind(&task.pack)
        .bind(&task.pack_version)
        .bind(&task.data_source)
        .bind(&task.trigger)
        .bind(task.opened_at.unwrap_or(now))
        .bind(opened_by)
        .bind(now)
        .execute(self.connection())
        .await?
        .rows_affected();
        sqlx::query("update agents set last_seen_at = greatest(last_seen_at, $2) where id = $1")
            .bind(task.agent)
            .bind(now)
            .execute(self.connection())
            .await?;
        Ok(inserted == 1)
    }

    /// A task, locked against appends and other ends.
    pub async fn lock_task(&mut self, id: Uuid) -> Result<Option<LockedTask>> {
        let opened_by: Option<String> =
            sqlx::query_scalar("select opened_by from tasks where id = $1 for update")
                .bind(id)
                .fetch_optional(self.connection())
                .await?;
        let Some(opened_by) = opened_by else {
            return Ok(None);
        };
        let row: TaskRow = sqlx::query_as(select_task!("where t.id = $1"))
            .bind(id)
            .fetch_one(self.connection())
            .await?;
        Ok(Some(LockedTask {
            task: row.task()?,
            opened_by,
        }))
    }

    /// Ends a locked task: its log's digest becomes final. Answers the digest in hexadecimal.
    pub async fn finish_task(
        &mut self,
        id: Uuid,
        state: TaskState,
        exit_code: i32,
        finished_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<String> {
        let hash_state: Option<Vec<u8>> =
            sqlx::query_scalar("select log_hash_state from tasks where id = $1")
                .bind(id)
                .fetch_one(self.connection())
                .await?;
        let digest = hash::finish(hash_state.as_deref())?;
        sqlx::query(
            "update tasks set state = $2, exit_code = $3, finished_at = $4, last_seen_at = $5,
                    log_sha256 = $6, log_hash_state = null
             where id = $1",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(exit_code)
        .bind(finished_at)
        .bind(now)
        .bind(&digest)
        .execute(self.connection())
        .await?;
        Ok(hash::hexadecimal(&digest))
    }

    /// Takes tasks for lost that nothing was heard of since `silent_since`, a hundred at a time:
    /// the digest of what their logs hold is noted. Answers them.
    pub async fn lose_tasks(&mut self, silent_since: DateTime<Utc>) -> Result<Vec<Task>> {
        let silent: Vec<(Uuid, Option<Vec<u8>>)> = sqlx::query_as(
            "select id, log_hash_state from tasks where state = 'running' and last_seen_at < $1
             order by id limit 100 for update skip locked",
        )
        .bind(silent_since)
        .fetch_all(self.connection())
        .await?;
        let mut lost = Vec::with_capacity(silent.len());
        for (id, hash_state) in silent {
            // The state is kept: the log grows on when the task comes back.
            sqlx::query("update tasks set state = 'lost', log_sha256 = $2 where id = $1")
                .bind(id)
                .bind(hash::finish(hash_state.as_deref())?)
                .execute(self.connection())
                .await?;
            lost.push(id);
        }
        let rows: Vec<TaskRow> = sqlx::query_as(select_task!("where t.id = any($1)"))
            .bind(lost)
            .fetch_all(self.connection())
            .await?;
        rows.into_iter().map(TaskRow::task).collect()
    }
}

impl Store {
    /// A task by its id.
    pub async fn task(&self, id: Uuid) -> Result<Option<Task>> {
        let row: Option<TaskRow> = sqlx::query_as(select_task!("where t.id = $1"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(TaskRow::task).transpose()
    }

    /// Tasks that match, newest first, `limit` at most.
    pub async fn tasks(&self, filter: &TaskFilter, limit: i64) -> Result<Vec<Task>> {
        let mut query = QueryBuilder::<Postgres>::new(select_task!("where true"));
        if let Some(agent) = filter.agent {
            query.push(" and t.agent_id = ").push_bind(agent);
        }
        if let Some(pack) = &filter.pack {
            query.push(" and t.pack = ").push_bind(pack);
        }
        if let Some(source) = &filter.data_source {
            query.push(" and t.data_source = ").push_bind(source);
        }
        if let Some(state) = filter.state {
            query.push(" and t.state = ").push_bind(state.as_str());
        }
        if let Some(after) = filter.after {
            query
                .push(" and (t.opened_at, t.id) < (select opened_at, id from tasks where id = ")
                .push_bind(after)
                .push(")");
        }
        query
            .push(" order by t.opened_at desc, t.id desc limit ")
            .push_bind(limit);
        let rows: Vec<TaskRow> = query.build_query_as().fetch_all(&self.pool).await?;
        rows.into_iter().map(TaskRow::task).collect()
    }

    /// Packs and data sources of the latest ten thousand tasks, of one agent or of all.
    pub async fn task_facets(&self, agent: Option<Uuid>) -> Result<(Vec<String>, Vec<String>)> {
        Ok(sqlx::query_as(
            "select coalesce(array_agg(distinct pack order by pack) filter (where pack is not null), '{}'),
                    coalesce(array_agg(distinct data_source order by data_source) filter (where data_source is not null), '{}')
             from (select pack, data_source from tasks where $1::uuid is null or agent_id = $1
                   order by opened_at desc, id desc limit 10000) t",
        )
        .bind(agent)
        .fetch_one(&self.pool)
        .await?)
    }
}
