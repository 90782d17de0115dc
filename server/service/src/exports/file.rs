//! The parts of an exported file, format by format.

use model::event::Event;
use model::export::{Column, ExportFormat};
use serde_json::{Map, Value, json};
use store::logs::{CHUNK_BYTES, Chunk, Selection};
use tokio::sync::mpsc::Receiver;

use crate::{Result, Services};

/// Where the file's parts come from.
#[derive(Debug)]
pub(super) enum Rows {
    Csv(Receiver<store::Result<Chunk>>),
    Json(Json),
}

impl Rows {
    pub(super) async fn open(
        services: &Services,
        selection: &Selection,
        format: ExportFormat,
        columns: &[Column],
    ) -> Result<Self> {
        if format == ExportFormat::Csv {
            let columns = if columns.is_empty() {
                Column::ALL
            } else {
                columns
            };
            return Ok(Self::Csv(
                services.store.export_csv(selection, columns).await?,
            ));
        }
        Ok(Self::Json(Json {
            events: services.store.export_events(selection).await?,
            is_array: format == ExportFormat::Json,
            columns: columns.to_vec(),
            state: State::Empty,
        }))
    }

    /// The next part; none after the last.
    pub(super) async fn next(&mut self) -> Option<store::Result<Chunk>> {
        match self {
            Self::Csv(chunks) => chunks.recv().await,
            Self::Json(json) => json.next().await,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Empty,
    Begun,
    Ended,
}

/// Events as lines, or as the elements of one array.
#[derive(Debug)]
pub(super) struct Json {
    events: Receiver<store::Result<Event>>,
    is_array: bool,
    columns: Vec<Column>,
    state: State,
}

impl Json {
    async fn next(&mut self) -> Option<store::Result<Chunk>> {
        if self.state == State::Ended {
            return None;
        }
        let mut chunk = Chunk::default();
        while chunk.bytes.len() < CHUNK_BYTES {
            let Some(event) = self.events.recv().await else {
                self.end(&mut chunk.bytes);
                break;
            };
            if let Err(error) = event.and_then(|event| self.write(&event, &mut chunk.bytes)) {
                self.state = State::Ended;
                return Some(Err(error));
            }
            chunk.rows += 1;
        }
        Some(Ok(chunk))
    }

    fn write(&mut self, event: &Event, out: &mut Vec<u8>) -> store::Result<()> {
        let before: &[u8] = match (self.is_array, self.state) {
            (true, State::Empty) => b"[\n",
            (true, _) => b",\n",
            (false, _) => b"",
        };
        out.extend_from_slice(before);
        self.state = State::Begun;
        write(event, &self.columns, out)?;
        if !self.is_array {
            out.push(b'\n');
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.is_array {
            let is_empty = self.state == State::Empty;
            out.extend_from_slice(if is_empty { b"[]\n" } else { b"\n]\n" });
        }
        self.state = State::Ended;
    }
}

/// The whole event, or an object of the chosen columns.
fn write(event: &Event, columns: &[Column], out: &mut Vec<u8>) -> store::Result<()> {
    if columns.is_empty() {
        serde_json::to_writer(out, event)?;
    } else {
        let cells: Map<String, Value> = columns
            .iter()
            .map(|column| (column.as_str().to_owned(), cell(event, *column)))
            .collect();
        serde_json::to_writer(out, &cells)?;
    }
    Ok(())
}

fn cell(event: &Event, column: Column) -> Value {
    let actor = &event.actor;
    let resource = event.resource.as_ref();
    match column {
        Column::OccurredAt => json!(event.occurred_at),
        Column::ReceivedAt => json!(event.received_at),
        Column::Seq => json!(event.seq),
        Column::Id => json!(event.id),
        Column::ActorType => json!(actor.kind),
        Column::ActorId => json!(actor.id),
        Column::ActorName => json!(actor.name),
        Column::ActorEmail => json!(actor.email),
        Column::ActorIp => json!(actor.ip),
        Column::UserAgent => json!(actor.user_agent),
        Column::OnBehalfOf => json!(actor.on_behalf_of),
        Column::Action => json!(event.action),
        Column::ResourceType => json!(resource.map(|resource| &resource.kind)),
        Column::ResourceId => json!(resource.and_then(|resource| resource.id.as_ref())),
        Column::ResourceName => json!(resource.and_then(|resource| resource.name.as_ref())),
        Column::Status => json!(event.status),
        Column::ErrorMessage => json!(event.error_message),
        Column::Category => json!(event.category),
        Column::DataClassification => json!(event.data_classification),
        Column::ComplianceTags => json!(event.compliance_tags),
        Column::Team => json!(event.team),
        Column::RequestId => json!(event.request_id),
        Column::SessionId => json!(event.session_id),
        Column::Source => json!(event.source),
        Column::SchemaVersion => json!(event.schema_version),
        Column::Details => json!(event.details),
        Column::PreviousState => json!(event.previous_state),
        Column::NewState => json!(event.new_state),
    }
}
