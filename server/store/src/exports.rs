//! Exports in the background: their rows, and who works on which.
//!
//! A lease gives an export to one process for a while. Each taking counts an attempt, and only
//! the newest attempt may write, so a process that was taken for dead changes nothing.

mod file;

use chrono::{DateTime, Duration, Utc};
pub use file::ExportUpload;
use model::export::{BackgroundExport, Column, ExportState, NewExport};
use uuid::Uuid;

pub use crate::task_logs::hash::hexadecimal;
use crate::{Error, Result, Store, Transaction};

/// How long a process may be silent before another takes its export.
pub const LEASE: Duration = Duration::minutes(1);

/// An export with what its making needs.
#[derive(Clone, Debug)]
pub struct ExportRecord {
    pub export: BackgroundExport,
    pub ids: Vec<Uuid>,
    /// The last position that belongs to it.
    pub up_to_seq: i64,
    /// Whether events of the categories admin and security are in it.
    pub restricted: bool,
    /// The number of the attempt that was made last.
    pub attempt: i32,
    /// Attempts that failed by themselves.
    pub failures: i32,
    /// Where the file lies in the bucket `exports`.
    pub object: Option<String>,
}

/// A file that is complete.
#[derive(Clone, Debug)]
pub struct FinishedExport<'a> {
    pub rows: i64,
    pub bytes: i64,
    pub sha256: [u8; 32],
    pub object: &'a str,
    pub expires_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct ExportRow {
    id: Uuid,
    created_at: DateTime<Utc>,
    created_by: String,
    created_by_name: String,
    query: String,
    ids: Vec<Uuid>,
    up_to_seq: i64,
    restricted: bool,
    format: String,
    columns: Vec<String>,
    gzip: bool,
    reason: Option<String>,
    state: String,
    attempt: i32,
    failures: i32,
    finished_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    expected_rows: Option<i64>,
    rows: i64,
    bytes: i64,
    sha256: Option<Vec<u8>>,
    object: Option<String>,
    error: Option<String>,
}

fn parsed<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Inconsistent {
        table: "exports",
        column,
        value: text.to_owned(),
    })
}

impl ExportRow {
    fn record(self) -> Result<ExportRecord> {
        let columns: Result<Vec<Column>> = self
            .columns
            .iter()
            .map(|column| parsed("columns", column))
            .collect();
        Ok(ExportRecord {
            export: BackgroundExport {
                id: self.id,
                created_at: self.created_at,
                created_by: self.created_by,
                created_by_name: self.created_by_name,
                query: self.query,
                chosen: Some(self.ids.len()).filter(|count| *count > 0),
                format: parsed("format", &self.format)?,
                columns: columns?,
                gzip: self.gzip,
                reason: self.reason,
                state: parsed("state", &self.state)?,
                expected_rows: self.expected_rows,
                rows: self.rows,
                bytes: self.bytes,
                sha256: self.sha256.as_deref().map(hexadecimal),
                finished_at: self.finished_at,
                expires_at: self.expires_at,
                error: self.error,
            },
            ids: self.ids,
            up_to_seq: self.up_to_seq,
            restricted: self.restricted,
            attempt: self.attempt,
            failures: self.failures,
            object: self.object,
        })
    }
}

impl Store {
    /// An export.
    pub async fn export(&self, id: Uuid) -> Result<Option<ExportRecord>> {
        let row: Option<ExportRow> = sqlx::query_as("select * from exports where id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(ExportRow::record).transpose()
    }

    /// Exports of one actor, or of everybody, before one of them or the newest; newest first.
    pub async fn exports(
        &self,
        created_by: Option<&str>,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<BackgroundExport>> {
        let rows: Vec<ExportRow> = sqlx::query_as(
            "select * from exports where ($1::text is null or created_by = $1)
               and ($2::uuid is null or id < $2) order by id desc limit $3",
        )
        .bind(created_by)
        .bind(before)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| Ok(row.record()?.export))
            .collect()
    }

    /// How many exports of an actor are not finished.
    pub async fn open_exports(&self, created_by: &str) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "select count(*) from exports where created_by = $1 and state in ('waiting', 'running')",
        )
        .bind(created_by)
        .fetch_one(&self.pool)
        .await?)
    }

    /// Takes the export that waits for longest, or whose process is silent.
    pub async fn take_export(&self, now: DateTime<Utc>) -> Result<Option<ExportRecord>> {
        let row: Option<ExportRow> = sqlx::query_as(
            "update exports set state = 'running', attempt = attempt + 1, lease_until = $2,
                 started_at = coalesce(started_at, $1), rows = 0, bytes = 0
             where id = (
                 select id from exports where state in ('waiting', 'running') and lease_until <= $1
                 order by created_at limit 1 for update skip locked)
             returning *",
        )
        .bind(now)
        .bind(now + LEASE)
        .fetch_optional(&self.pool)
        .await?;
        row.map(ExportRow::record).transpose()
    }

    /// Says how far an attempt is and keeps its lease; false when the export is no longer its own.
    pub async fn note_export(
        &self,
        id: Uuid,
        attempt: i32,
        rows: i64,
        bytes: i64,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let noted = sqlx::query(
            "update exports set rows = $3, bytes = $4, lease_until = $5
             where id = $1 and attempt = $2 and state = 'running'",
        )
        .bind(id)
        .bind(attempt)
        .bind(rows)
        .bind(bytes)
        .bind(now + LEASE)
        .execute(&self.pool)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Says how many events are expected.
    pub async fn note_expected_rows(&self, id: Uuid, rows: i64) -> Result<()> {
        sqlx::query("update exports set expected_rows = $2 where id = $1")
            .bind(id)
            .bind(rows)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives an export back, to be begun again from a time on. `counts` says whether the attempt
    /// was one: it is not when the process only stops.
    pub async fn release_export(
        &self,
        id: Uuid,
        attempt: i32,
        counts: bool,
        from: DateTime<Utc>,
    ) -> Result<()> {
        // The number of an attempt is never given twice, since a file may lie under it.
        sqlx::query(
            "update exports set state = 'waiting', lease_until = $3, rows = 0, bytes = 0,
                 failures = failures + $4::int
             where id = $1 and attempt = $2 and state = 'running'",
        )
        .bind(id)
        .bind(attempt)
        .bind(from)
        .bind(counts)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Files whose term ended.
    pub async fn expired_exports(&self, now: DateTime<Utc>) -> Result<Vec<BackgroundExport>> {
        let rows: Vec<ExportRow> = sqlx::query_as(
            "select * from exports where state = 'ready' and expires_at <= $1 order by expires_at limit 100",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| Ok(row.record()?.export))
            .collect()
    }

    /// Ended exports of which something may lie in the bucket, and no process writes.
    pub async fn exports_to_remove(&self, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
        Ok(sqlx::query_scalar(
            "select id from exports where state in ('failed', 'cancelled', 'expired')
               and removed_at is null and lease_until <= $1 order by id limit 100",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Says that nothing of an export is left in the bucket.
    pub async fn note_export_removed(&self, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        sqlx::query("update exports set removed_at = $2 where id = $1")
            .bind(id)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

impl Transaction {
    /// Adds an export that waits.
    pub async fn insert_export(&mut self, record: &ExportRecord, new: &NewExport) -> Result<()> {
        let export = &record.export;
        let columns: Vec<&str> = new.columns.iter().map(|column| column.as_str()).collect();
        sqlx::query(
            "insert into exports (id, created_at, created_by, created_by_name, query, ids,
                 up_to_seq, restricted, format, columns, gzip, reason)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(export.id)
        .bind(export.created_at)
        .bind(&export.created_by)
        .bind(&export.created_by_name)
        .bind(&new.query)
        .bind(&new.ids)
        .bind(record.up_to_seq)
        .bind(record.restricted)
        .bind(new.format.as_str())
        .bind(columns)
        .bind(new.gzip)
        .bind(&export.reason)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes the file of an attempt the export's; false when the export is no longer its own.
    pub async fn finish_export(
        &mut self,
        id: Uuid,
        attempt: i32,
        file: &FinishedExport<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let finished = sqlx::query(
            "update exports set state = 'ready', finished_at = $3, expires_at = $4, rows = $5,
                 bytes = $6, sha256 = $7, object = $8, error = null
             where id = $1 and attempt = $2 and state = 'running'",
        )
        .bind(id)
        .bind(attempt)
        .bind(now)
        .bind(file.expires_at)
        .bind(file.rows)
        .bind(file.bytes)
        .bind(&file.sha256[..])
        .bind(file.object)
        .execute(self.connection())
        .await?;
        Ok(finished.rows_affected() == 1)
    }

    /// Ends an attempt without a file; false when the export is no longer its own.
    pub async fn fail_export(
        &mut self,
        id: Uuid,
        attempt: i32,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let failed = sqlx::query(
            "update exports set state = 'failed', finished_at = $3, error = $4, lease_until = $3
             where id = $1 and attempt = $2 and state = 'running'",
        )
        .bind(id)
        .bind(attempt)
        .bind(now)
        .bind(error)
        .execute(self.connection())
        .await?;
        Ok(failed.rows_affected() == 1)
    }

    /// Ends an export, or takes its file away; false when it has ended already.
    pub async fn end_export(
        &mut self,
        id: Uuid,
        from: &[ExportState],
        to: ExportState,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let from: Vec<&str> = from.iter().map(|state| state.as_str()).collect();
        let ended = sqlx::query(
            "update exports set state = $3, finished_at = coalesce(finished_at, $4)
             where id = $1 and state = any($2)",
        )
        .bind(id)
        .bind(from)
        .bind(to.as_str())
        .bind(now)
        .execute(self.connection())
        .await?;
        Ok(ended.rows_affected() == 1)
    }
}
