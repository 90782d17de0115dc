//! An installation whose trail has begun.

use model::event::{NewEvent, Resource};
use serde_json::json;
use service::trail::{Sealer, Turn, start};
use service::{Caller, Services, Settings};
use tempfile::TempDir;
use testing::TestStore;
use trail::checkpoint::Checkpoint;
use trail::note::Note;

pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) database: TestStore,
    pub(crate) sealer: Sealer,
    pub(crate) keys: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = TestStore::new().await.unwrap();
        let keys = TempDir::new().unwrap();
        let services = services(&database);
        let sealer = start(&services, keys.path()).await.unwrap().unwrap();
        Self {
            services,
            database,
            sealer,
            keys,
        }
    }

    /// Records as many events, a transaction for each ten.
    pub(crate) async fn record(&self, count: usize) {
        record(&self.services, count).await;
    }

    /// Seals, which must go well.
    pub(crate) async fn seal(&self) -> u64 {
        match self.sealer.turn(&self.services).await.unwrap() {
            Turn::Sealed(size) => size,
            other => panic!("not sealed: {other:?}"),
        }
    }
}

pub(crate) fn services(database: &TestStore) -> Services {
    let settings = Settings {
        environment: "development".to_owned(),
        public_url: "http://127.0.0.1:3000".to_owned(),
        session_hours: 8,
        token_days: 90,
    };
    Services::new(database.store.clone(), settings)
}

pub(crate) fn system() -> Caller {
    Caller::system("test")
}

pub(crate) async fn record(services: &Services, count: usize) {
    let events: Vec<_> = (0..count)
        .map(|n| {
            let event = NewEvent::new("query.execute")
                .on(Resource::new("dataset", n.to_string()))
                .with_details(json!({ "rows": n, "share": 0.25 }));
            service::own_event::prepare(&system(), event, services.now())
        })
        .collect();
    for group in events.chunks(10) {
        services
            .store
            .recorder()
            .record(group.to_vec(), services.now())
            .await
            .unwrap();
    }
}

/// What the newest published note says.
pub(crate) async fn published(services: &Services) -> Option<Checkpoint> {
    let stored = services.store.last_checkpoint().await.unwrap()?;
    Some(Checkpoint::of(&Note::parse(&stored.note).unwrap()).unwrap())
}
