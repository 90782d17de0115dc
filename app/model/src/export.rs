//! Exports: formats and columns.

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
