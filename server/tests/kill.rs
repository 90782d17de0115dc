//! The process is killed while clients record: every event that it acknowledged is there after
//! the next start, and none is there twice.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use server::client::{Client, accepted};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

/// Acknowledged events after which the process is killed.
const ENOUGH: usize = 400;
const CLIENTS: usize = 8;

/// Starts the real program on embedded defaults and waits until it says where it serves.
async fn start(data_dir: &Path) -> (Child, Client) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_auditorium"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data_dir)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    loop {
        let Some(line) = lines.next_line().await.unwrap() else {
            panic!("the server ended at its start: {said}");
        };
        said.push_str(&line);
        // The address for commands is written before this line.
        if line.contains("Sign in:") {
            break;
        }
    }
    // Whatever else it writes must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, Client::find(data_dir).unwrap())
}

/// Sends one event after the other until the server is gone; keeps the ids it acknowledged.
async fn record_until_gone(
    client: Client,
    acknowledged: Arc<Mutex<Vec<Uuid>>>,
    enough: Arc<AtomicBool>,
) {
    loop {
        let id = Uuid::now_v7();
        let event = json!({ "id": id, "action": "load.sent" });
        let Ok(response) = client.post("/api/v1/events").json(&event).send().await else {
            return;
        };
        if accepted(response).await.is_err() {
            return;
        }
        let mut ids = acknowledged.lock().unwrap();
        ids.push(id);
        enough.store(ids.len() >= ENOUGH, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_no_acknowledged_event() {
    let folder = TempDir::new().unwrap();
    let (mut server, client) = start(folder.path()).await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let enough = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            tokio::spawn(record_until_gone(
                client.clone(),
                Arc::clone(&acknowledged),
                Arc::clone(&enough),
            ))
        })
        .collect();
    while !enough.load(Ordering::Relaxed) {
        tokio::task::yield_now().await;
    }
    server.kill().await.unwrap();
    for client in clients {
        client.await.unwrap();
    }
    let ids = acknowledged.lock().unwrap().clone();
    assert!(ids.len() >= ENOUGH);

    let (mut server, client) = start(folder.path()).await;
    let response = client
        .get("/api/v1/events/export?format=ndjson&q=action:load.sent")
        .send()
        .await
        .unwrap();
    let text = accepted(response).await.unwrap().text().await.unwrap();
    let mut found: Vec<Uuid> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    let recorded = found.len();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), recorded, "an event is there twice");
    for id in &ids {
        assert!(
            found.binary_search(id).is_ok(),
            "{id} was acknowledged and is lost"
        );
    }
    interrupt(&server);
    assert!(server.wait().await.unwrap().success());
}

/// Stops it in order, so that its Postgres ends before the folder goes.
fn interrupt(server: &Child) {
    let pid = server
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw)
        .unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}
