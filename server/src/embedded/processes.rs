//! Postgres processes that a killed server left behind. They are recognised by their working
//! folder, never by a process id alone, which may belong to somebody else by now.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::time::{Instant, sleep};

use super::Error;

const POLL: Duration = Duration::from_millis(20);
/// What a fast shutdown may take: it writes a checkpoint.
pub(super) const FAST: Duration = Duration::from_mins(1);
/// What an immediate shutdown may take.
pub(super) const IMMEDIATE: Duration = Duration::from_secs(10);

/// What `postmaster.pid` says about the server of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// The postmaster.
    pub(super) pid: Pid,
    /// Where its socket is.
    pub(super) socket_dir: PathBuf,
    /// Whether it takes connections.
    pub(super) ready: bool,
}

/// Reads the status file, whose lines are: pid, folder, start time, port, socket folder, address,
/// shared memory, state.
#[must_use]
pub(super) fn status(cluster: &Path) -> Option<Status> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let line = |number: usize| text.lines().nth(number).unwrap_or_default().trim();
    Some(Status {
        pid: Pid::from_raw(line(0).parse().ok()?)?,
        socket_dir: PathBuf::from(line(4)),
        ready: line(7) == "ready",
    })
}

/// Whether the process that the status file names is really a Postgres of this cluster.
#[must_use]
pub(super) fn is_running(cluster: &Path) -> Option<Status> {
    let status = status(cluster)?;
    running_in(cluster).contains(&status.pid).then_some(status)
}

/// Every Postgres process whose working folder is the cluster.
fn running_in(cluster: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        // Without /proc the status file is the only witness.
        return status(cluster)
            .map(|status| status.pid)
            .filter(|pid| test_kill_process(*pid).is_ok())
            .into_iter()
            .collect();
    };
    let Ok(cluster) = fs::canonicalize(cluster) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == cluster))
        .filter(|entry| {
            fs::read_to_string(entry.path().join("comm"))
                .is_ok_and(|name| matches!(name.trim(), "postgres" | "postmaster"))
        })
        .filter_map(|entry| {
            entry
                .file_name()
                .to_str()?
                .parse()
                .ok()
                .and_then(Pid::from_raw)
        })
        .collect()
}

/// Ends whatever Postgres still runs on the cluster and clears its status file. Only the holder
/// of the folder's lock may call this.
pub(super) async fn take_over(cluster: &Path) -> Result<(), Error> {
    let left = running_in(cluster);
    if !left.is_empty() {
        tracing::warn!(
            processes = left.len(),
            "ending the Postgres that a killed server left"
        );
        let postmaster = status(cluster)
            .map(|status| status.pid)
            .filter(|pid| left.contains(pid));
        if let Some(pid) = postmaster {
            signal(pid, Signal::INT);
        }
        // Without their postmaster the others end by themselves, soon.
        let patience = if postmaster.is_some() {
            FAST
        } else {
            IMMEDIATE
        };
        if !gone_within(cluster, patience).await {
            for next in [Signal::QUIT, Signal::KILL] {
                for pid in running_in(cluster) {
                    signal(pid, next);
                }
                if gone_within(cluster, IMMEDIATE).await {
                    break;
                }
            }
        }
    }
    let survivors = running_in(cluster);
    if let Some(pid) = survivors.first() {
        return Err(Error::StillRunning(pid.as_raw_nonzero().get()));
    }
    // No process of this cluster lives, so the file is stale even if its process id is taken.
    match fs::remove_file(cluster.join("postmaster.pid")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", &cluster.join("postmaster.pid"), error))
        }
        _ => Ok(()),
    }
}

async fn gone_within(cluster: &Path, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while !running_in(cluster).is_empty() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(POLL).await;
    }
    true
}

/// Sends a signal; a process that is gone already needs none.
pub(super) fn signal(pid: Pid, signal: Signal) {
    if let Err(errno) = kill_process(pid, signal) {
        tracing::debug!(%errno, "a Postgres process was gone before its signal");
    }
}
