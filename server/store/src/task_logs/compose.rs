//! Writes the log of a task that has ended, or is lost, as one plain object, with its index
//! beside it, in constant memory.

use bytes::Bytes;
use chrono::Datelike as _;
use futures::TryStreamExt as _;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore as _, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use crate::task_logs::arrivals::{self, Arrivals};
use crate::task_logs::hash::hexadecimal;
use crate::task_logs::index::{Indexer, split_counts};
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
    arrivals: Arrivals,
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
    /// digest is not what was acknowledged is left as it is, and so is that of a lost task that
    /// came back meanwhile: what was written then is written again when it ends.
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
            arrivals: Arrivals::default(),
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
            .put(
                &index,
                composer.indexer.object(&composer.arrivals.bytes()).into(),
            )
            .await?;
        let mut transaction = self.pool.begin().await?;
        let update = sqlx::query(
            "update tasks set log_object = $2
             where id = $1 and log_object is null and log_length = $3 and state <> 'running'",
        )
        .bind(log.id)
        .bind(&location)
        .bind(log.log_length)
        .execute(&mut *transaction)
        .await?;
        if update.rows_affected() == 0 {
            return Ok(());
        }
        sqlx::query("delete from task_chunks where task_id = $1")
            .bind(log.id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.remove_parts(log.id).await
    }

    async fn copy_log(&self, log: &MovingLog, composer: &mut Composer) -> Result<()> {
        let parts: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(
            "select length, location, line_index from task_parts where task_id = $1 order by byte_offset",
        )
        .bind(log.id)
        .fetch_all(&self.pool)
        .await?;
        for (length, part, line_index) in parts {
            let length = number(length);
            let (_, arrivals) = split_counts(&line_index, length);
            arrivals::read(arrivals).for_each(|arrival| composer.arrivals.push(arrival));
            // A part may be the beginning of an object: that of a lost task that came back.
            let options = GetOptions::new().with_range(Some(0..length));
            let part = Path::from(part);
            let got = self.objects.logs.get_opts(&part, options);
            let mut stream = got.await?.into_stream();
            while let Some(bytes) = stream.try_next().await? {
                composer.push(bytes).await?;
            }
        }
        let end = number(log.log_length);
        let rest = composer.indexer.length()..end;
        for arrival in self.chunk_arrivals(log.id, &rest).await? {
            composer.arrivals.push(arrival);
        }
        while composer.indexer.length() < end {
            let at = composer.indexer.length();
            let Some(mut chunk) = self.chunk_at(log.id, at).await? else {
                break;
            };
            // What a lost task sent after it came back is no part of this log yet.
            chunk.truncate(usize::try_from(end - at).unwrap_or(usize::MAX));
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

    /// Removes the parts of a log that is one object. The object itself may have been a part.
    pub(crate) async fn remove_parts(&self, task: Uuid) -> Result<()> {
        let parts: Vec<(String, bool)> = sqlx::query_as(
            "select p.location, p.location = t.log_object from task_parts p join tasks t on t.id = p.task_id
             where p.task_id = $1 and t.log_object is not null",
        )
        .bind(task)
        .fetch_all(&self.pool)
        .await?;
        for (part, is_whole) in &parts {
            if *is_whole {
                continue;
            }
            match self.objects.logs.delete(&Path::from(part.as_str())).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let parts: Vec<String> = parts.into_iter().map(|(part, _)| part).collect();
        sqlx::query(
            "delete from task_parts p using tasks t
             where t.id = p.task_id and p.task_id = $1 and p.location = any($2) and t.log_object is not null",
        )
        .bind(task)
        .bind(parts)
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
