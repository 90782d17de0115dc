//! What a witness has cosigned, a file for each log, so that it never signs backwards.
//!
//! The file is the newest note with the log's signatures and the witness's own. It is on the disk
//! before the cosignature leaves the house: whoever is killed in between knows more than it told,
//! which is safe. Refuses a folder that another process holds.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::fs::{FlockOperation, flock};
use trail::Hash;
use trail::note::{Algorithm, Note, SigningKey};

const KEY: &str = "witness.key";
const LOCK: &str = "witness.lock";
const SEEN: &str = "seen";

/// The folder of one witness, held until it is dropped.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    _lock: File,
}

impl State {
    /// Takes the folder, and makes it where it is missing.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder.join(SEEN))
            .with_context(|| format!("cannot use {}", folder.display()))?;
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(folder.join(LOCK))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("another witness uses {}", folder.display());
        }
        Ok(Self {
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// The witness's own key, made the first time. A folder that has seen logs and lost its key
    /// is refused: its memory belongs to that key.
    pub(super) fn key(&self, name: Option<&str>) -> Result<SigningKey> {
        let path = self.folder.join(KEY);
        if let Some(text) = read(&path)? {
            let key: SigningKey = text
                .trim()
                .parse()
                .with_context(|| format!("{} is no key", path.display()))?;
            if name.is_some_and(|name| name != key.name()) {
                bail!("the key in {} is called {}", path.display(), key.name());
            }
            if key.algorithm() != Algorithm::CosignatureV1 {
                bail!("the key in {} is not for cosignatures", path.display());
            }
            return Ok(key);
        }
        if fs::read_dir(self.folder.join(SEEN))?.next().is_some() {
            bail!(
                "{} is gone; put it back, or begin in an empty folder",
                path.display()
            );
        }
        let made = format!("witness/{:08x}", rand::random::<u32>());
        let key = SigningKey::from_seed(
            name.unwrap_or(&made),
            Algorithm::CosignatureV1,
            &rand::random(),
        )?;
        replace(&path, &format!("{}\n", key.secret_text()))?;
        Ok(key)
    }

    /// The note of this log that was cosigned last.
    pub(super) fn last(&self, origin: &str) -> Result<Option<Note>> {
        let path = self.place(origin);
        read(&path)?
            .map(|text| Note::parse(&text))
            .transpose()
            .with_context(|| format!("{} is damaged", path.display()))
    }

    /// Keeps what is about to be answered, durably.
    pub(super) fn keep(&self, origin: &str, note: &Note) -> Result<()> {
        replace(&self.place(origin), &note.to_string())
    }

    fn place(&self, origin: &str) -> PathBuf {
        let name = Hash::of(&[origin.as_bytes()]).to_string();
        self.folder.join(SEEN).join(name)
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes a file whole or not at all, and waits until it is on the disk.
fn replace(path: &Path, content: &str) -> Result<()> {
    let write = || -> io::Result<()> {
        // The folder is locked, so nobody else writes aside. What a kill left there is written over.
        let aside = path.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        path.parent()
            .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
