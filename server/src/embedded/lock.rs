//! The lock of a data folder. It lives as long as the process that took it, however that process
//! ends, so a folder never stays locked.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    path::Path,
    process,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use super::Error;

/// Proof that no other process uses the data folder.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// [`Error::Locked`] with the process id of the holder.
    pub fn take(data_dir: &Path) -> Result<Self, Error> {
        let path = data_dir.join("auditorium.lock");
        let fail = |error: std::io::Error| Error::io("lock", &path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(fail)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(fail)?;
                let holder = holder.trim().to_owned();
                return Err(Error::Locked {
                    folder: data_dir.to_owned(),
                    holder,
                });
            }
            Err(errno) => return Err(fail(errno.into())),
        }
        file.set_len(0).map_err(fail)?;
        file.rewind().map_err(fail)?;
        writeln!(file, "{}", process::id()).map_err(fail)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_learns_who_holds_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let refusal = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains(&process::id().to_string()), "{refusal}");
        drop(lock);
        assert!(Lock::take(folder.path()).is_ok());
    }
}
