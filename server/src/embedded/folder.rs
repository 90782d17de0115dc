//! The folders of a private Postgres and how its processes reach them:
//!
//! ```text
//! DATA/auditorium.lock      who uses the folder
//! DATA/postgres.log         what Postgres says
//! DATA/postgres/            mode 0700, owned by the account of Postgres
//! DATA/postgres/cluster/    the database itself
//! DATA/postgres/run/        the socket, where the path is short enough for one
//! ```

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
    },
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Error, account::Account};

/// Port of the socket's name; no TCP port is ever opened.
pub(super) const PORT: u16 = 5432;
/// Longest path of a unix socket that every system takes (macOS: 103 bytes).
const LONGEST_SOCKET: usize = 103;

/// The folders of one private Postgres.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    data_dir: PathBuf,
}

impl Folder {
    /// The folders below `data_dir`, whether they exist or not.
    #[must_use]
    pub(super) fn below(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// The folder that belongs to the account of Postgres.
    #[must_use]
    pub(super) fn home(&self) -> PathBuf {
        self.data_dir.join("postgres")
    }

    /// The database itself.
    #[must_use]
    pub(super) fn cluster(&self) -> PathBuf {
        self.home().join("cluster")
    }

    /// A database that `initdb` has not finished.
    #[must_use]
    pub(super) fn partial(&self) -> PathBuf {
        self.home().join("cluster.partial")
    }

    /// What Postgres writes to its standard error.
    #[must_use]
    pub(super) fn log(&self) -> PathBuf {
        self.data_dir.join("postgres.log")
    }

    /// Major version of the database in the folder, where there is one.
    pub(super) fn major(&self) -> Result<Option<u32>, Error> {
        let path = self.cluster().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => text
                .trim()
                .parse()
                .map(Some)
                .map_err(|_| Error::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", &path, error)),
        }
    }

    /// Creates the data folder. Others may pass through it as root's, which lets the account of
    /// Postgres reach its own folder, but not list it.
    pub(super) fn create_data_dir(&self) -> Result<(), Error> {
        if self.data_dir.is_dir() {
            return Ok(());
        }
        let fail = |error| Error::io("create", &self.data_dir, error);
        fs::create_dir_all(&self.data_dir).map_err(fail)?;
        let mode = if rustix::process::geteuid().is_root() {
            0o711
        } else {
            0o700
        };
        fs::set_permissions(&self.data_dir, Permissions::from_mode(mode)).map_err(fail)
    }

    /// The folder for the socket, created and private to `account`.
    pub(super) fn socket_dir(&self, account: &Account) -> Result<PathBuf, Error> {
        let inside = self.home().join("run");
        if account.reaches(&inside) && socket_path(&inside).as_os_str().len() <= LONGEST_SOCKET {
            create_private(&inside, account)?;
            return Ok(inside);
        }
        let digest = Sha256::digest(self.data_dir.as_os_str().as_encoded_bytes());
        let tag = digest
            .iter()
            .take(6)
            .fold(String::new(), |tag, byte| format!("{tag}{byte:02x}"));
        let name = format!("auditorium-{}-{tag}", account.uid);
        let parents: &[&str] = if account.step_down {
            &["/run", "/tmp"]
        } else {
            &["/tmp"]
        };
        let mut result = Err(Error::NoAccount);
        for parent in parents {
            let path = Path::new(parent).join(&name);
            result = create_private(&path, account).map(|()| path);
            if result.is_ok() {
                break;
            }
        }
        result
    }
}

/// The file that clients connect to.
#[must_use]
pub(super) fn socket_path(socket_dir: &Path) -> PathBuf {
    socket_dir.join(format!(".s.PGSQL.{PORT}"))
}

/// Creates a folder of mode 0700 that belongs to `account`; refuses one that belongs to somebody
/// else or is a link, since a stranger may have put it there to listen in.
pub(super) fn create_private(path: &Path, account: &Account) -> Result<(), Error> {
    let fail = |error| Error::io("create", path, error);
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) if account.step_down => {
            chown(path, Some(account.uid), Some(account.gid)).map_err(fail)?;
        }
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let meta = fs::symlink_metadata(path).map_err(fail)?;
            if !meta.is_dir() || meta.uid() != account.uid {
                return Err(Error::NotOurs {
                    folder: path.to_owned(),
                    owner: meta.uid(),
                });
            }
        }
        Err(error) => return Err(fail(error)),
    }
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(fail)
}

/// How a Postgres process that is about to start names its data folder.
///
/// Below a folder that its account may not pass through (a data folder under `/root`), it gets the
/// folder as an open descriptor and names it `/proc/self/fd/N`. The descriptor stays inheritable
/// for as long as this value lives, which must be until the process is spawned.
#[derive(Debug)]
pub(super) struct Reach {
    path: PathBuf,
    _descriptor: Option<OwnedFd>,
}

impl Reach {
    /// The way of `account` to `folder`.
    pub(super) fn new(folder: &Path, account: &Account) -> Result<Self, Error> {
        if account.reaches(folder) {
            return Ok(Self {
                path: folder.to_owned(),
                _descriptor: None,
            });
        }
        let fail = |error| Error::io("open", folder, error);
        let opened = File::open(folder).map_err(fail)?;
        let inheritable = rustix::io::dup(&opened).map_err(|errno| fail(errno.into()))?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", inheritable.as_raw_fd()));
        if !path.exists() {
            return Err(Error::Unreachable(folder.to_owned()));
        }
        Ok(Self {
            path,
            _descriptor: Some(inheritable),
        })
    }

    /// The folder as the new process sees it.
    #[must_use]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
