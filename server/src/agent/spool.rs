//! The output of one run on disk, in segments, until the server has it.
//!
//! `{folder}/{task}/task.json` says what runs and, at the end, how it ended; `log-{offset}` are
//! the segments. A segment is removed once the server has all of it. The folder's lock is held
//! while the run lives, so another run can tell what was left behind.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use model::agent::RegisterAgent;
use model::task::OpenTask;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Bytes of a segment.
const SEGMENT: u64 = 16 * 1024 * 1024;

/// What runs and how it ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub(super) agent: RegisterAgent,
    pub(super) task: OpenTask,
    pub(super) outcome: Option<Outcome>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) exit_code: i32,
    pub(super) finished_at: DateTime<Utc>,
}

/// The writing side.
#[derive(Debug)]
pub(super) struct Spool {
    reader: Reader,
    sheet: Sheet,
    segment: File,
    segment_start: u64,
    length: u64,
    lengths: watch::Sender<u64>,
    ended: watch::Sender<bool>,
}

/// The reading side: for whoever sends.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    folder: PathBuf,
    /// Bytes that are written.
    pub(super) lengths: watch::Receiver<u64>,
    /// Held while the run lives, and let go by dropping.
    _lock: Arc<File>,
}

impl Spool {
    /// Begins a spool in a folder of its own.
    pub(super) fn create(agents_dir: &Path, sheet: Sheet) -> Result<Self> {
        let id = sheet.task.id.unwrap_or_default();
        let folder = agents_dir.join(id.to_string());
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let lock = lock(&folder)?.context("the spool of a new task is taken")?;
        write_sheet(&folder, &sheet)?;
        let (lengths, receiver) = watch::channel(0);
        let segment = create_segment(&folder, 0)?;
        let reader = Reader {
            folder,
            lengths: receiver,
            _lock: Arc::new(lock),
        };
        let (ended, _) = watch::channel(false);
        Ok(Self {
            reader,
            sheet,
            segment,
            segment_start: 0,
            length: 0,
            lengths,
            ended,
        })
    }

    /// Spools whose runs are gone, the oldest first. A run that ended without a word failed.
    pub(super) fn left_behind(agents_dir: &Path) -> Result<Vec<Reader>> {
        let mut left = Vec::new();
        let Ok(folders) = std::fs::read_dir(agents_dir) else {
            return Ok(left);
        };
        for folder in folders {
            let folder = folder?.path();
            let Some(lock) = lock(&folder)? else { continue };
            let Ok(mut sheet) = read_sheet(&folder) else {
                continue;
            };
            if sheet.outcome.is_none() {
                sheet.outcome = Some(Outcome {
                    exit_code: -1,
                    finished_at: Utc::now(),
                });
                write_sheet(&folder, &sheet)?;
            }
            let length = segments(&folder)?.last().map_or(Ok(0), |(start, path)| {
                std::fs::metadata(path).map(|file| start + file.len())
            })?;
            let lengths = watch::channel(length).1;
            left.push(Reader {
                folder,
                lengths,
                _lock: Arc::new(lock),
            });
        }
        left.sort_by(|one, other| one.folder.cmp(&other.folder));
        Ok(left)
    }

    pub(super) fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Becomes true when no more will be written.
    pub(super) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Adds output.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if self.length - self.segment_start >= SEGMENT {
            self.segment = create_segment(&self.reader.folder, self.length)?;
            self.segment_start = self.length;
        }
        self.segment.write_all(bytes)?;
        self.length += bytes.len() as u64;
        self.lengths.send_replace(self.length);
        Ok(())
    }

    /// Notes how the command ended.
    pub(super) fn end(mut self, outcome: Outcome) -> Result<()> {
        self.sheet.outcome = Some(outcome);
        write_sheet(&self.reader.folder, &self.sheet)?;
        self.ended.send_replace(true);
        Ok(())
    }
}

impl Reader {
    pub(super) fn sheet(&self) -> Result<Sheet> {
        read_sheet(&self.folder)
    }

    /// At most `most` bytes from an offset on; none when there are none.
    pub(super) fn read(&self, offset: u64, most: u64) -> Result<Vec<u8>> {
        let segments = segments(&self.folder)?;
        let Some((start, path)) = segments.iter().rev().find(|(start, _)| *start <= offset) else {
            anyhow::bail!("byte {offset} is no longer in {}", self.folder.display());
        };
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset - start))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Removes segments that lie before an offset as a whole.
    pub(super) fn forget(&self, offset: u64) -> Result<()> {
        let segments = segments(&self.folder)?;
        for ((_, path), (next, _)) in segments.iter().zip(segments.iter().skip(1)) {
            if *next <= offset {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Removes the whole spool.
    pub(super) fn remove(&self) -> Result<()> {
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}

/// Takes the folder's lock; absent when a living run holds it.
fn lock(folder: &Path) -> Result<Option<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn create_segment(folder: &Path, start: u64) -> Result<File> {
    let path = folder.join(format!("log-{start:016}"));
    Ok(OpenOptions::new()
        .create_new(true)
        .append(true)
        .open(path)?)
}

fn segments(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let start = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_prefix("log-")?.parse().ok());
        segments.extend(start.map(|start| (start, path)));
    }
    segments.sort();
    Ok(segments)
}

fn read_sheet(folder: &Path) -> Result<Sheet> {
    Ok(serde_json::from_slice(&std::fs::read(
        folder.join("task.json"),
    )?)?)
}

/// A sheet is replaced as a whole, so that a crash leaves one of the two.
fn write_sheet(folder: &Path, sheet: &Sheet) -> Result<()> {
    let partial = folder.join("task.partial");
    std::fs::write(&partial, serde_json::to_vec(sheet)?)?;
    std::fs::rename(partial, folder.join("task.json"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let task = OpenTask {
            id: Some(uuid::Uuid::now_v7()),
            ..OpenTask::default()
        };
        Sheet {
            agent: RegisterAgent::default(),
            task,
            outcome: None,
        }
    }

    #[test]
    fn a_spool_is_left_behind_only_when_its_run_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path(), sheet()).unwrap();
        spool.append(b"some output").unwrap();
        assert!(Spool::left_behind(folder.path()).unwrap().is_empty());
        drop(spool);
        let left = Spool::left_behind(folder.path()).unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(*left[0].lengths.borrow(), 11);
        assert_eq!(left[0].read(5, 3).unwrap(), b"out");
        assert_eq!(left[0].sheet().unwrap().outcome.unwrap().exit_code, -1);
    }

    #[test]
    fn segments_go_when_the_server_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(folder.path(), sheet()).unwrap();
        let block = vec![b'x'; usize::try_from(SEGMENT).unwrap()];
        spool.append(&block).unwrap();
        spool.append(b"behind").unwrap();
        let reader = spool.reader();
        reader.forget(SEGMENT - 1).unwrap();
        assert_eq!(reader.read(SEGMENT - 1, 10).unwrap(), b"x");
        reader.forget(SEGMENT).unwrap();
        assert_eq!(reader.read(SEGMENT, 10).unwrap(), b"behind");
        assert!(reader.read(0, 1).is_err());
    }
}
