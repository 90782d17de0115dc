//! The keys that sign the trail, as files of a folder outside of the database and its dumps.
//!
//! `log.key` signs checkpoints, `cosigner.key` says when they were seen, `recovery.key` names a
//! successor after a loss and belongs into a safe, not here. `last-signed` is what this folder's
//! owner signed last: a database older than that was restored.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;
use trail::note::{Algorithm, Note, SigningKey, VerifyingKey};

use crate::{Error, Result};

const LOG: &str = "log.key";
const COSIGNER: &str = "cosigner.key";
const RECOVERY: &str = "recovery.key";
const LAST_SIGNED: &str = "last-signed";

/// The keys of one trail.
#[derive(Clone, Debug)]
pub struct Keys {
    pub log: SigningKey,
    pub cosigner: SigningKey,
    folder: PathBuf,
}

impl Keys {
    /// Reads the keys; none where there are none yet.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] for a file that cannot be read or is no key.
    pub async fn open(folder: &Path) -> Result<Option<Self>> {
        let Some(log) = read_key(&folder.join(LOG)).await? else {
            return Ok(None);
        };
        let Some(cosigner) = read_key(&folder.join(COSIGNER)).await? else {
            return Err(Error::Unexpected(format!(
                "{} is there, but {COSIGNER} beside it is not",
                folder.join(LOG).display()
            )));
        };
        Ok(Some(Self {
            log,
            cosigner,
            folder: folder.to_owned(),
        }))
    }

    /// Makes the keys of a new trail and writes them, readable by their owner alone. Answers with
    /// the public half of the recovery key too.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] where the folder cannot be written.
    pub async fn create(folder: &Path, origin: &str) -> Result<(Self, VerifyingKey)> {
        fs::create_dir_all(folder)
            .await
            .map_err(|e| fault(folder, &e))?;
        let recovery = fresh(origin, Algorithm::Ed25519)?;
        let keys = Self {
            log: fresh(origin, Algorithm::Ed25519)?,
            cosigner: fresh(origin, Algorithm::CosignatureV1)?,
            folder: folder.to_owned(),
        };
        // The log's key last: where it stands, the others do too.
        for (name, key) in [
            (RECOVERY, &recovery),
            (COSIGNER, &keys.cosigner),
            (LOG, &keys.log),
        ] {
            let text = format!("{}\n", key.secret_text());
            replace(&folder.join(name), text.as_bytes()).await?;
        }
        Ok((keys, recovery.verifying_key().clone()))
    }

    /// Copies the keys, and what they signed last, from one folder into another; answers whether
    /// there are any. Keys that stand there already are never overwritten.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] where either folder cannot be used; [`Error::Conflict`] where other
    /// keys stand there.
    pub async fn copy(from: &Path, to: &Path) -> Result<bool> {
        let Some(keys) = Self::open(from).await? else {
            return Ok(false);
        };
        if let Some(others) = Self::open(to).await? {
            if others.log.verifying_key() == keys.log.verifying_key() {
                return Ok(true);
            }
            return Err(Error::Conflict(format!(
                "{} holds the keys of another trail",
                to.display()
            )));
        }
        fs::create_dir_all(to).await.map_err(|e| fault(to, &e))?;
        // The log's key last, as they were made.
        for name in [LAST_SIGNED, RECOVERY, COSIGNER, LOG] {
            match fs::read(from.join(name)).await {
                Ok(content) => replace(&to.join(name), &content).await?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(fault(&from.join(name), &error)),
            }
        }
        Ok(true)
    }

    /// Puts the keys of an origin that has ended into a folder of this name beside their places.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] where the folder cannot be written.
    pub async fn set_aside(folder: &Path, name: &str) -> Result<()> {
        let aside = folder.join(name);
        fs::create_dir_all(&aside)
            .await
            .map_err(|e| fault(&aside, &e))?;
        // The log's key first: without it, the others are not read.
        for file in [LOG, COSIGNER, RECOVERY, LAST_SIGNED] {
            match fs::rename(folder.join(file), aside.join(file)).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(fault(&folder.join(file), &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the recovery key still lies beside the others, where a thief would find it too.
    pub async fn keeps_recovery_key(&self) -> bool {
        fs::try_exists(self.folder.join(RECOVERY))
            .await
            .unwrap_or(false)
    }

    /// The note that was signed last with these files.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] where the file cannot be read or is no note.
    pub async fn last_signed(&self) -> Result<Option<Note>> {
        let path = self.folder.join(LAST_SIGNED);
        match fs::read_to_string(&path).await {
            Ok(text) => Note::parse(&text).map(Some).map_err(|e| fault(&path, &e)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fault(&path, &error)),
        }
    }

    /// Keeps what is about to be published, durably.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] where the file cannot be written.
    pub async fn keep_last_signed(&self, note: &Note) -> Result<()> {
        replace(&self.folder.join(LAST_SIGNED), note.to_string().as_bytes()).await
    }
}

fn fresh(origin: &str, algorithm: Algorithm) -> Result<SigningKey> {
    SigningKey::from_seed(origin, algorithm, &rand::random())
        .map_err(|error| Error::Unexpected(format!("the origin {origin:?}: {error}")))
}

async fn read_key(path: &Path) -> Result<Option<SigningKey>> {
    match fs::read_to_string(path).await {
        Ok(text) => text.trim().parse().map(Some).map_err(|e| fault(path, &e)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(path, &error)),
    }
}

/// Writes a file whole or not at all, with mode 0600, and waits until it is on the disk.
async fn replace(path: &Path, content: &[u8]) -> Result<()> {
    // Several processes may share the folder.
    let aside = path.with_extension(format!("{:016x}", rand::random::<u64>()));
    let written = async {
        use tokio::io::AsyncWriteExt as _;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)
            .await?;
        file.write_all(content).await?;
        file.sync_all().await?;
        fs::rename(&aside, path).await?;
        match path.parent() {
            Some(folder) => fs::File::open(folder).await?.sync_all().await,
            None => Ok(()),
        }
    };
    written.await.map_err(|error| fault(path, &error))
}

fn fault(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Unexpected(format!("{}: {error}", path.display()))
}
