//! Tasks whose agents fell silent: closed with what was received, and resumed when they return.

use super::*;

impl World {
    /// Nothing was heard for an hour.
    async fn lose(&self) {
        let mut database = self.store.connect_as_superuser().await.unwrap();
        sqlx::query("update tasks set last_seen_at = last_seen_at - interval '1 hour'")
            .execute(&mut database)
            .await
            .unwrap();
        tasks::mark_lost(&self.services).await.unwrap();
    }

    async fn task(&self, task: &Task) -> Task {
        tasks::view(&self.services, &self.reader, task.id)
            .await
            .unwrap()
    }

    async fn details(&self, action: &'static str) -> Vec<serde_json::Value> {
        sqlx::query_scalar("select details from logs where action = $1 order by seq")
            .bind(action)
            .fetch_all(self.services.store.pool())
            .await
            .unwrap()
    }

    fn object(&self, task: &Task) -> Vec<u8> {
        let folder = self.store.folder.path().join("logs");
        std::fs::read(folder.join(task.log_object.as_ref().unwrap())).unwrap()
    }
}

#[tokio::test]
async fn the_log_of_a_lost_task_is_one_object_of_what_was_received() {
    let world = World::new().await;
    let task = world.open().await;
    let log = numbered(1..200_001);
    world.write(&task, &log, 300_000).await;
    task_logs::move_parts(&world.services).await.unwrap();
    world.lose().await;
    task_logs::move_parts(&world.services).await.unwrap();
    let lost = world.task(&task).await;
    assert_eq!(lost.state, TaskState::Lost);
    assert_eq!(world.object(&lost), log);
    let details = world.details("task.lost").await;
    assert_eq!(details[0]["log_length"], log.len());
    assert_eq!(details[0]["log_sha256"], hexadecimal(&log));
    assert_eq!(count(&world, "select count(*) from task_chunks").await, 0);
    assert_eq!(count(&world, "select count(*) from task_parts").await, 0);
    let window = world.window(&task, LogPlace::From(150_000), 1).await;
    assert_eq!(texts(&window), [(150_000, "line 150000 of the log")]);
    // Lost is lost once.
    tasks::mark_lost(&world.services).await.unwrap();
    assert_eq!(world.details("task.lost").await.len(), 1);
}

#[tokio::test]
async fn a_lost_task_whose_agent_comes_back_goes_on_and_ends_as_one_log() {
    let world = World::new().await;
    let task = world.open().await;
    // Short and long: less than a block, and many.
    for lines in [10, 200_000] {
        let length = world.task(&task).await.log_length;
        let log = numbered(1..lines);
        let known = usize::try_from(length).unwrap();
        assert!(known < log.len());
        world.append_all(&task, length, &log[known..]).await;
        world.lose().await;
        task_logs::move_parts(&world.services).await.unwrap();
        assert_eq!(world.object(&world.task(&task).await), log);
    }
    let before = world.task(&task).await.log_length;
    let log = numbered(1..400_001);
    let known = usize::try_from(before).unwrap();
    world.append_all(&task, before, &log[known..]).await;
    assert_eq!(world.task(&task).await.state, TaskState::Running);
    for _ in 0..2 {
        for line in [1, 9, 10, 199_999, 200_000, 399_999] {
            let window = world.window(&task, LogPlace::From(line), 1).await;
            let text = format!("line {line} of the log");
            assert_eq!(texts(&window), [(line, text.as_str())]);
            assert!(window.lines[0].received_at.is_some());
        }
        task_logs::move_parts(&world.services).await.unwrap();
    }
    let finished = world.finish(&task, 0).await;
    assert_eq!(finished.log_sha256, Some(hexadecimal(&log)));
    task_logs::move_parts(&world.services).await.unwrap();
    assert_eq!(world.object(&world.task(&task).await), log);
    assert_eq!(count(&world, "select count(*) from task_parts").await, 0);
    let resumed = world.details("task.resumed").await;
    assert_eq!(resumed.len(), 2);
    assert_eq!(resumed[1]["log_length"], before);
}

impl World {
    async fn append_all(&self, task: &Task, mut offset: u64, bytes: &[u8]) {
        for chunk in bytes.chunks(700_000) {
            offset = stored(self.append(task, offset, chunk).await.unwrap());
        }
    }
}

#[tokio::test]
async fn a_sign_of_life_resumes_a_lost_task() {
    let world = World::new().await;
    let task = world.open().await;
    world.append(&task, 0, b"one\n").await.unwrap();
    world.lose().await;
    task_logs::move_parts(&world.services).await.unwrap();
    let heartbeat = Heartbeat {
        agent: task.agent_id,
        tasks: vec![task.id],
    };
    for _ in 0..2 {
        agents::heartbeat(&world.services, &world.agent, &heartbeat)
            .await
            .unwrap();
    }
    let found = world.task(&task).await;
    assert_eq!((found.state, found.log_sha256), (TaskState::Running, None));
    let actions = world.actions().await;
    let last: Vec<_> = actions.iter().rev().take(2).map(|at| &at.1).collect();
    assert_eq!(last, ["task.resumed", "task.lost"]);
}

#[tokio::test]
async fn a_lost_task_that_only_its_end_was_missing_of_keeps_its_object() {
    let world = World::new().await;
    let task = world.open().await;
    world.append(&task, 0, b"one\n").await.unwrap();
    world.lose().await;
    task_logs::move_parts(&world.services).await.unwrap();
    // Repeating what is known resumes nothing.
    assert_eq!(stored(world.append(&task, 0, b"one\n").await.unwrap()), 4);
    let finished = world.finish(&task, 0).await;
    assert_eq!(finished.state, TaskState::Succeeded);
    let finished = world.task(&task).await;
    assert_eq!(world.object(&finished), b"one\n");
    assert_eq!(finished.log_sha256, Some(hexadecimal(b"one\n")));
    assert_eq!(world.details("task.finished").await[0]["was_lost"], true);
    assert!(matches!(
        world.append(&task, 4, b"more").await,
        Err(Error::Conflict(_))
    ));
}
