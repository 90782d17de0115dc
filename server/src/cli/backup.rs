//! `auditorium backup`: everything that another machine needs to show the same console, as one
//! folder:
//!
//! ```text
//! manifest.json     what this is, when and by which version
//! database.dump     pg_dump, custom format, one consistent moment
//! objects/          task logs, exports and the archive of the trail, out of files or S3
//! keys/             what signs the trail, and what it signed last
//! settings.toml     the configuration file without secrets
//! SHA256SUMS        of all of these, for `sha256sum -c`
//! ```
//!
//! It works beside a running server. Task logs and exports are copied before and after the dump:
//! what its rows point at existed at its moment, and may be replaced while either is read. Keys and
//! archive are copied before it alone: what was signed must be a beginning of what the dump holds.
//! `restore` adds the links that the dump's checkpoints have and that copy has not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use model::event::{NewEvent, Status};
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::Caller;
use service::trail::Keys;
use sha2::{Digest as _, Sha256};
use store::Objects;
use tokio::task::spawn_blocking;

use super::database_tool::{DatabaseTool, endpoint, os_user};
use crate::config::{Config, Flags};
use crate::installation::{self, Installation};

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const DUMP: &str = "database.dump";
pub(super) const OBJECTS: &str = "objects";
pub(super) const KEYS: &str = "keys";
pub(super) const SETTINGS: &str = "settings.toml";
pub(super) const SUMS: &str = "SHA256SUMS";
/// Version of the folder's layout.
pub(super) const FORMAT: u32 = 1;

/// What a backup says about itself.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Version of the program that made it.
    pub(super) version: String,
    /// RFC 3339, UTC.
    pub(super) created_at: String,
    /// Whether the objects are inside.
    pub(super) with_objects: bool,
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium backup /var/backups/auditorium-2026-11-21\n  auditorium backup ./backup --data-dir ./data --json\n  auditorium backup ./backup --without-objects    # where S3 has copies of its own\n\nIt may run while the server does. Exits with 0 only when the backup is whole."
)]
pub struct Backup {
    /// Folder to create
    dir: PathBuf,
    /// Leave out task logs and exports, which the console then misses unless their store is kept
    #[arg(long)]
    without_objects: bool,
    /// Leave out the keys that sign the trail; keep the folder that trail.keys names elsewhere
    #[arg(long)]
    without_keys: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    /// Makes the backup and records that it was made, or that it failed.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        if self.dir.exists() {
            bail!("{} exists already; name a new folder", self.dir.display());
        }
        let installation = installation::open_beside(&config).await?;
        let outcome = self.make(&config, &installation).await;
        let mut event = NewEvent::new("installation.backed_up").with_details(json!({
            "os_user": os_user(),
            "folder": self.dir,
            "bytes": outcome.as_ref().ok(),
            "objects": !self.without_objects,
            "keys": !self.without_keys,
        }));
        if let Err(error) = &outcome {
            event = event.ended(Status::Failure, format!("{error:#}"));
        }
        let recorded = installation
            .services
            .record_own(&Caller::system("auditorium backup"), event)
            .await;
        installation.close().await?;
        let bytes = outcome?;
        recorded?;
        if self.json {
            writeln!(
                io::stdout(),
                "{}",
                json!({ "folder": self.dir, "bytes": bytes })
            )?;
        } else {
            eprintln!("Backed up {bytes} bytes to {}.", self.dir.display());
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Builds the folder under another name, so that a backup under its own name is whole.
    async fn make(&self, config: &Config, installation: &Installation) -> Result<u64> {
        let mut name = self
            .dir
            .file_name()
            .context("name a folder to create")?
            .to_owned();
        name.push(".partial");
        let partial = self.dir.with_file_name(name);
        let fail = || format!("cannot create {}", partial.display());
        if partial.exists() {
            fs::remove_dir_all(&partial).with_context(fail)?;
        }
        DirBuilder::new()
            .mode(0o700)
            .create(&partial)
            .with_context(fail)?;
        let made = self.fill(&partial, config, installation).await;
        let moved = match made {
            Ok(bytes) => fs::rename(&partial, &self.dir)
                .with_context(fail)
                .map(|()| bytes),
            Err(error) => Err(error),
        };
        if moved.is_err() {
            // The error that counts is the first one.
            drop(fs::remove_dir_all(&partial));
        }
        moved
    }

    async fn fill(
        &self,
        folder: &Path,
        config: &Config,
        installation: &Installation,
    ) -> Result<u64> {
        let endpoint = endpoint(config, installation).await?;
        let tool = DatabaseTool::as_owner(config, endpoint.as_ref())?;
        let objects = (!self.without_objects)
            .then(|| Objects::files(&folder.join(OBJECTS)))
            .transpose()?;
        if !self.without_keys && Keys::copy(&config.trail_keys, &folder.join(KEYS)).await? {
            eprintln!("Copied the keys of the trail: keep this backup where you would keep them.");
        }
        let from = &installation.services.store.objects;
        if let Some(objects) = &objects {
            from.copy_archive_into(objects)
                .await
                .context("cannot copy the archive of the trail")?;
        }
        copy_objects(from, objects.as_ref()).await?;
        eprintln!("Dumping the database …");
        let dump = folder.join(DUMP);
        let arguments = [
            "--format=custom".as_ref(),
            "--file".as_ref(),
            dump.as_os_str(),
        ];
        tool.run("pg_dump", &arguments).await?;
        copy_objects(from, objects.as_ref()).await?;
        write_synced(&folder.join(SETTINGS), settings(config)?.as_bytes())?;
        let manifest = Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: installation.services.now().to_rfc3339(),
            with_objects: objects.is_some(),
        };
        write_synced(
            &folder.join(MANIFEST),
            &serde_json::to_vec_pretty(&manifest)?,
        )?;
        let folder = folder.to_owned();
        spawn_blocking(move || seal(&folder)).await?
    }
}

async fn copy_objects(from: &Objects, to: Option<&Objects>) -> Result<()> {
    if let Some(to) = to {
        eprintln!("Copying objects …");
        let copied = from
            .copy_into(to)
            .await
            .context("cannot copy the objects")?;
        eprintln!("  {} of them, {} bytes", copied.objects, copied.bytes);
    }
    Ok(())
}

/// The settings of the file as TOML, one `section.key` a line.
fn settings(config: &Config) -> Result<String> {
    let mut text = String::from("# The configuration file as it was, without secrets.\n");
    // Where the data is differs from place to place.
    for (key, value) in config
        .of_file
        .iter()
        .filter(|(key, _)| !["data_dir", "trail.keys"].contains(key))
    {
        writeln!(text, "{key} = {}", toml::Value::String(value.clone()))?;
    }
    Ok(text)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file =
        File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}

/// Writes the sums of all files; answers how many bytes those hold.
fn seal(folder: &Path) -> Result<u64> {
    let sums = sums(folder)?;
    let mut text = String::new();
    let mut bytes = 0;
    for (name, sum) in &sums {
        writeln!(text, "{sum}  {name}")?;
        let file = File::open(folder.join(name))?;
        file.sync_all()?;
        bytes += file.metadata()?.len();
    }
    write_synced(&folder.join(SUMS), text.as_bytes())?;
    File::open(folder)?.sync_all()?;
    Ok(bytes)
}

/// SHA-256 of every file by its path in the folder, except the list of sums itself.
pub(super) fn sums(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut sums = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(folder)?
                .to_str()
                .context("a name that is not UTF-8")?;
            if name != SUMS {
                sums.insert(name.to_owned(), sum(&path)?);
            }
        }
    }
    Ok(sums)
}

fn sum(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
    Ok(hash
        .finalize()
        .iter()
        .fold(String::new(), |sum, byte| format!("{sum}{byte:02x}")))
}
