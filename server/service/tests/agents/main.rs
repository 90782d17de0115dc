//! Agents, their tasks and logs: durable, idempotent, read by ranges.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod altered;
mod counting;
mod lost;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use counting::{Counter, Counting};
use futures::{StreamExt as _, TryStreamExt as _};
use model::agent::{Agent, Heartbeat, RegisterAgent};
use model::permission::{Permission, Role};
use model::person::Person;
use model::task::{FinishTask, OpenTask, Task, TaskFilter, TaskState};
use model::task_log::{LogPlace, LogWindow, WINDOW_BYTES};
use service::task_logs::{self, AppendOutcome};
use service::{Caller, Credential, Error, Origin, Services, Settings, agents, tasks};
use sha2::{Digest as _, Sha256};
use testing::TestStore;
use uuid::Uuid;

struct World {
    services: Services,
    agent: Caller,
    reader: Caller,
    /// Keeps the database's folder.
    store: TestStore,
}

impl World {
    async fn new() -> Self {
        Self::on(TestStore::new().await.unwrap())
    }

    fn on(store: TestStore) -> Self {
        let settings = Settings {
            environment: "development".to_owned(),
            public_url: String::new(),
            session_hours: 8,
            token_days: 90,
        };
        let services = Services::new(store.store.clone(), settings);
        Self {
            services,
            agent: worker(),
            reader: person(Role::Viewer),
            store,
        }
    }

    async fn register(&self, name: &str) -> Agent {
        let agent = RegisterAgent {
            name: name.to_owned(),
            ..RegisterAgent::default()
        };
        agents::register(&self.services, &self.agent, &agent)
            .await
            .unwrap()
    }

    async fn open(&self) -> Task {
        let agent = self.register("etl-1").await;
        let task = OpenTask {
            agent: agent.id,
            name: "load".to_owned(),
            ..OpenTask::default()
        };
        tasks::open(&self.services, &self.agent, task)
            .await
            .unwrap()
    }

    async fn append(
        &self,
        task: &Task,
        offset: u64,
        bytes: &[u8],
    ) -> service::Result<AppendOutcome> {
        task_logs::append(&self.services, &self.agent, task.id, offset, bytes).await
    }

    async fn write(&self, task: &Task, log: &[u8], chunk: usize) {
        let mut offset = 0;
        for bytes in log.chunks(chunk) {
            self.append(task, offset, bytes).await.unwrap();
            offset += bytes.len() as u64;
        }
    }

    async fn finish(&self, task: &Task, exit_code: i32) -> Task {
        let finish = FinishTask {
            id: task.id,
            exit_code,
            log_length: None,
            finished_at: None,
        };
        tasks::finish(&self.services, &self.agent, &finish)
            .await
            .unwrap()
    }

    async fn window(&self, task: &Task, place: LogPlace, lines: u32) -> LogWindow {
        task_logs::window(&self.services, &self.reader, task.id, place, lines)
            .await
            .unwrap()
    }

    async fn actions(&self) -> Vec<(String, String, String)> {
        sqlx::query_as("select actor_id, action, status from logs order by seq")
            .fetch_all(self.services.store.pool())
            .await
            .unwrap()
    }
}

fn worker() -> Caller {
    let mut caller = Caller::system("worker");
    caller.credential = Credential::Token {
        id: Uuid::now_v7(),
        scopes: vec![Permission::TasksWrite],
    };
    caller
}

fn person(role: Role) -> Caller {
    let person = Person {
        id: Uuid::now_v7(),
        name: "Ada".to_owned(),
        email: "ada@example.org".to_owned(),
        role,
    };
    Caller::person(
        person,
        Credential::Session { id: Uuid::now_v7() },
        Origin::default(),
    )
}

fn numbered(lines: Range<u64>) -> Vec<u8> {
    lines
        .flat_map(|line| format!("line {line} of the log\n").into_bytes())
        .collect()
}

fn stored(outcome: AppendOutcome) -> u64 {
    match outcome {
        AppendOutcome::Stored(appended) => appended.length,
        AppendOutcome::Gap(appended) => panic!("a gap at {}", appended.length),
    }
}

fn texts(window: &LogWindow) -> Vec<(u64, &str)> {
    window
        .lines
        .iter()
        .map(|line| (line.number, line.text.as_str()))
        .collect()
}

#[tokio::test]
async fn an_agent_is_its_name_and_its_registration_is_one_event() {
    let world = World::new().await;
    let first = world.register("etl-1").await;
    let again = world.register("etl-1").await;
    assert_eq!(first.id, again.id);
    let newer = RegisterAgent {
        name: "etl-1".to_owned(),
        version: Some("2".to_owned()),
        team: None,
    };
    agents::register(&world.services, &world.agent, &newer)
        .await
        .unwrap();
    let registered = (
        "etl-1".to_owned(),
        "agent.registered".to_owned(),
        "success".to_owned(),
    );
    assert_eq!(world.actions().await, [registered.clone(), registered]);
}

#[tokio::test]
async fn a_task_is_opened_and_finished_once() {
    let world = World::new().await;
    let agent = world.register("etl-1").await;
    let open = OpenTask {
        agent: agent.id,
        id: Some(Uuid::now_v7()),
        name: "load".to_owned(),
        pack: Some("billing".to_owned()),
        ..OpenTask::default()
    };
    let task = tasks::open(&world.services, &world.agent, open.clone())
        .await
        .unwrap();
    assert_eq!(
        tasks::open(&world.services, &world.agent, open)
            .await
            .unwrap()
            .id,
        task.id
    );
    world.append(&task, 0, b"done\n").await.unwrap();
    let finished = world.finish(&task, 3).await;
    assert_eq!(world.finish(&task, 3).await.log_sha256, finished.log_sha256);
    assert_eq!(finished.state, TaskState::Failed);
    let other = FinishTask {
        id: task.id,
        exit_code: 0,
        log_length: None,
        finished_at: None,
    };
    let refused = tasks::finish(&world.services, &world.agent, &other).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    let actions = world.actions().await;
    let actions: Vec<_> = actions
        .iter()
        .map(|(_, action, status)| (action.as_str(), status.as_str()))
        .collect();
    assert_eq!(
        actions,
        [
            ("agent.registered", "success"),
            ("task.opened", "success"),
            ("task.finished", "failure")
        ]
    );
    let (details,): (serde_json::Value,) =
        sqlx::query_as("select details from logs where action = 'task.finished'")
            .fetch_one(world.services.store.pool())
            .await
            .unwrap();
    assert_eq!(details["log_length"], 5);
    assert_eq!(details["log_sha256"], hexadecimal(b"done\n"));
}

#[tokio::test]
async fn a_chunk_sent_twice_is_stored_once_and_a_gap_names_the_length() {
    let world = World::new().await;
    let task = world.open().await;
    assert_eq!(stored(world.append(&task, 0, b"abc\n").await.unwrap()), 4);
    assert_eq!(stored(world.append(&task, 0, b"abc\n").await.unwrap()), 4);
    // The tail of a retried chunk that grew.
    assert_eq!(
        stored(world.append(&task, 2, b"c\ndef\n").await.unwrap()),
        8
    );
    let gap = world.append(&task, 9, b"x").await.unwrap();
    assert!(matches!(gap, AppendOutcome::Gap(appended) if appended.length == 8));
    let (bytes, _) = task_logs::bytes(&world.services, &world.reader, task.id, 0..99)
        .await
        .unwrap();
    assert_eq!(bytes, "abc\ndef\n");
    world.finish(&task, 0).await;
    assert_eq!(stored(world.append(&task, 4, b"def\n").await.unwrap()), 8);
    assert!(matches!(
        world.append(&task, 8, b"more").await,
        Err(Error::Conflict(_))
    ));
}

#[tokio::test]
async fn nobody_else_writes_to_a_task() {
    let world = World::new().await;
    let task = world.open().await;
    let mut stranger = worker();
    stranger.actor.id = "stranger".to_owned();
    let refused = task_logs::append(&world.services, &stranger, task.id, 0, b"x").await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
    let refused = task_logs::append(&world.services, &world.reader, task.id, 0, b"x").await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
}

#[tokio::test]
async fn opening_a_log_is_one_event_a_reader_and_an_auditor_is_refused() {
    let world = World::new().await;
    let task = world.open().await;
    for _ in 0..3 {
        world.window(&task, LogPlace::End, 10).await;
    }
    let auditor = person(Role::SecurityAuditor);
    let refused = task_logs::window(&world.services, &auditor, task.id, LogPlace::End, 10).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    let actions = world.actions().await;
    let views = actions
        .iter()
        .filter(|(_, action, _)| action == "log.view")
        .count();
    let denials = actions
        .iter()
        .filter(|(_, action, _)| action == "access.denied")
        .count();
    assert_eq!((views, denials), (1, 1));
}

#[tokio::test]
async fn a_log_reads_the_same_as_chunks_as_parts_and_as_an_object() {
    let world = World::new().await;
    let task = world.open().await;
    let log = numbered(1..300_001);
    world.write(&task, &log, 250_000).await;
    check_windows(&world, &task).await;
    task_logs::move_parts(&world.services).await.unwrap();
    let parts: i64 = count(&world, "select count(*) from task_parts").await;
    assert!(parts > 0);
    check_windows(&world, &task).await;
    let more = numbered(300_001..300_011);
    world.append(&task, log.len() as u64, &more).await.unwrap();
    let end = world.window(&task, LogPlace::End, 1).await;
    assert_eq!(texts(&end), [(300_010, "line 300010 of the log")]);
    let finished = world.finish(&task, 0).await;
    task_logs::move_parts(&world.services).await.unwrap();
    assert_eq!(count(&world, "select count(*) from task_parts").await, 0);
    assert_eq!(count(&world, "select count(*) from task_chunks").await, 0);
    check_windows(&world, &task).await;
    let whole = [log, more].concat();
    assert_eq!(finished.log_sha256, Some(hexadecimal(&whole)));
    let task = tasks::view(&world.services, &world.reader, task.id)
        .await
        .unwrap();
    let object = world
        .store
        .folder
        .path()
        .join("logs")
        .join(task.log_object.unwrap());
    assert_eq!(std::fs::read(object).unwrap(), whole);
    let (_, stream) = task_logs::download(&world.services, &world.reader, task.id)
        .await
        .unwrap();
    let steps: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert_eq!(steps.concat(), whole);
    let kept = world
        .store
        .folder
        .path()
        .join("logs/tasks")
        .join(task.id.to_string());
    assert!(!kept.exists() || std::fs::read_dir(kept).unwrap().next().is_none());
}

async fn check_windows(world: &World, task: &Task) {
    for line in [1_u64, 2, 2_999, 65_537, 200_000, 299_999] {
        let window = world.window(task, LogPlace::From(line), 2).await;
        let text = |line| format!("line {line} of the log");
        assert_eq!(
            texts(&window),
            [
                (line, text(line).as_str()),
                (line + 1, text(line + 1).as_str())
            ]
        );
        let window = world.window(task, LogPlace::Before(line + 1), 1).await;
        assert_eq!(texts(&window), [(line, text(line).as_str())]);
        let byte = numbered(1..line).len() as u64 + 3;
        let window = world.window(task, LogPlace::Byte(byte), 1).await;
        assert_eq!(texts(&window), [(line, text(line).as_str())]);
    }
    let found = task_logs::search(&world.services, &world.reader, task.id, "LINE 299999 of")
        .await
        .unwrap();
    assert_eq!((found.total, found.matches[0].line), (1, 299_999));
}

#[tokio::test]
async fn windows_stay_bounded_whatever_the_lines_are() {
    let world = World::new().await;
    let task = world.open().await;
    let mut log = vec![b'x'; 3 * 1024 * 1024];
    log.extend_from_slice(b"\r\nshort\n\nopen");
    world.write(&task, &log, 700_000).await;
    for _ in 0..2 {
        let end = world.window(&task, LogPlace::End, 3).await;
        assert_eq!(texts(&end), [(2, "short"), (3, ""), (4, "open")]);
        assert!(end.open_end);
        assert_eq!(end.next(), 4);
        let first = world.window(&task, LogPlace::From(1), 10).await;
        assert_eq!(first.lines.len(), 1);
        assert!(first.lines[0].cut && first.lines[0].text.len() as u64 <= WINDOW_BYTES);
        let before = world.window(&task, LogPlace::Before(2), 10).await;
        assert_eq!(
            (before.lines.len(), before.first(), before.lines[0].cut),
            (1, Some(1), true)
        );
        assert!(
            world
                .window(&task, LogPlace::From(5), 10)
                .await
                .lines
                .is_empty()
        );
        task_logs::move_parts(&world.services).await.unwrap();
    }
    world.finish(&task, 0).await;
    task_logs::move_parts(&world.services).await.unwrap();
    let end = world.window(&task, LogPlace::End, 3).await;
    assert_eq!(texts(&end), [(2, "short"), (3, ""), (4, "open")]);
}

#[tokio::test]
async fn an_empty_log_is_an_empty_object() {
    let world = World::new().await;
    let task = world.open().await;
    world.finish(&task, 0).await;
    task_logs::move_parts(&world.services).await.unwrap();
    let window = world.window(&task, LogPlace::End, 10).await;
    assert_eq!(
        (window.lines.len(), window.total_lines, window.length),
        (0, 0, 0)
    );
    assert!(
        world
            .window(&task, LogPlace::Byte(7), 10)
            .await
            .lines
            .is_empty()
    );
}

#[tokio::test]
async fn a_large_log_opens_anywhere_with_few_requests() {
    let mut database = TestStore::new().await.unwrap();
    let counter = Arc::new(Counter::default());
    let inner = database.store.objects.logs.clone();
    database.store.objects.logs = Arc::new(Counting {
        inner,
        counter: counter.clone(),
    });
    let world = World::on(database);
    let task = world.open().await;
    // As many blocks as make a difference; the requests do not depend on the length.
    let log = numbered(1..1_000_001);
    world.write(&task, &log, 1024 * 1024).await;
    world.finish(&task, 0).await;
    task_logs::move_parts(&world.services).await.unwrap();
    let cases = [
        // One of them is the index, for the times of receipt.
        (LogPlace::End, 2),
        (LogPlace::From(1), 2),
        (LogPlace::From(777_777), 2),
        (LogPlace::Before(777_777), 3),
        (LogPlace::Byte(log.len() as u64 / 2), 3),
    ];
    for (place, requests) in cases {
        counter.reset();
        let window = world.window(&task, place, 500).await;
        assert_eq!(window.lines.len(), 500, "{place:?}");
        let ranges = counter.ranges.lock().unwrap().clone();
        assert_eq!(ranges.len(), requests, "{place:?}: {ranges:?}");
        assert!(
            counter.bytes.load(Ordering::SeqCst) <= 4 * 1024 * 1024,
            "{place:?}: {ranges:?}"
        );
    }
}

#[tokio::test]
async fn a_follower_sees_lines_as_they_come_and_the_end() {
    let world = World::new().await;
    let task = world.open().await;
    world.append(&task, 0, b"one\ntw").await.unwrap();
    let follow = task_logs::follow(&world.services, &world.reader, task.id, Some(1))
        .await
        .unwrap();
    let mut follow = Box::pin(follow);
    let window = follow.next().await.unwrap().unwrap();
    assert_eq!(texts(&window), [(1, "one"), (2, "tw")]);
    world.append(&task, 6, b"o\nthree\n").await.unwrap();
    let window = follow.next().await.unwrap().unwrap();
    assert_eq!(texts(&window), [(2, "two"), (3, "three")]);
    world.finish(&task, 0).await;
    let window = follow.next().await.unwrap().unwrap();
    assert_eq!(window.state, TaskState::Succeeded);
    assert!(follow.next().await.is_none());
}

#[tokio::test]
async fn tasks_are_listed_by_pack_source_and_outcome_in_pages() {
    let world = World::new().await;
    let agent = world.register("etl-1").await;
    for number in 0..60 {
        let open = OpenTask {
            agent: agent.id,
            name: format!("task {number}"),
            pack: Some(if number % 2 == 0 { "billing" } else { "users" }.to_owned()),
            data_source: Some("warehouse".to_owned()),
            ..OpenTask::default()
        };
        tasks::open(&world.services, &world.agent, open)
            .await
            .unwrap();
    }
    let all = tasks::list(&world.services, &world.reader, &TaskFilter::default())
        .await
        .unwrap();
    assert_eq!(all.tasks.len(), 50);
    assert_eq!(all.packs, ["billing", "users"]);
    assert_eq!(all.data_sources, ["warehouse"]);
    let rest = TaskFilter {
        after: all.older,
        ..TaskFilter::default()
    };
    let rest = tasks::list(&world.services, &world.reader, &rest)
        .await
        .unwrap();
    assert_eq!((rest.tasks.len(), rest.older), (10, None));
    let billing = TaskFilter {
        pack: Some("billing".to_owned()),
        ..TaskFilter::default()
    };
    let billing = tasks::list(&world.services, &world.reader, &billing)
        .await
        .unwrap();
    assert_eq!(billing.tasks.len(), 30);
    let summaries = agents::list(&world.services, &world.reader).await.unwrap();
    assert_eq!((summaries[0].running, summaries[0].recent.len()), (60, 12));
}

async fn count(world: &World, query: &'static str) -> i64 {
    sqlx::query_scalar(query)
        .fetch_one(world.services.store.pool())
        .await
        .unwrap()
}

fn hexadecimal(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}
