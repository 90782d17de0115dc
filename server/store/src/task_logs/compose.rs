//! Writes a finished log as one plain object, with its index beside it, in constant memory.

use bytes::Bytes;
use chrono::Datelike as _;
use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::task_logs::hash::hexadecimal;
use crate::task_logs::index::Indexer;
use crate::task_logs::moving::MovingLog;
use crate::task_logs::reader::{index_location, number};
use crate::{Error, Result, Store};

/// Bytes of one request of an upload, at least; S3 takes 10,000 requests for an object.
const REQUEST: u64 = 8 * 1024 * 1024;
const REQUESTS: u64 = 9_000;

/// What passes while a log is written.
struct Composer {
    writer: BufWriter,
    indexer: Indexer,
    hash: Sha256,
}

impl Composer {
    async fn push(&mut self, bytes: Bytes) -> Result<()> {
        self.indexer.push(&bytes);
        self.hash.update(&bytes);
        self.writer.put(bytes).await?;
        Ok(())
    }
}

impl Store {
    /// Writes the object and its index, then forgets chunks and parts. A log whose length or
    /// digest is not what was acknowledged is left as it is.
    pub(crate) async fn compose_log(&self, log: &MovingLog) -> Result<()> {
        let location = location(log);
        let capacity = REQUEST.max(number(log.log_length) / REQUESTS);
        let writer = BufWriter::with_capacity(
            self.objects.logs.clone(),
            Path::from(location.as_str()),
            usize::try_from(capacity).unwrap_or(usize::MAX),
        )
        .with_max_concurrency(2);
        let mut composer = Composer {
            writer,
            indexer: Indexer::starting_at(0, 0),
            hash: Sha256::new(),
        };
        if let Err(error) = self.copy_log(log, &mut composer).await {
            // The unfinished upload costs money until it is given up.
            if let Err(error) = composer.writer.abort().await {
                tracing::debug!(%error, "an upload could not be given up");
            }
            return Err(error);
        }
        composer.writer.shutdown().await?;
        let index = Path::from(index_location(&location));
        self.objects
            .logs
            .put(&index, composer.indexer.object().into())
            .await?;
        let mut transaction = self.pool.begin().await?;
        sqlx::query("update tasks set log_object = $2 where id = $1")
            .bind(log.id)
            .bind(&location)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("delete from task_chunks where task_id = $1")
            .bind(log.id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.remove_parts(log.id).await
    }

    async fn copy_log(&self, log: &MovingLog, composer: &mut Composer) -> Result<()> {
        let parts: Vec<String> = sqlx::query_scalar(
            "select location from task_parts where task_id = $1 order by byte_offset",
        )
        .bind(log.id)
        .fetch_all(&self.pool)
        .await?;
        for part in parts {
            let mut stream = self
                .objects
                .logs
                .get(&Path::from(part))
                .await?
                .into_stream();
            while let Some(bytes) = stream.try_next().await? {
                composer.push(bytes).await?;
            }
        }
        while let Some(chunk) = self.chunk_at(log.id, composer.indexer.length()).await? {
            composer.push(chunk.into()).await?;
        }
        let digest = composer.hash.clone().finalize().to_vec();
        let whole = composer.indexer.length() == number(log.log_length)
            && composer.indexer.feeds() == number(log.log_feeds)
            && log.log_sha256.as_deref() == Some(digest.as_slice());
        if whole {
            return Ok(());
        }
        Err(Error::Inconsistent {
            table: "tasks",
            column: "log_sha256",
            value: format!(
                "task {}: {} bytes with digest {}",
                log.id,
                composer.indexer.length(),
                hexadecimal(&digest)
            ),
        })
    }

    /// Removes the parts of a log that is one object.
    async fn remove_parts(&self, task: Uuid) -> Result<()> {
        let parts: Vec<String> =
            sqlx::query_scalar("select location from task_parts where task_id = $1")
                .bind(task)
                .fetch_all(&self.pool)
                .await?;
        for part in parts {
            match self.objects.logs.delete(&Path::from(part)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        sqlx::query("delete from task_parts where task_id = $1")
            .bind(task)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Removes parts that a process left behind when it stopped after composing.
    pub async fn remove_left_parts(&self) -> Result<()> {
        let tasks: Vec<Uuid> = sqlx::query_scalar(
            "select distinct p.task_id from task_parts p join tasks t on t.id = p.task_id
             where t.log_object is not null limit 100",
        )
        .fetch_all(&self.pool)
        .await?;
        for task in tasks {
            self.remove_parts(task).await?;
        }
        Ok(())
    }
}

/// `{agent}/{yyyy}/{mm}/{dd}/{task}.log`, by the day on which the task was opened.
fn location(log: &MovingLog) -> String {
    let day = log.opened_at.date_naive();
    // The agent's name is one segment whatever it holds.
    let agent: String = log
        .agent_name
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() || "-_.".contains(char) {
                char
            } else {
                '_'
            }
        })
        .collect();
    let agent = if agent.bytes().all(|byte| byte == b'.') {
        "_".to_owned()
    } else {
        agent
    };
    format!(
        "{agent}/{}/{:02}/{:02}/{}.log",
        day.year(),
        day.month(),
        day.day(),
        log.id
    )
}
