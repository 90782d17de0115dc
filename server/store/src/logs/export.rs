//! Whole results as streams: CSV is rendered by Postgres itself, JSON from rows.
//!
//! Both come from one statement, so an export is one snapshot of the trail, and memory does not
//! grow with it: what the reader has not taken yet waits in Postgres.

use futures::{StreamExt as _, TryStreamExt as _};
use model::event::Event;
use model::export::Column;
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::order::Direction;
use super::row::{COLUMNS, EventRow};
use super::selection::Selection;
use super::source::source;
use super::sql::Sql;
use crate::{Error, Result, Store};

/// A text in which no spreadsheet sees a formula: a quote before what would begin one.
macro_rules! text {
    ($column:literal) => {
        concat!(
            "case when ascii(",
            $column,
            ") in (9, 13, 43, 45, 61, 64) then '''' || ",
            $column,
            " else ",
            $column,
            " end"
        )
    };
}

/// RFC 3339 with microseconds.
macro_rules! time {
    ($column:literal) => {
        concat!(
            "to_char(",
            $column,
            " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        )
    };
}

const fn cell(column: Column) -> &'static str {
    match column {
        Column::OccurredAt => time!("occurred_at"),
        Column::ReceivedAt => time!("received_at"),
        Column::Seq => "seq",
        Column::Id => "id",
        Column::ActorType => "actor_type",
        Column::ActorId => text!("actor_id"),
        Column::ActorName => text!("actor_name"),
        Column::ActorEmail => text!("actor_email"),
        Column::ActorIp => "host(actor_ip)",
        Column::UserAgent => text!("user_agent"),
        Column::OnBehalfOf => text!("on_behalf_of"),
        Column::Action => text!("action"),
        Column::ResourceType => text!("resource_type"),
        Column::ResourceId => text!("resource_id"),
        Column::ResourceName => text!("resource_name"),
        Column::Status => "status",
        Column::ErrorMessage => text!("error_message"),
        Column::Category => "category",
        Column::DataClassification => "data_classification",
        Column::ComplianceTags => "array_to_string(compliance_tags, ' ')",
        Column::Team => text!("team"),
        Column::RequestId => text!("request_id"),
        Column::SessionId => text!("session_id"),
        Column::Source => text!("source"),
        Column::SchemaVersion => "schema_version",
        Column::Details => text!("details::text"),
        Column::PreviousState => text!("previous_state::text"),
        Column::NewState => text!("new_state::text"),
    }
}

/// Part of a file: whole rows.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    pub bytes: Vec<u8>,
    /// Events in it; a heading is none.
    pub rows: i64,
}

/// Bytes that a chunk holds before it is handed on.
pub const CHUNK_BYTES: usize = 64 << 10;
/// Chunks and events that wait for the reader; the rest waits in Postgres.
const WAITING_CHUNKS: usize = 4;
const WAITING_EVENTS: usize = 256;

impl Store {
    /// The selection as CSV (RFC 4180, a line feed at the end of a line), newest first.
    pub async fn export_csv(
        &self,
        selection: &Selection,
        columns: &[Column],
    ) -> Result<Receiver<Result<Chunk>>> {
        let mut connection = self.pool.acquire().await?;
        let mut sql = Sql::new("copy (select ");
        for (index, column) in columns.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" });
            sql.push(cell(*column)).push(" as ").push(column.as_str());
        }
        sql.append(source(&mut connection, selection).await?)
            .push(Direction::Older.order());
        sql.push(") to stdout with (format csv, header)");
        let statement = sql.quoted(&mut connection).await?;
        let (sender, receiver) = channel(WAITING_CHUNKS);
        tokio::spawn(async move {
            let sent = send_csv(connection, &statement, &sender).await;
            if let Err(error) = sent {
                // The reader may be gone as well; then nobody is left to tell.
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(receiver)
    }

    /// The selection's events, newest first.
    pub async fn export_events(&self, selection: &Selection) -> Result<Receiver<Result<Event>>> {
        let mut connection = self.pool.acquire().await?;
        let mut sql = Sql::new("select ");
        sql.push(COLUMNS)
            .append(source(&mut connection, selection).await?);
        sql.push(Direction::Older.order());
        let (sender, receiver) = channel(WAITING_EVENTS);
        tokio::spawn(async move {
            // A reader that goes away leaves rows unread, and the connection useless.
            connection.close_on_drop();
            let mut statement = sql.bound();
            let mut rows = statement
                .build_query_as::<EventRow>()
                .fetch(&mut *connection);
            while let Some(row) = rows.next().await {
                let event = row.map_err(Error::from).and_then(Event::try_from);
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
        Ok(receiver)
    }
}

async fn send_csv(
    mut connection: PoolConnection<Postgres>,
    statement: &str,
    sender: &Sender<Result<Chunk>>,
) -> Result<()> {
    connection.close_on_drop();
    let mut rows = connection.copy_out_raw(statement).await?;
    // Postgres sends a message for the heading and one for each row.
    let mut chunk = Chunk {
        bytes: Vec::with_capacity(CHUNK_BYTES),
        rows: -1,
    };
    while let Some(row) = rows.try_next().await? {
        chunk.bytes.extend_from_slice(&row);
        chunk.rows += 1;
        if chunk.bytes.len() >= CHUNK_BYTES {
            let full = std::mem::take(&mut chunk);
            if sender.send(Ok(full)).await.is_err() {
                return Ok(());
            }
            chunk.bytes.reserve(CHUNK_BYTES);
        }
    }
    // Without a reader there is nothing left to do.
    let _ = sender.send(Ok(chunk)).await;
    Ok(())
}
