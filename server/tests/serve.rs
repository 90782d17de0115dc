//! What `serve` does when something under it changes: its database dies, its certificate is
//! renewed, its terminal is closed. Each runs the program as an operator does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Stdio;

use reqwest::{Certificate, Client};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// The program and what it says.
struct Server {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    url: String,
}

impl Server {
    /// Waits until it says where it serves.
    async fn start(data_dir: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_auditorium"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .args(arguments)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut server = Self {
            child,
            lines,
            url: String::new(),
        };
        let said = server.until("Auditorium serves ").await;
        server.url = said.rsplit(' ').next().unwrap().to_owned();
        server.until("Sign in:").await;
        server
    }

    /// Reads what it says up to a line that holds `part`; answers that line.
    async fn until(&mut self, part: &str) -> String {
        let mut said = String::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            assert!(
                !line.contains("_sqlx_migrations"),
                "a notice of every start is shown: {line}"
            );
            if line.contains(part) {
                return line;
            }
            said.push_str(&line);
            said.push('\n');
        }
        panic!("it never said {part:?}, but:\n{said}");
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        kill_process(pid.and_then(Pid::from_raw).unwrap(), signal).unwrap();
    }
}

fn postmaster(data_dir: &Path) -> Option<Pid> {
    let status = fs::read_to_string(data_dir.join("postgres/cluster/postmaster.pid")).ok()?;
    Pid::from_raw(status.lines().next()?.parse().ok()?)
}

#[tokio::test]
async fn a_server_whose_postgres_dies_says_so_and_stops() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path(), &[]).await;
    kill_process(postmaster(folder.path()).unwrap(), Signal::KILL).unwrap();
    let said = server.until("embedded Postgres ended by itself").await;
    assert!(said.contains("postgres.log"), "{said}");
    assert!(!server.child.wait().await.unwrap().success());

    let mut server = Server::start(folder.path(), &[]).await;
    server.signal(Signal::TERM);
    assert!(server.child.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_terminal_that_is_closed_leaves_no_postgres_behind() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path(), &[]).await;
    server.signal(Signal::HUP);
    server.until("Stopped.").await;
    assert!(server.child.wait().await.unwrap().success());
    assert_eq!(postmaster(folder.path()), None);
}

/// Writes a fresh certificate and key; answers a client that trusts nothing else.
fn renew(cert: &Path, key: &Path) -> Client {
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
        .args([
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-subj",
            "/CN=localhost",
        ])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(cert)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let certificate = Certificate::from_pem(&fs::read(cert).unwrap()).unwrap();
    Client::builder()
        .no_proxy()
        .tls_certs_only([certificate])
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_renewed_certificate_is_served_after_a_hang_up() {
    let folder = TempDir::new().unwrap();
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    let first = renew(&cert, &key);
    let (cert_path, key_path) = (cert.to_str().unwrap(), key.to_str().unwrap());
    let data_dir = folder.path().join("data");
    let arguments = ["--tls-cert", cert_path, "--tls-key", key_path];
    let mut server = Server::start(&data_dir, &arguments).await;
    let health = format!("{}/healthz", server.url);
    assert!(health.starts_with("https://"), "{health}");
    assert!(
        first
            .get(&health)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );

    fs::write(&key, "not a key").unwrap();
    server.signal(Signal::HUP);
    server.until("kept the old TLS certificate").await;
    assert!(
        first
            .get(&health)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );

    let second = renew(&cert, &key);
    assert!(second.get(&health).send().await.is_err());
    server.signal(Signal::HUP);
    server.until("reloaded the TLS certificate").await;
    assert!(
        second
            .get(&health)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );

    server.signal(Signal::INT);
    assert!(server.child.wait().await.unwrap().success());
}
