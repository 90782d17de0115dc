//! Exports: formats and columns, and those that are prepared in the background.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::text_enum;

text_enum! {
    /// The format of an exported file.
    ExportFormat { Csv = "csv", Ndjson = "ndjson", Json = "json" }
}

impl ExportFormat {
    /// The media type of the file, as HTTP names it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            Self::Json => "application/json",
        }
    }
}

text_enum! {
    /// A column of the Logs page and of exports.
    Column {
        OccurredAt = "occurred_at",
        ReceivedAt = "received_at",
        Seq = "seq",
        Id = "id",
        ActorType = "actor_type",
        ActorId = "actor_id",
        ActorName = "actor_name",
        ActorEmail = "actor_email",
        ActorIp = "actor_ip",
        UserAgent = "user_agent",
        OnBehalfOf = "on_behalf_of",
        Action = "action",
        ResourceType = "resource_type",
        ResourceId = "resource_id",
        ResourceName = "resource_name",
        Status = "status",
        ErrorMessage = "error_message",
        Category = "category",
        DataClassification = "data_classification",
        ComplianceTags = "compliance_tags",
        Team = "team",
        RequestId = "request_id",
        SessionId = "session_id",
        Source = "source",
        SchemaVersion = "schema_version",
        Details = "details",
        PreviousState = "previous_state",
        NewState = "new_state",
    }
}

text_enum! {
    /// How far an export in the background is.
    ExportState {
        Waiting = "waiting",
        Running = "running",
        Ready = "ready",
        Failed = "failed",
        Cancelled = "cancelled",
        Expired = "expired",
    }
}

impl ExportState {
    /// Whether work on it goes on.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }

    /// The word that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Ready => "Ready",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        }
    }
}

/// What an export in the background is asked for with; the body of `POST /api/v1/exports`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExport {
    /// In the words of the search box; empty for everything.
    #[serde(default)]
    pub query: String,
    /// Chosen events; empty for all that the query finds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Uuid>,
    pub format: ExportFormat,
    /// Empty: all columns, and in JSON the whole event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    #[serde(default)]
    pub gzip: bool,
    /// Why, for whoever reads the trail.
    #[serde(default)]
    pub reason: String,
}

/// An export in the background, as its list and `/api/v1/exports` show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackgroundExport {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    /// The id of the actor who asked.
    pub created_by: String,
    pub created_by_name: String,
    pub query: String,
    /// How many events were chosen one by one; none for a whole result.
    pub chosen: Option<usize>,
    pub format: ExportFormat,
    pub columns: Vec<Column>,
    pub gzip: bool,
    pub reason: Option<String>,
    pub state: ExportState,
    /// How many events it will hold, or about how many; known once it runs.
    pub expected_rows: Option<i64>,
    /// Events and bytes that are written.
    pub rows: i64,
    pub bytes: i64,
    /// Of the file as it is downloaded, in hexadecimal.
    pub sha256: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it failed, in words for the person who asked.
    pub error: Option<String>,
}

impl BackgroundExport {
    /// The name under which the file is saved.
    #[must_use]
    pub fn file_name(&self) -> String {
        let at = self.created_at.format("%Y%m%dT%H%M%SZ");
        let packed = if self.gzip { ".gz" } else { "" };
        format!("auditorium-events-{at}.{}{packed}", self.format)
    }

    /// The media type of the file, as HTTP names it.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        if self.gzip {
            "application/gzip"
        } else {
            self.format.media_type()
        }
    }
}

/// A page of exports, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPage {
    pub exports: Vec<BackgroundExport>,
    /// Whether those of other people are among them.
    pub everybody: bool,
    /// What `before` of the next page must be; absent on the last page.
    pub next: Option<Uuid>,
}
