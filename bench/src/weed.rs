//! SeaweedFS as the object store: a real S3 service on loopback, with one key and the buckets
//! that the server expects.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::http::Connection;
use crate::options::{Options, target};
use crate::server::free_port;

pub(crate) const KEY: &str = "auditorium";
pub(crate) const SECRET: &str = "a-secret-of-this-bench-alone";

const BUCKETS: [&str; 3] = ["logs", "exports", "archive"];
const SERVERS: [&str; 4] = ["s3", "master", "volume", "filer"];
const PATIENCE: Duration = Duration::from_mins(1);

/// A running SeaweedFS; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Weed {
    child: Child,
    /// A port for each of the servers, then one for the RPC of each.
    ports: Vec<u16>,
}

impl Weed {
    /// None where the program is neither on the path nor where `scripts/prepare` installs it.
    pub(crate) fn start(options: &Options) -> Result<Option<Self>> {
        let Some(program) = program() else {
            return Ok(None);
        };
        let folder = options.folder().join("weed");
        let ports = (0..SERVERS.len() * 2)
            .map(|_| free_port())
            .collect::<Result<Vec<_>>>()?;
        let child = command(&program, &folder, &ports)?.spawn()?;
        let weed = Self { child, ports };
        let started = Instant::now();
        while let Err(error) = weed.create_buckets() {
            if started.elapsed() > PATIENCE {
                return Err(error.context("SeaweedFS does not become ready"));
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        Ok(Some(weed))
    }

    /// Where it speaks S3.
    pub(crate) fn port(&self) -> u16 {
        self.ports.first().copied().unwrap_or_default()
    }

    /// A bucket is a folder below `/buckets` of the filer.
    fn create_buckets(&self) -> Result<()> {
        // S3 must answer as well, if only by refusing who does not sign.
        Connection::open(self.port(), "")?.send("GET", "/", "", b"", |_| {})?;
        let filer = self
            .ports
            .get(3)
            .copied()
            .context("the filer has no port")?;
        for bucket in BUCKETS {
            let path = format!("/buckets/{bucket}/");
            let status = Connection::open(filer, "")?.send("POST", &path, "", b"", |_| {})?;
            ensure!(status < 300, "the filer answered {status}");
        }
        Ok(())
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        // Asked politely it takes half a minute, and nothing of it is kept.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The only files that it puts elsewhere, at names that no option changes.
        for (name, port) in SERVERS.iter().zip(self.ports.iter().skip(SERVERS.len())) {
            let _ = fs::remove_file(format!("/tmp/seaweedfs-{name}-grpc-{port}.sock"));
        }
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([target().join("python/bin")])
        .map(|folder| folder.join("weed"))
        .find(|program| program.is_file())
}

fn command(program: &Path, folder: &Path, ports: &[u16]) -> Result<Command> {
    let data = folder.join("data");
    fs::create_dir_all(&data)?;
    let identities = json!({ "identities": [{
        "name": "bench",
        "credentials": [{ "accessKey": KEY, "secretKey": SECRET }],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }] });
    let config = folder.join("s3.json");
    fs::write(&config, identities.to_string())?;
    let log = File::create(folder.join("weed.log"))?;
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
    for (name, port) in SERVERS.iter().zip(ports.iter().skip(SERVERS.len())) {
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
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(command)
}
