//! Postgres and the object store: the only crate that speaks SQL.
//!
//! Verbs on a [`Store`] or on a [`Transaction`], grouped by noun. Refuses permission
//! decisions (that is `service`), and never reads the clock: callers pass `now`.

pub mod agents;
pub mod alerts;
pub mod append;
pub mod bootstrap;
pub mod compliance;
pub mod error;
pub mod exports;
pub mod links;
pub mod logs;
pub mod objects;
pub mod purge;
pub mod recorder;
pub mod sessions;
pub mod task_logs;
pub mod tasks;
pub mod tokens;
pub mod trail;
pub mod transaction;
pub mod users;
pub mod views;

use std::sync::Arc;
use std::time::Duration;

pub use error::{Error, Result};
pub use objects::Objects;
pub use recorder::Recorder;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
pub use transaction::Transaction;

/// The schema's history. Applied by the owner's role only.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// A connection that was used so lately is taken to stand.
const TRUSTED: Duration = Duration::from_secs(1);

/// Connections to the two parts that Auditorium runs on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: PgPool,
    /// Task logs, exports and archives.
    pub objects: Objects,
    recorder: Arc<Recorder>,
}

impl Store {
    /// Connects as the application's role and starts the recorder. Fails when the schema is not
    /// the one this program was built with.
    pub async fn open(
        options: PgConnectOptions,
        connections: u32,
        objects: Objects,
    ) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            // Asked whether it still stands only after a pause: else each use costs two round trips.
            .test_before_acquire(false)
            .before_acquire(|connection, last| {
                Box::pin(async move {
                    if last.idle_for < TRUSTED {
                        return Ok(true);
                    }
                    connection.ping().await.map(|()| true)
                })
            })
            // Compiling a statement costs more here than any that is compiled saves.
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::query("set jit = off").execute(connection).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        bootstrap::check_schema(&pool).await?;
        let recorder = Arc::new(Recorder::start(pool.clone()));
        Ok(Self {
            pool,
            objects,
            recorder,
        })
    }

    /// The pool, for the few callers that stream or listen.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The group-committing writer of events that need no transaction of their own.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Waits for statements to end and closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// One view of the database for several reads.
    pub(crate) async fn snapshot(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>> {
        Ok(self
            .pool
            .begin_with("begin isolation level repeatable read read only")
            .await?)
    }

    /// Opens a transaction whose own events are recorded when it commits.
    pub async fn begin(&self) -> Result<Transaction> {
        let recorder = Arc::clone(&self.recorder);
        Ok(Transaction::new(self.pool.begin().await?, recorder))
    }
}
