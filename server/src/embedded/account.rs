//! The unprivileged account under which Postgres runs when this process is root: Postgres refuses
//! root, and nothing of it needs more than its own folder.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use tokio::process::Command;

use super::Error;

/// Accounts in order of preference: a dedicated one, the one that Postgres packages create, and
/// the last resort that every system has.
const PREFERRED: [&str; 3] = ["auditorium", "postgres", "nobody"];

/// User and group of the Postgres processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// User id.
    pub(super) uid: u32,
    /// Primary group id.
    pub(super) gid: u32,
    /// Whether this process is root and must step down to that user.
    pub(super) step_down: bool,
}

impl Account {
    /// The account for the folder of Postgres: its owner where it exists, so that a folder keeps
    /// working when another account is created later.
    pub(super) fn for_folder(folder: &Path) -> Result<Self, Error> {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        let own = Self {
            uid: uid.as_raw(),
            gid: gid.as_raw(),
            step_down: false,
        };
        let owner = fs::symlink_metadata(folder)
            .ok()
            .map(|meta| (meta.uid(), meta.gid()));
        if !uid.is_root() {
            return match owner {
                Some((owner, _)) if owner != own.uid => Err(Error::NotOurs {
                    folder: folder.to_owned(),
                    owner,
                }),
                _ => Ok(own),
            };
        }
        if let Some((uid, gid)) = owner.filter(|(uid, _)| *uid != 0) {
            return Ok(Self {
                uid,
                gid,
                step_down: true,
            });
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        PREFERRED
            .iter()
            .find_map(|name| find(&accounts, name))
            .ok_or(Error::NoAccount)
    }

    /// Makes `command` run as this account, with nothing of this process's environment: it holds
    /// the addresses and keys of other services.
    pub(super) fn confine(&self, command: &mut Command) {
        let library_path = std::env::var_os("LD_LIBRARY_PATH");
        command.env_clear().envs([
            ("PATH", "/usr/bin:/bin"),
            ("LC_ALL", LOCALE),
            ("TZ", "UTC"),
            ("HOME", "/"),
        ]);
        if let Some(path) = library_path {
            command.env("LD_LIBRARY_PATH", path);
        }
        command.current_dir("/");
        if self.step_down {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Whether this account may pass through every folder above `path`.
    pub(super) fn reaches(&self, path: &Path) -> bool {
        path.ancestors()
            .skip(1)
            .filter(|above| !above.as_os_str().is_empty())
            .all(|above| {
                fs::metadata(above).is_ok_and(|meta| {
                    let bit = match (meta.uid() == self.uid, meta.gid() == self.gid) {
                        (true, _) => 0o100,
                        (false, true) => 0o010,
                        (false, false) => 0o001,
                    };
                    meta.mode() & bit != 0
                })
            })
    }
}

/// Code point order and UTF-8, the same on every machine.
pub(super) const LOCALE: &str = if cfg!(target_os = "linux") {
    "C.UTF-8"
} else {
    "C"
};

fn find(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account {
            uid,
            gid,
            step_down: true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "postgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        let found = find(accounts, "postgres").map(|account| (account.uid, account.gid));
        assert_eq!(found, Some((101, 104)));
        assert_eq!(find(accounts, "nobody"), None);
    }
}
