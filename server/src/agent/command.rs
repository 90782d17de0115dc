//! The command itself: one pipe for both of its outputs, so that their order stays.

use std::io::{IsTerminal as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

use crate::agent::spool::{Outcome, Spool};

/// How long output is read after the command has ended: a process that it left behind may hold
/// the pipe for ever.
const DRAIN: Duration = Duration::from_secs(2);

/// A command that runs.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    output: Receiver,
    interrupt: Signals,
    terminate: Signals,
}

impl Running {
    /// Starts program and arguments in a process group of their own: a signal reaches them once,
    /// through this process.
    pub(super) fn start(command: &[String]) -> Result<Self> {
        let (program, arguments) = command.split_first().context("there is no command")?;
        let (reader, writer) = std::io::pipe()?;
        let errors = writer.try_clone()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdout(writer)
            .stderr(errors)
            .process_group(0);
        if std::io::stdin().is_terminal() {
            // Outside the terminal's foreground group, reading from it would stop the command.
            command.stdin(Stdio::null());
        }
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        let child = command.spawn()?;
        // The builder still holds the pipe's write ends; the reader would wait for them.
        drop(command);
        let output = Receiver::from_owned_fd(reader.into())?;
        Ok(Self {
            child,
            output,
            interrupt,
            terminate,
        })
    }

    /// Copies the output to the terminal and the spool until the command ends; answers its exit
    /// code, 128 and the signal's number when a signal ended it.
    pub(super) async fn copy_to(
        mut self,
        mut spool: Spool,
        now: fn() -> DateTime<Utc>,
    ) -> Result<i32> {
        let mut buffer = vec![0; 64 * 1024];
        let mut is_open = true;
        let status = loop {
            tokio::select! {
                read = self.output.read(&mut buffer), if is_open => {
                    is_open = take(&mut spool, &buffer, read?)?;
                }
                status = self.child.wait() => break status?,
                _ = self.interrupt.recv() => self.forward(Signal::INT),
                _ = self.terminate.recv() => self.forward(Signal::TERM),
            }
        };
        let deadline = tokio::time::Instant::now() + DRAIN;
        while is_open {
            match tokio::time::timeout_at(deadline, self.output.read(&mut buffer)).await {
                Ok(read) => is_open = take(&mut spool, &buffer, read?)?,
                Err(_) => break,
            }
        }
        let exit_code = exit_code(status);
        spool.end(Outcome {
            exit_code,
            finished_at: now(),
        })?;
        Ok(exit_code)
    }

    fn forward(&self, signal: Signal) {
        let group = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(group) = group {
            // Fails when the command has just ended, which is as good.
            let _ = kill_process_group(group, signal);
        }
    }
}

/// Takes what was read; false at the end of the output.
fn take(spool: &mut Spool, buffer: &[u8], read: usize) -> Result<bool> {
    let bytes = buffer.get(..read).unwrap_or_default();
    let mut terminal = std::io::stdout().lock();
    // A closed terminal does not stop the task.
    let _ = terminal.write_all(bytes).and_then(|()| terminal.flush());
    spool.append(bytes)?;
    Ok(read > 0)
}

fn exit_code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(-1)
}
