//! Task logs and exports in a real S3 service: SeaweedFS, started for the test with one key.
//!
//! Skipped where `weed` is neither on the path nor in `target/python`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt as _;
use http::{Method, StatusCode};
use model::agent::RegisterAgent;
use model::event::NewEvent;
use model::export::{ExportFormat, NewExport};
use model::permission::Permission;
use model::task::{FinishTask, OpenTask, Task};
use object_store::ObjectStore;
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use reqwest::Client;
use secrecy::SecretString;
use service::exports::{background, worker};
use service::task_logs::{self, AppendOutcome};
use service::{Caller, Credential, Services, Settings, agents, own_event, tasks};
use sha2::{Digest as _, Sha256};
use store::Objects;
use store::objects::S3;
use tempfile::TempDir;
use testing::TestStore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const KEY: &str = "auditorium";
const SECRET: &str = "a-secret-of-this-test-alone";
const REGION: &str = "us-east-1";

/// What runs in the one process.
const SERVERS: [&str; 4] = ["s3", "master", "volume", "filer"];

/// The test asks for readiness this often, so many times: a minute in all.
const POLL: Duration = Duration::from_millis(250);
const POLLS: u32 = 240;

/// SeaweedFS on free loopback ports, ended with its folder.
struct Weed {
    child: Child,
    ports: [u16; 8],
    endpoint: String,
    client: Client,
    folder: TempDir,
}

impl Weed {
    /// Starts the server and waits until it answers a signed request.
    async fn start(program: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        let ports = free_ports();
        let [port, ..] = ports;
        let child = command(program, folder.path(), &ports).spawn().unwrap();
        let weed = Self {
            child,
            ports,
            endpoint: format!("http://127.0.0.1:{port}"),
            client: Client::builder().no_proxy().build().unwrap(),
            folder,
        };
        for _ in 0..POLLS {
            let answer = weed.signed(Method::GET, "/").await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return weed;
            }
            tokio::time::sleep(POLL).await;
        }
        let log = std::fs::read_to_string(weed.folder.path().join("weed.log")).unwrap();
        panic!("SeaweedFS did not become ready:\n{log}");
    }

    /// Sends a request without a body, signed with the key.
    async fn signed(&self, method: Method, path: &str) -> reqwest::Result<reqwest::Response> {
        let credential = AwsCredential {
            key_id: KEY.to_owned(),
            secret_key: SECRET.to_owned(),
            token: None,
        };
        let url = self.url(path);
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = method.clone();
        *request.uri_mut() = url.parse().unwrap();
        AwsAuthorizer::new(&credential, "s3", REGION)
            .try_authorize(&mut request, None)
            .unwrap();
        let headers = request.headers().clone();
        self.client
            .request(method, url)
            .headers(headers)
            .send()
            .await
    }

    async fn create_bucket(&self, name: &str) {
        let answer = self.signed(Method::PUT, &format!("/{name}")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "bucket {name}");
    }

    fn objects(&self) -> Objects {
        Objects::s3(&S3 {
            endpoint: Some(self.endpoint.clone()),
            region: REGION.to_owned(),
            key: Some((KEY.to_owned(), SecretString::from(SECRET))),
            bucket_prefix: String::new(),
        })
        .unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.endpoint)
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        // Asked politely it takes half a minute, and nothing of it is kept.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The only files that it puts elsewhere, at names that no option changes.
        for (name, port) in SERVERS.iter().zip(&self.ports[SERVERS.len()..]) {
            let _ = std::fs::remove_file(format!("/tmp/seaweedfs-{name}-grpc-{port}.sock"));
        }
    }
}

/// `weed` on the path, or where `scripts/prepare` installs it.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin");
    std::env::split_paths(&path)
        .chain([installed])
        .map(|folder| folder.join("weed"))
        .find(|program| program.is_file())
}

/// A port for each of the servers, then one for the RPC of each.
fn free_ports() -> [u16; 8] {
    // All are held until all are known, so that none is given twice.
    let listeners = [(); 8].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn command(program: &Path, folder: &Path, ports: &[u16; 8]) -> Command {
    let identities = serde_json::json!({ "identities": [{
        "name": "app",
        "credentials": [{ "accessKey": KEY, "secretKey": SECRET }],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }] });
    let config = folder.join("s3.json");
    std::fs::write(&config, identities.to_string()).unwrap();
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    let log = File::create(folder.join("weed.log")).unwrap();
    let mut command = Command::new(program);
    command
        .args(["-logtostderr", "server", "-filer", "-s3"])
        .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1"])
        .args(["-master.telemetry=false", "-master.volumeSizeLimitMB=1024"])
        .args(["-volume.max=0", "-s3.port.iceberg=0", "-s3.port.lance=0"])
        .arg(format!("-dir={}", data.display()))
        .arg(format!("-s3.config={}", config.display()));
    for (name, port) in SERVERS.iter().zip(ports) {
        command.arg(format!("-{name}.port={port}"));
    }
    for (name, port) in SERVERS.iter().zip(&ports[SERVERS.len()..]) {
        command.arg(format!("-{name}.port.grpc={port}"));
    }
    for name in ["s3", "filer"] {
        let socket = folder.join(format!("{name}.sock"));
        command.arg(format!("-{name}.localSocket={}", socket.display()));
    }
    // It reads settings of its own from the folder where it runs and from the home folder.
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env("WEED_S3_SSE_KEK", "5a".repeat(32))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log);
    command
}

/// An agent at work on a store whose objects are in S3.
struct Work {
    services: Services,
    caller: Caller,
    /// Keeps the database's folder.
    _database: TestStore,
}

impl Work {
    async fn new(objects: Objects) -> Self {
        let mut database = TestStore::new().await.unwrap();
        database.store.objects = objects;
        let settings = Settings {
            environment: "development".to_owned(),
            public_url: String::new(),
            session_hours: 8,
            token_days: 90,
        };
        let mut caller = Caller::system("worker");
        caller.credential = Credential::Token {
            id: Uuid::now_v7(),
            scopes: vec![Permission::TasksWrite],
        };
        Self {
            services: Services::new(database.store.clone(), settings),
            caller,
            _database: database,
        }
    }

    async fn open(&self) -> Task {
        let agent = RegisterAgent {
            name: "etl-1".to_owned(),
            ..RegisterAgent::default()
        };
        let agent = agents::register(&self.services, &self.caller, &agent)
            .await
            .unwrap();
        let task = OpenTask {
            agent: agent.id,
            name: "load".to_owned(),
            ..OpenTask::default()
        };
        tasks::open(&self.services, &self.caller, task)
            .await
            .unwrap()
    }

    async fn append(&self, task: &Task, start: usize, bytes: &[u8]) {
        let mut offset = start as u64;
        for chunk in bytes.chunks(1_000_000) {
            let outcome = task_logs::append(&self.services, &self.caller, task.id, offset, chunk)
                .await
                .unwrap();
            assert!(matches!(outcome, AppendOutcome::Stored(_)), "{outcome:?}");
            offset += chunk.len() as u64;
        }
    }

    async fn move_parts(&self) {
        task_logs::move_parts(&self.services).await.unwrap();
    }

    async fn finish(&self, task: &Task) {
        let finish = FinishTask {
            id: task.id,
            exit_code: 0,
            log_length: None,
            finished_at: None,
        };
        tasks::finish(&self.services, &self.caller, &finish)
            .await
            .unwrap();
    }
}

async fn names(bucket: &dyn ObjectStore) -> Vec<String> {
    let objects: Vec<_> = bucket.list(None).try_collect().await.unwrap();
    let mut names: Vec<_> = objects
        .into_iter()
        .map(|object| object.location.to_string())
        .collect();
    names.sort_unstable();
    names
}

/// More bytes than one request of an upload takes.
fn log() -> Vec<u8> {
    (1..400_001)
        .flat_map(|line: u32| format!("line {line} of the log\n").into_bytes())
        .collect()
}

fn digest(bytes: &Bytes) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

#[tokio::test]
async fn a_finished_log_is_one_plain_object_that_nobody_reads_without_a_key() {
    let Some(program) = program() else {
        eprintln!("Skipped: there is no `weed`, the S3 server of this test.");
        return;
    };
    let weed = Weed::start(&program).await;
    weed.create_bucket("logs").await;
    weed.create_bucket("exports").await;
    let objects = weed.objects();
    let work = Work::new(objects.clone()).await;

    let task = work.open().await;
    let log = log();
    assert!(log.len() > 8 * 1024 * 1024);
    let (first, rest) = log.split_at(log.len() / 2);
    work.append(&task, 0, first).await;
    work.move_parts().await;
    assert!(!names(&*objects.logs).await.is_empty(), "parts are moved");
    work.append(&task, first.len(), rest).await;
    work.finish(&task).await;
    work.move_parts().await;

    let task = work.services.store.task(task.id).await.unwrap().unwrap();
    let object = task.log_object.unwrap();
    let index = object.replace(".log", ".idx");
    assert_eq!(names(&*objects.logs).await, [index, object.clone()]);
    assert!(names(&*objects.exports).await.is_empty());

    let path = format!("/logs/{object}");
    let answer = weed.signed(Method::GET, &path).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes == log, "{} of {} bytes", bytes.len(), log.len());
    assert_eq!(task.log_sha256, Some(digest(&bytes)));

    let answer = weed.client.get(weed.url(&path)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_export_in_the_background_goes_in_parts_and_goes_away_after_its_term() {
    let Some(program) = program() else {
        eprintln!("Skipped: there is no `weed`, the S3 server of this test.");
        return;
    };
    let weed = Weed::start(&program).await;
    weed.create_bucket("logs").await;
    weed.create_bucket("exports").await;
    let objects = weed.objects();
    let work = Work::new(objects.clone()).await;
    let services = &work.services;
    let caller = Caller::system("test");

    // More than one part of an upload holds.
    let now = services.now();
    let details = serde_json::json!("x".repeat(5_000));
    let events = (0..2_500)
        .map(|_| NewEvent::new("thing.made").with_details(details.clone()))
        .map(|event| own_event::prepare(&caller, event, now))
        .collect();
    services.store.recorder().record(events, now).await.unwrap();
    let new = NewExport {
        query: "action:thing.made".to_owned(),
        ids: Vec::new(),
        format: ExportFormat::Ndjson,
        columns: Vec::new(),
        gzip: false,
        reason: String::new(),
    };
    let asked = background::create(services, &caller, new).await.unwrap();
    let stop = CancellationToken::new();
    worker::run(services, &stop).await.unwrap();

    let object = names(&*objects.exports).await.remove(0);
    let path = format!("/exports/{object}");
    let answer = weed.signed(Method::GET, &path).await.unwrap();
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.len() > 8 << 20);
    let export = background::read(services, &caller, asked.id).await.unwrap();
    assert_eq!((export.rows, export.sha256), (2_500, Some(digest(&bytes))));
    let answer = weed.client.get(weed.url(&path)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);

    let taken = background::download(services, &caller, asked.id)
        .await
        .unwrap();
    let parts: Vec<Bytes> = taken.bytes.try_collect().await.unwrap();
    assert!(parts.concat() == bytes, "the download is the object");

    let after = now + chrono::TimeDelta::days(8);
    worker::sweep(services, after).await.unwrap();
    assert!(names(&*objects.exports).await.is_empty());
}
