//! The release program on a folder of its own, as `auditorium serve` starts for a user: private
//! durable Postgres, loopback, nothing configured but what a figure needs.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::http::Connection;
use crate::options::Options;

const POLL: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(2);

/// A running server; dropping it stops it and its Postgres.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) data: PathBuf,
    pub(crate) port: u16,
    /// The credential of the machine's own command line: acts for the owner.
    pub(crate) token: String,
    /// From the start of the process to the first page, whole.
    pub(crate) first_page: Duration,
}

impl Server {
    /// Starts the release program on an empty folder of this name.
    pub(crate) fn start(
        options: &Options,
        name: &str,
        settings: &[(&str, String)],
    ) -> Result<Self> {
        let mut command = Command::new(&options.program);
        command.arg("serve");
        for (setting, value) in settings {
            command.env(setting, value);
        }
        Self::run(command, &options.folder().join(name))
    }

    /// Runs a command that ends as `auditorium serve`, on this folder and a free port.
    pub(crate) fn run(mut command: Command, data: &Path) -> Result<Self> {
        let port = free_port()?;
        let log = File::create(data.with_extension("log"))?;
        let started = Instant::now();
        let mut child = command
            .arg("--data-dir")
            .arg(data)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        loop {
            if let Some(status) = child.try_wait()? {
                let log = fs::read_to_string(data.with_extension("log"))?;
                bail!("the server ended ({status}):\n{log}");
            }
            if first_page(port).is_some() {
                break;
            }
            if started.elapsed() > PATIENCE {
                end(&mut child);
                bail!("the server shows no page");
            }
            std::thread::sleep(POLL);
        }
        let first_page = started.elapsed();
        let local = fs::read_to_string(data.join("run/server.json"))
            .context("the server left no local credential")?;
        let local: Value = serde_json::from_str(&local)?;
        let token = local.get("token").and_then(Value::as_str);
        Ok(Self {
            child,
            data: data.to_owned(),
            port,
            token: token.context("the local credential is empty")?.to_owned(),
            first_page,
        })
    }

    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open(self.port, &self.token)
    }

    /// Resident memory now, in bytes; the peak starts anew from here.
    pub(crate) fn reset_peak(&self) -> Result<u64> {
        // 5: see proc(5), clear_refs.
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?;
        self.memory("VmRSS:")
    }

    /// The most resident memory since `reset_peak`, in bytes.
    pub(crate) fn peak(&self) -> Result<u64> {
        self.memory("VmHWM:")
    }

    /// Seconds of processor that the server and its Postgres have used. Sessions that ended count
    /// no more, so it is right while the pool stands.
    pub(crate) fn processor(&self) -> Result<(f64, f64)> {
        let pid_file = fs::read_to_string(self.data.join("postgres/cluster/postmaster.pid"))?;
        let postmaster = pid_file.lines().next().unwrap_or_default().trim();
        let (mut server, mut postgres) = (0.0, 0.0);
        for entry in fs::read_dir("/proc")?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // A process may be gone by now, and most of the folder's entries are none.
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
                continue;
            };
            let Some((_, fields)) = stat.rsplit_once(") ") else {
                continue;
            };
            // See proc(5): state, parent, … then user and system time in ticks of 10 ms.
            let fields: Vec<&str> = fields.split(' ').collect();
            let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<f64>().ok());
            let seconds = (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0;
            if name == self.child.id().to_string() {
                server += seconds;
            } else if name == postmaster || fields.get(1) == Some(&postmaster) {
                postgres += seconds;
            }
        }
        Ok((server, postgres))
    }

    fn memory(&self, name: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix("kB"))
            .with_context(|| format!("/proc has no {name}"))?;
        Ok(kib.trim().parse::<u64>()? << 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Asks a server to stop, and waits until it and its Postgres have.
fn end(child: &mut Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // A server that has ended by itself is as good.
        let _ = kill_process(pid, Signal::TERM);
    }
    let _ = child.wait();
}

/// The sign-in page, which is what a newcomer sees first; none while the server is not ready.
fn first_page(port: u16) -> Option<Vec<u8>> {
    let page = Connection::open(port, "").ok()?.get("/sign-in").ok()?;
    page.windows(5).any(|five| five == b"<form").then_some(page)
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
