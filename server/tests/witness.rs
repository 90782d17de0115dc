//! Witnesses over real HTTP: two installations that cosign each other, what a rolled back or
//! forked one meets, and the witness of another project as an oracle.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use model::event::{NewEvent, Resource};
use serde_json::json;
use server::witness::{Answer, Witness, router};
use service::trail::{Keys, Sealer, Turn, Witnesses, start};
use service::{Caller, Services, Settings};
use tempfile::TempDir;
use testing::TestStore;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use trail::Hash;
use trail::checkpoint::Checkpoint;
use trail::note::{Algorithm, Note, SigningKey};
use trail::policy::Policy;
use trail::tree::Frontier;
use trail::witness::AddCheckpoint;

struct World {
    services: Services,
    database: TestStore,
    sealer: Sealer,
    keys: TempDir,
}

impl World {
    async fn new() -> Self {
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

    async fn grow(&self, count: usize) {
        record(&self.services, count).await;
        let turn = self.sealer.turn(&self.services).await.unwrap();
        assert!(matches!(turn, Turn::Sealed(_)), "{turn:?}");
    }

    fn log_key(&self) -> String {
        self.sealer.keys().log.verifying_key().to_string()
    }
}

fn services(database: &TestStore) -> Services {
    let settings = Settings {
        environment: "development".to_owned(),
        public_url: "http://127.0.0.1:3000".to_owned(),
        session_hours: 8,
        token_days: 90,
    };
    Services::new(database.store.clone(), settings)
}

async fn record(services: &Services, count: usize) {
    let events = (0..count)
        .map(|n| {
            let event = NewEvent::new("query.execute").on(Resource::new("dataset", n.to_string()));
            let event = event.with_details(json!({ "rows": n }));
            service::own_event::prepare(&Caller::system("test"), event, services.now())
        })
        .collect();
    let recorder = services.store.recorder();
    recorder.record(events, services.now()).await.unwrap();
}

async fn note(services: &Services) -> Note {
    let stored = services.store.last_checkpoint().await.unwrap().unwrap();
    Note::parse(&stored.note).unwrap()
}

/// A witness for one log, served over HTTP; answers its policy line.
async fn serve(folder: &Path, name: &str, log_key: &str) -> String {
    let witness = Witness::open(folder, Some(name), &policy(log_key)).unwrap();
    let key = witness.verifying_key().to_string();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = router(Arc::new(witness));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("witness {name} {key} http://{address}")
}

fn policy(log_key: &str) -> Policy {
    format!("log {log_key}\nquorum none\n").parse().unwrap()
}

fn asked(line: &str) -> Witnesses {
    Witnesses::read(&format!("{line}\nquorum none\n")).unwrap()
}

#[tokio::test]
async fn two_installations_cosign_each_other() {
    let (left, right) = (World::new().await, World::new().await);
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let of_left = serve(folders[0].path(), "right", &left.log_key()).await;
    let of_right = serve(folders[1].path(), "left", &right.log_key()).await;
    for (world, line) in [(&left, of_left), (&right, of_right)] {
        let witnesses = asked(&line);
        let name = line.split(' ').nth(1).unwrap();
        let text = format!(
            "log {}\n{line}\nquorum {name}\nmax-age 60\n",
            world.log_key()
        );
        let policy: Policy = text.parse().unwrap();
        // From nothing, and twice from what was seen.
        for count in [20, 1, 300] {
            world.grow(count).await;
            let now = u64::try_from(world.services.now().timestamp()).unwrap();
            let before = note(&world.services).await;
            assert!(policy.check(&before, now).is_err(), "not yet cosigned");
            witnesses.ask(&world.services).await.unwrap();
            let trusted = policy.check(&note(&world.services).await, now).unwrap();
            assert_eq!(trusted.witnesses.len(), 1);
        }
        let status = service::trail::status(&world.services, &Caller::system("test"))
            .await
            .unwrap();
        let witness = &status.witnesses[0];
        assert_eq!((witness.name.as_str(), witness.size), (name, 322));
        assert_eq!(witness.error, None);
        assert!(witness.cosigned_at.is_some());
    }
}

#[tokio::test]
async fn a_database_that_lacks_what_a_witness_cosigned_is_not_sealed() {
    let world = World::new().await;
    let folder = TempDir::new().unwrap();
    let line = serve(folder.path(), "w", &world.log_key()).await;
    record(&world.services, 10).await;
    let dump = world.database.copy(false).await.unwrap();
    world.grow(50).await;
    asked(&line).ask(&world.services).await.unwrap();
    // Neither the chain nor the folder of the keys knows of it any more: the witness does.
    std::fs::remove_file(world.keys.path().join("last-signed")).unwrap();
    let restored = services(&dump);
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let sealer = Sealer::new(keys);
    assert!(matches!(
        sealer.turn(&restored).await.unwrap(),
        Turn::Sealed(11)
    ));
    asked(&line).ask(&restored).await.unwrap();
    record(&restored, 1).await;
    let turn = sealer.turn(&restored).await.unwrap();
    assert!(
        matches!(&turn, Turn::Refused(reason) if reason.starts_with("The witness w has cosigned 61 events, the database has 12")),
        "{turn:?}"
    );
    // A witness that is asked no longer has no say.
    restored.store.keep_only_witnesses(&[]).await.unwrap();
    let turn = sealer.turn(&restored).await.unwrap();
    assert!(matches!(turn, Turn::Sealed(_)), "{turn:?}");
}

#[tokio::test]
async fn a_fork_is_not_cosigned_and_sealing_stops() {
    let world = World::new().await;
    let folder = TempDir::new().unwrap();
    let line = serve(folder.path(), "w", &world.log_key()).await;
    record(&world.services, 10).await;
    let dump = world.database.copy(false).await.unwrap();
    world.grow(5).await;
    asked(&line).ask(&world.services).await.unwrap();
    std::fs::remove_file(world.keys.path().join("last-signed")).unwrap();
    let fork = services(&dump);
    record(&fork, 40).await;
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    let sealer = Sealer::new(keys);
    assert!(matches!(
        sealer.turn(&fork).await.unwrap(),
        Turn::Sealed(51)
    ));
    asked(&line).ask(&fork).await.unwrap();
    let signers: Vec<String> = note(&fork)
        .await
        .signatures()
        .iter()
        .map(|s| s.name.clone())
        .collect();
    assert!(!signers.contains(&"w".to_owned()), "{signers:?}");
    record(&fork, 1).await;
    let turn = sealer.turn(&fork).await.unwrap();
    assert!(
        matches!(&turn, Turn::Refused(reason) if reason.contains("knows another history of the first 16 events")),
        "{turn:?}"
    );
    // The honest one goes on.
    world.grow(1).await;
    asked(&line).ask(&world.services).await.unwrap();
    let signers = note(&world.services).await;
    assert!(signers.signatures().iter().any(|s| s.name == "w"));
}

#[tokio::test]
async fn signatures_that_come_at_once_are_all_kept() {
    let world = World::new().await;
    world.grow(3).await;
    let number = world
        .services
        .store
        .last_checkpoint()
        .await
        .unwrap()
        .unwrap()
        .number;
    let signed = note(&world.services).await;
    let mut adding = tokio::task::JoinSet::new();
    for n in 0..8_u8 {
        let key = SigningKey::from_seed(&format!("w{n}"), Algorithm::CosignatureV1, &[n + 1; 32]);
        let signature = trail::cosignature::sign(&signed, &key.unwrap(), 1).unwrap();
        let store = world.services.store.clone();
        adding.spawn(async move { store.add_signatures(number, vec![signature], None).await });
    }
    while let Some(added) = adding.join_next().await {
        added.unwrap().unwrap();
    }
    assert_eq!(note(&world.services).await.signatures().len(), 10);
}

/// A log in memory.
struct Log {
    key: SigningKey,
    tree: Frontier,
}

impl Log {
    fn new(name: &str) -> Self {
        Self {
            key: SigningKey::from_seed(name, Algorithm::Ed25519, &[3; 32]).unwrap(),
            tree: Frontier::default(),
        }
    }

    fn push(&mut self, leaf: u8) {
        self.tree.push(trail::tree::leaf_hash(&[leaf]));
    }

    fn ask(&self, old: u64, proof: Vec<Hash>) -> String {
        let checkpoint = Checkpoint {
            origin: self.key.name().to_owned(),
            size: self.tree.size(),
            root: self.tree.root(),
        };
        let mut note = checkpoint.note().unwrap();
        note.sign(&self.key).unwrap();
        AddCheckpoint { old, proof, note }.to_string()
    }
}

fn unproved(answer: &Answer) -> bool {
    matches!(answer, Answer::Unproved(_))
}

fn cosigned(answer: &Answer) -> bool {
    matches!(answer, Answer::Cosigned(_))
}

/// A log of two leaves that its witness has cosigned at both sizes.
fn watched(folder: &Path) -> (Log, Policy, Witness) {
    let mut log = Log::new("log.example");
    let known = policy(&log.key.verifying_key().to_string());
    let witness = Witness::open(folder, None, &known).unwrap();
    log.push(0);
    assert!(cosigned(&witness.add(&log.ask(0, vec![]), 100).unwrap()));
    log.push(1);
    let leaf = trail::tree::leaf_hash(&[1]);
    assert!(cosigned(
        &witness.add(&log.ask(1, vec![leaf]), 101).unwrap()
    ));
    (log, known, witness)
}

#[test]
fn a_witness_cosigns_what_follows_from_what_it_saw() {
    let folder = TempDir::new().unwrap();
    let mut log = Log::new("log.example");
    let known = policy(&log.key.verifying_key().to_string());
    let witness = Witness::open(folder.path(), None, &known).unwrap();
    let leaf = trail::tree::leaf_hash;
    log.push(0);
    assert!(unproved(
        &witness.add(&log.ask(0, vec![leaf(&[9])]), 100).unwrap()
    ));
    assert!(cosigned(&witness.add(&log.ask(0, vec![]), 100).unwrap()));
    assert_eq!(
        witness.add(&log.ask(0, vec![]), 100).unwrap(),
        Answer::Size(1)
    );
    assert!(
        cosigned(&witness.add(&log.ask(1, vec![]), 100).unwrap()),
        "again, for a new time"
    );
    assert_eq!(witness.add(&log.ask(1, vec![]), 99).unwrap(), Answer::Clock);
    log.push(1);
    assert!(unproved(
        &witness.add(&log.ask(1, vec![leaf(&[7])]), 101).unwrap()
    ));
    assert!(cosigned(
        &witness.add(&log.ask(1, vec![leaf(&[1])]), 101).unwrap()
    ));
}

#[test]
fn a_witness_refuses_forks_strangers_and_what_it_cannot_read() {
    let folder = TempDir::new().unwrap();
    let (log, _, witness) = watched(folder.path());
    let mut fork = Log::new("log.example");
    fork.push(0);
    fork.push(2);
    assert!(
        unproved(&witness.add(&fork.ask(2, vec![]), 102).unwrap()),
        "another root"
    );
    assert!(matches!(
        witness.add(&log.ask(3, vec![]), 102).unwrap(),
        Answer::Malformed(_)
    ));
    assert!(matches!(
        witness.add("old 02\n\n", 102).unwrap(),
        Answer::Malformed(_)
    ));
    let stranger = Log::new("other.example");
    assert_eq!(
        witness.add(&stranger.ask(0, vec![]), 102).unwrap(),
        Answer::Unknown
    );
    let mut thief = Log::new("log.example");
    thief.key = SigningKey::from_seed("log.example", Algorithm::Ed25519, &[4; 32]).unwrap();
    thief.push(0);
    assert_eq!(
        witness.add(&thief.ask(2, vec![]), 102).unwrap(),
        Answer::Malformed("the old size is larger than the checkpoint's".to_owned())
    );
    assert_eq!(
        witness.add(&thief.ask(1, vec![]), 102).unwrap(),
        Answer::Forbidden
    );
}

#[test]
fn a_witness_that_was_killed_keeps_key_and_memory() {
    let folder = TempDir::new().unwrap();
    let (log, known, witness) = watched(folder.path());
    assert!(
        Witness::open(folder.path(), None, &known).is_err(),
        "the folder is taken"
    );
    let key = witness.verifying_key().to_string();
    drop(witness);
    for seen in std::fs::read_dir(folder.path().join("seen")).unwrap() {
        std::fs::write(seen.unwrap().path().with_extension("new"), "torn").unwrap();
    }
    let witness = Witness::open(folder.path(), None, &known).unwrap();
    assert_eq!(witness.verifying_key().to_string(), key);
    assert_eq!(
        witness.add(&log.ask(0, vec![]), 103).unwrap(),
        Answer::Size(2)
    );
    drop(witness);
    std::fs::remove_file(folder.path().join("witness.key")).unwrap();
    assert!(
        Witness::open(folder.path(), None, &known).is_err(),
        "the memory belongs to the key"
    );
}

/// Starts the real program; answers where it listens and its key.
async fn spawn(folder: &Path, policy: &Path) -> (Child, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_auditorium"))
        .args(["witness", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder)
        .arg("--policy")
        .arg(policy)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut url = String::new();
    loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some((_, address)) = line.split_once("listens on ") {
            address.clone_into(&mut url);
        }
        if let Some(key) = line.strip_prefix("Key:  ") {
            return (child, url, key.to_owned());
        }
    }
}

#[tokio::test]
async fn a_witness_that_is_killed_remembers_what_it_answered() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("logs.policy");
    let mut log = Log::new("log.example");
    std::fs::write(
        &file,
        policy(&log.key.verifying_key().to_string()).to_string(),
    )
    .unwrap();
    let client = reqwest::Client::new();
    let mut keys = Vec::new();
    for size in 1..=5_u64 {
        let (mut child, url, key) = spawn(&folder.path().join("state"), &file).await;
        keys.push(key);
        let send = |body: String| {
            client
                .post(format!("{url}/add-checkpoint"))
                .body(body)
                .send()
        };
        let stale = Log::new("log.example");
        let answer = send(stale.ask(0, vec![])).await.unwrap();
        if size > 1 {
            assert_eq!(answer.status(), 409);
            assert_eq!(answer.headers()["content-type"], "text/x.tlog.size");
            assert_eq!(answer.text().await.unwrap(), format!("{}\n", size - 1));
        }
        let before = log.tree.clone();
        log.push(u8::try_from(size).unwrap());
        let proof = consistency(&before, u8::try_from(size).unwrap());
        let answer = send(log.ask(size - 1, proof)).await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        // SIGKILL.
        child.kill().await.unwrap();
    }
    keys.dedup();
    assert_eq!(keys.len(), 1);
}

/// The proof for one leaf more.
fn consistency(before: &Frontier, added: u8) -> Vec<Hash> {
    let plan = trail::tree::Plan::consistency(before.size(), before.size() + 1).unwrap();
    let leaf = trail::tree::leaf_hash(&[added]);
    let hashes: Vec<Hash> = plan
        .nodes()
        .iter()
        .map(|wanted| {
            let peak = before.nodes().find(|(node, _)| node == wanted);
            peak.map_or(leaf, |(_, hash)| hash)
        })
        .collect();
    plan.finish(&hashes).unwrap()
}

#[tokio::test]
async fn the_witness_of_another_project_cosigns_and_refuses_the_same() {
    let python = std::env::var("AUDITORIUM_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("witness.json");
    let tool = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.args(["-m", "aics_witness"]);
        command.args(arguments).arg("--config").arg(&config);
        command
    };
    let init = tool(&["init", "--name", "w.example/1"]).output().await;
    let Some(init) = init.ok().filter(|output| output.status.success()) else {
        eprintln!("skipped: {python} is not Python 3.12 or later with aics-witness");
        return;
    };
    let said = String::from_utf8(init.stdout).unwrap();
    let key = said
        .split_whitespace()
        .find(|word| word.starts_with("w.example/1+"))
        .unwrap_or_else(|| panic!("{said}"));
    let world = World::new().await;
    let (origin, log_key) = (world.sealer.keys().log.name(), world.log_key());
    let added = tool(&["add-log", "--origin", origin, "--vkey", &log_key])
        .output()
        .await
        .unwrap();
    assert!(
        added.status.success(),
        "{}",
        String::from_utf8_lossy(&added.stderr)
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut serving = tool(&["serve", "--listen", &address]);
    let mut serving = serving.kill_on_drop(true).spawn().unwrap();
    while tokio::net::TcpStream::connect(&address).await.is_err() {
        assert!(serving.try_wait().unwrap().is_none(), "it ended");
        tokio::task::yield_now().await;
    }
    let line = format!("witness w {key} http://{address}");
    record(&world.services, 10).await;
    let dump = world.database.copy(false).await.unwrap();
    for count in [3, 1, 40] {
        world.grow(count).await;
        asked(&line).ask(&world.services).await.unwrap();
        let records = world.services.store.witnesses(origin).await.unwrap();
        assert_eq!(records[0].error, None);
        assert_eq!(
            records[0].root,
            Some(Checkpoint::of(&note(&world.services).await).unwrap().root)
        );
    }
    std::fs::remove_file(world.keys.path().join("last-signed")).unwrap();
    let fork = services(&dump);
    record(&fork, 90).await;
    let keys = Keys::open(world.keys.path()).await.unwrap().unwrap();
    Sealer::new(keys).turn(&fork).await.unwrap();
    asked(&line).ask(&fork).await.unwrap();
    let records = fork.store.witnesses(origin).await.unwrap();
    assert!(records[0].contradicts, "{records:?}");
}
