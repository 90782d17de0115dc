//! What can go wrong below the service: always a fault of ours or of a neighbour.

/// A failed statement, object or invariant. Its text is for the log, never for a response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("object store: {0}")]
    Objects(#[from] object_store::Error),
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    #[error("io: {0}")]
    Io(#[from] std::io::Error),
    /// A row that this program could not have written.
    #[error("{table}.{column} holds {value:?}")]
    Inconsistent {
        table: &'static str,
        column: &'static str,
        value: String,
    },
    /// The database's schema is not this program's.
    #[error("{0}")]
    Schema(String),
    /// The trail in the database is not whole, or not what this program wrote.
    #[error("trail: {0}")]
    Trail(String),
    /// A value that has no canonical form reached the recorder; whoever read it should have refused.
    #[error("canonical form: {0}")]
    Part(#[from] trail::public::PartError),
    #[error("tree: {0}")]
    Tree(#[from] trail::tree::TreeError),
    /// The writer stopped; the process is shutting down.
    #[error("the recorder has stopped")]
    Stopped,
    /// The group's write failed; shared by every request in the group.
    #[error("recording: {0}")]
    Recording(std::sync::Arc<Error>),
}

/// A result of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether this is a violation of the named constraint.
    #[must_use]
    pub fn violates(&self, constraint: &str) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.constraint() == Some(constraint))
    }
}
