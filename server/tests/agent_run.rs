//! `auditorium agent run`, against a server that comes and goes.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusBuilder;
use model::permission::Permission;
use model::task::{Task, TaskFilter, TaskState};
use model::token::NewToken;
use server::http::{AppState, router};
use service::{Caller, Services, Settings};
use store::bootstrap::APP;
use store::{Objects, Store};
use tempfile::TempDir;
use testing::TestStore;
use tokio::runtime::Runtime;

/// A server in a runtime of its own, so that stopping it breaks every connection.
struct Server {
    runtime: Option<Runtime>,
    port: u16,
}

impl Server {
    fn start(database: &TestStore, port: u16) -> Self {
        let options = database.options.clone().username(APP);
        let folder = database.folder.path().to_owned();
        let start = move || {
            let runtime = Runtime::new().unwrap();
            let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
            let port = listener.local_addr().unwrap().port();
            runtime.block_on(async {
                let objects = Objects::files(&folder).unwrap();
                let store = Store::open(options, 4, objects).await.unwrap();
                serve(Services::new(store, settings()), listener);
            });
            Self {
                runtime: Some(runtime),
                port,
            }
        };
        // A runtime cannot be driven from within another.
        std::thread::scope(|scope| scope.spawn(start).join().unwrap())
    }

    fn stop(mut self) -> u16 {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn serve(services: Services, listener: TcpListener) {
    let state = AppState {
        services,
        leptos: LeptosOptions::builder()
            .output_name("auditorium")
            .site_root("target/site")
            .build(),
        trusted_proxies: Arc::default(),
        https: false,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        rates: server::http::rates::Rates::default(),
        body_bytes: 32 << 20,
        stop: tokio_util::sync::CancellationToken::new(),
    };
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
}

fn settings() -> Settings {
    Settings {
        environment: "development".to_owned(),
        public_url: String::new(),
        session_hours: 8,
        token_days: 90,
    }
}

/// A database, a token for an agent, and a folder for its state.
struct World {
    database: TestStore,
    services: Services,
    token: String,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let database = TestStore::new().await.unwrap();
        let services = Services::new(database.store.clone(), settings());
        let scopes = vec![Permission::TasksWrite];
        let new = NewToken {
            name: "agent".to_owned(),
            scopes,
            days: None,
            for_service: true,
        };
        let token = service::tokens::create(&services, &Caller::system("test"), new)
            .await
            .unwrap();
        Self {
            database,
            services,
            token: token.secret,
            folder: TempDir::new().unwrap(),
        }
    }

    fn agent(&self, port: u16, script: &str) -> Command {
        agent(self.folder.path(), &self.token, port, "60", script)
    }

    async fn tasks(&self) -> Vec<Task> {
        self.services
            .store
            .tasks(&TaskFilter::default(), 100)
            .await
            .unwrap()
    }

    async fn log(&self, task: &Task) -> String {
        let mut reader = self
            .services
            .store
            .log_reader(task.id)
            .await
            .unwrap()
            .unwrap();
        String::from_utf8(reader.read(0..u64::MAX).await.unwrap().to_vec()).unwrap()
    }
}

fn agent(folder: &Path, token: &str, port: u16, wait: &str, script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditorium"));
    command
        .args([
            "agent", "run", "--name", "etl-1", "--pack", "billing", "--wait", wait,
        ])
        .arg("--state-dir")
        .arg(folder)
        .args(["--", "sh", "-c", script])
        .env("AUDITORIUM_URL", format!("http://127.0.0.1:{port}"))
        .env("AUDITORIUM_TOKEN", token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

async fn finished(child: Child) -> Output {
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_becomes_a_task_with_its_output_and_its_exit_code() {
    let world = World::new().await;
    let server = Server::start(&world.database, 0);
    let done = output(world.agent(
        server.port,
        "echo out; echo err >&2; echo out again; exit 3",
    ))
    .await;
    assert_eq!(
        done.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "out\nerr\nout again\n"
    );
    let tasks = world.tasks().await;
    let task = tasks.first().unwrap();
    assert_eq!((task.state, task.exit_code), (TaskState::Failed, Some(3)));
    assert_eq!(
        (task.agent_name.as_str(), task.pack.as_deref()),
        ("etl-1", Some("billing"))
    );
    assert_eq!(world.log(task).await, "out\nerr\nout again\n");
    let left = std::fs::read_dir(world.folder.path().join("agents"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "the spool is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_the_server_is_away_arrives_when_it_is_back() {
    let world = World::new().await;
    let server = Server::start(&world.database, 0);
    let script = "echo one; read -r go; seq 1 200000; echo last";
    let mut child = world.agent(server.port, script).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    let port = server.stop();
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    // The command does not wait for the server.
    assert!(
        lines
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .any(|line| line == "last")
    );
    let _server = Server::start(&world.database, port);
    let done = finished(child).await;
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let tasks = world.tasks().await;
    let task = tasks.first().unwrap();
    assert_eq!(task.state, TaskState::Succeeded);
    let log = world.log(task).await;
    assert_eq!(log.len() as u64, task.log_length);
    assert!(log.starts_with("one\n1\n2\n") && log.ends_with("200000\nlast\n"));
    assert_eq!(log.lines().count(), 200_002);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_sends_what_an_earlier_one_could_not() {
    let world = World::new().await;
    let port = Server::start(&world.database, 0).stop();
    let hasty = agent(
        world.folder.path(),
        &world.token,
        port,
        "0",
        "echo alone; exit 4",
    );
    let done = output(hasty).await;
    assert_eq!(done.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&done.stderr).contains("the next run sends it"));
    assert!(world.tasks().await.is_empty());
    let _server = Server::start(&world.database, port);
    let done = output(world.agent(port, "echo together")).await;
    assert_eq!(
        done.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let tasks = world.tasks().await;
    assert_eq!(tasks.len(), 2);
    let alone = tasks.iter().find(|task| task.exit_code == Some(4)).unwrap();
    assert_eq!(world.log(alone).await, "alone\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_reaches_the_command() {
    let world = World::new().await;
    let server = Server::start(&world.database, 0);
    let script = "trap 'kill $!; echo caught; exit 7' INT; sleep 600 & echo ready; wait";
    let mut child = world.agent(server.port, script).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let id = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let done = finished(child).await;
    assert_eq!(
        done.status.code(),
        Some(7),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let tasks = world.tasks().await;
    assert_eq!(world.log(tasks.first().unwrap()).await, "ready\ncaught\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_stops_the_run_before_the_command() {
    let world = World::new().await;
    let server = Server::start(&world.database, 0);
    let marker = world.folder.path().join("ran");
    let script = format!("touch {}", marker.display());
    let done = output(agent(
        world.folder.path(),
        "aud_unknown",
        server.port,
        "60",
        &script,
    ))
    .await;
    assert_eq!(done.status.code(), Some(1));
    assert!(!marker.exists());
}
