//! Creating, starting and stopping the private Postgres. It lives in a process group of its own,
//! so that a Ctrl-C in the terminal reaches this process alone, which then stops it in order.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use super::{
    Endpoint, Error, Installation, Lock, SUPERUSER,
    account::{Account, LOCALE},
    folder::{Folder, Reach, create_private},
    installation, processes, tuning,
};

const POLL: Duration = Duration::from_millis(20);
/// How often a long recovery is reported.
const REPORT: Duration = Duration::from_secs(10);
/// The log starts anew above this size; the one before is kept.
const LARGEST_LOG: u64 = 16 << 20;
const TAIL: u64 = 4096;

/// A private Postgres that this process started. Dropping it asks Postgres to stop; `stop` also
/// waits until it has.
#[derive(Debug)]
pub struct Embedded {
    child: Child,
    pid: Option<Pid>,
    endpoint: Endpoint,
    log: PathBuf,
    _lock: Lock,
}

impl Embedded {
    /// Starts the private Postgres of `data_dir`, creating both where they do not exist, and
    /// returns when it takes connections. `bin` names the programs to use.
    ///
    /// # Errors
    /// See [`Error`]; each says what to do.
    pub async fn start(data_dir: &Path, bin: Option<&Path>) -> Result<Self, Error> {
        let folder = Folder::below(data_dir);
        folder.create_data_dir()?;
        let lock = Lock::take(data_dir)?;
        let account = Account::for_folder(&folder.home())?;
        create_private(&folder.home(), &account)?;
        let major = folder.major()?;
        let installation = installation::find(bin, major).await?;
        if major.is_none() {
            create_cluster(&folder, &account, &installation).await?;
        }
        processes::take_over(&folder.cluster()).await?;
        let socket_dir = folder.socket_dir(&account)?;
        let log = open_log(&folder.log())?;
        let child = spawn(&folder, &account, &installation, &socket_dir, &log)?;
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        let endpoint = Endpoint {
            socket_dir,
            installation,
        };
        let mut embedded = Self {
            child,
            pid,
            endpoint,
            log: folder.log(),
            _lock: lock,
        };
        embedded.wait_until_ready(&folder, log).await?;
        Ok(embedded)
    }

    /// How to connect.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The file that holds what Postgres says.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Process id of the postmaster, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until Postgres ends by itself, which it never should.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Stops Postgres: sessions end, data is written, processes are gone when this returns.
    ///
    /// # Errors
    /// Only if the operating system refuses to say what became of the process.
    pub async fn stop(mut self) -> Result<(), Error> {
        for (signal, patience) in [
            (Signal::INT, processes::FAST),
            (Signal::QUIT, processes::IMMEDIATE),
            (Signal::KILL, processes::IMMEDIATE),
        ] {
            self.signal(signal);
            if let Ok(result) = timeout(patience, self.child.wait()).await {
                let program = self.endpoint.installation.program("postgres");
                // Empty by now; one under /run or /tmp should not outlive its server.
                drop(fs::remove_dir(&self.endpoint.socket_dir));
                return result
                    .map(drop)
                    .map_err(|error| Error::io("stop", &program, error));
            }
            tracing::warn!(?signal, "Postgres did not stop in time");
        }
        Err(Error::StillRunning(
            self.pid.map_or(0, |pid| pid.as_raw_nonzero().get()),
        ))
    }

    /// Lets go of the folder and leaves Postgres running, as a process that is killed does.
    /// Tests use it to stand where the next start stands.
    #[doc(hidden)]
    pub fn abandon(mut self) {
        self.pid = None;
    }

    fn signal(&self, signal: Signal) {
        // `id` is None once the child is reaped: from then on the number may be somebody else's.
        if let (Some(pid), Some(_)) = (self.pid, self.child.id()) {
            processes::signal(pid, signal);
        }
    }

    async fn wait_until_ready(&mut self, folder: &Folder, mut log: File) -> Result<(), Error> {
        let cluster = folder.cluster();
        let mut report = Instant::now() + REPORT;
        loop {
            let status = self
                .child
                .try_wait()
                .map_err(|error| Error::io("watch", &cluster, error))?;
            if let Some(status) = status {
                let output = tail(&mut log);
                return Err(Error::Failed {
                    program: "postgres",
                    status: status.to_string(),
                    output,
                });
            }
            if processes::status(&cluster).is_some_and(|s| s.ready && Some(s.pid) == self.pid) {
                return Ok(());
            }
            if Instant::now() > report {
                tracing::info!("Postgres is still recovering what was not written before");
                report = Instant::now() + REPORT;
            }
            sleep(POLL).await;
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.signal(Signal::INT);
    }
}

/// Creates the cluster beside its final place and moves it there when it is whole, so that an
/// interrupted creation is simply begun again.
async fn create_cluster(
    folder: &Folder,
    account: &Account,
    installation: &Installation,
) -> Result<(), Error> {
    let partial = folder.partial();
    match fs::remove_dir_all(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("remove", &partial, error));
        }
        _ => {}
    }
    create_private(&partial, account)?;
    let reach = Reach::new(&partial, account)?;
    let program = installation.program("initdb");
    let mut command = Command::new(&program);
    account.confine(&mut command);
    // Who can open the socket's folder is the account itself or root; the network is shut.
    command
        .arg("--pgdata")
        .arg(reach.path())
        .args([
            "--username",
            SUPERUSER,
            "--encoding",
            "UTF8",
            "--locale",
            LOCALE,
        ])
        .args([
            "--auth-local",
            "trust",
            "--auth-host",
            "reject",
            "--data-checksums",
        ])
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true);
    let output = command
        .output()
        .await
        .map_err(|error| Error::io("run", &program, error))?;
    drop(reach);
    if !output.status.success() {
        return Err(Error::Failed {
            program: "initdb",
            status: output.status.to_string(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    let cluster = folder.cluster();
    fs::rename(&partial, &cluster).map_err(|error| Error::io("create", &cluster, error))?;
    let home = folder.home();
    File::open(&home)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| Error::io("write", &home, error))
}

fn spawn(
    folder: &Folder,
    account: &Account,
    installation: &Installation,
    socket_dir: &Path,
    log: &File,
) -> Result<Child, Error> {
    let reach = Reach::new(&folder.cluster(), account)?;
    let program = installation.program("postgres");
    let fail = |error| Error::io("run", &program, error);
    let mut command = Command::new(&program);
    account.confine(&mut command);
    command.arg("-D").arg(reach.path());
    for setting in tuning::settings(socket_dir) {
        command.arg("-c").arg(setting);
    }
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(fail)?)
        .stderr(log.try_clone().map_err(fail)?)
        .process_group(0)
        .spawn()
        .map_err(fail)
}

fn open_log(path: &Path) -> Result<File, Error> {
    let fail = |error| Error::io("write", path, error);
    if fs::metadata(path).is_ok_and(|meta| meta.len() > LARGEST_LOG) {
        fs::rename(path, path.with_extension("log.1")).map_err(fail)?;
    }
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(fail)
}

/// The last lines of the log, to explain why Postgres did not start.
fn tail(log: &mut File) -> String {
    let mut bytes = Vec::new();
    let end = log.seek(SeekFrom::End(0)).unwrap_or_default();
    let read = log
        .seek(SeekFrom::Start(end.saturating_sub(TAIL)))
        .and_then(|_| log.read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => format!("its log cannot be read: {error}"),
    }
}
