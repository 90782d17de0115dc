//! `auditorium restore`: makes an installation out of a backup. Only an empty place is restored
//! into, so that nothing is ever overwritten, and only a backup whose sums all hold.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use model::event::NewEvent;
use serde_json::json;
use service::Caller;
use service::trail::Keys;
use sqlx::{ConnectOptions as _, Connection as _};
use store::Objects;
use store::bootstrap::{OWNER, create_database, create_roles, migrate};
use tokio::task::spawn_blocking;

use super::backup::{DUMP, FORMAT, KEYS, MANIFEST, Manifest, OBJECTS, SETTINGS, SUMS, sums};
use super::database_tool::{DatabaseTool, os_user};
use crate::config::{Config, FILE_NAME, Flags, Source};
use crate::embedded::{self, Embedded, SUPERUSER};
use crate::installation::{self, DATABASE};

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium restore /var/backups/auditorium-2026-11-21 --data-dir ./restored\n  DATABASE_URL=… DATABASE_OWNER_URL=… auditorium restore ./backup\n\nThe data folder, or the database that is named, must be empty."
)]
pub struct Restore {
    /// Folder that `auditorium backup` made
    dir: PathBuf,
}

impl Restore {
    /// Checks the backup, restores it, records that it was restored.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load(flags)?;
        let folder = self.dir.clone();
        eprintln!("Checking the backup …");
        let manifest = spawn_blocking(move || check(&folder)).await??;
        refuse_occupied(&config).await?;
        // First, so that a restore that ends half-way can be begun again.
        Keys::copy(&self.dir.join(KEYS), &config.trail_keys).await?;
        self.restore_objects(&config, &manifest).await?;
        match &config.database.source {
            Source::Embedded { postgres_bin } => {
                self.restore_embedded(&config, postgres_bin.as_deref())
                    .await?;
            }
            Source::External { .. } => self.restore_external(&config).await?,
        }
        self.restore_settings(&config)?;
        let installation = installation::open(&config, String::new()).await?;
        installation.services.store.complete_chain().await?;
        let event = NewEvent::new("installation.restored").with_details(json!({
            "os_user": os_user(),
            "backup_created_at": manifest.created_at,
            "backup_version": manifest.version,
        }));
        let recorded = installation
            .services
            .record_own(&Caller::system("auditorium restore"), event)
            .await;
        installation.close().await?;
        recorded?;
        eprintln!("Restored the backup of {}.", manifest.created_at);
        if !manifest.with_objects {
            eprintln!(
                "It was made without objects: task logs and exports are missing unless their store is this one's."
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn restore_embedded(&self, config: &Config, bin: Option<&Path>) -> Result<()> {
        let postgres = Embedded::start(&config.data_dir, bin).await?;
        let restored = self.fill_embedded(&postgres).await;
        postgres.stop().await?;
        if restored.is_err() {
            // Nothing of it was there before, and half of it is of no use to anybody.
            let home = config.data_dir.join("postgres");
            fs::remove_dir_all(&home)
                .with_context(|| format!("cannot remove {}", home.display()))?;
        }
        restored
    }

    async fn fill_embedded(&self, postgres: &Embedded) -> Result<()> {
        let endpoint = postgres.endpoint();
        let mut admin = endpoint.options(SUPERUSER, "postgres").connect().await?;
        create_roles(&mut admin).await?;
        create_database(&mut admin, DATABASE).await?;
        admin.close().await?;
        self.fill(&DatabaseTool::embedded(endpoint, OWNER)).await?;
        let mut owner = endpoint.options(OWNER, DATABASE).connect().await?;
        migrate(&mut owner).await?;
        owner.close().await?;
        Ok(())
    }

    async fn restore_external(&self, config: &Config) -> Result<()> {
        let tool = DatabaseTool::as_owner(config, None)?;
        let (mut owner, _) = installation::connect_as_owner(config).await?;
        // The backup grants to them.
        installation::make_roles(config, &mut owner).await?;
        owner.close().await?;
        self.fill(&tool).await?;
        installation::migrate_external(config).await?;
        Ok(())
    }

    /// In one transaction, as the owner, whatever its name is here.
    async fn fill(&self, tool: &DatabaseTool) -> Result<()> {
        eprintln!("Restoring the database …");
        let dump = self.dir.join(DUMP);
        let arguments = [
            "--no-owner".as_ref(),
            "--exit-on-error".as_ref(),
            "--single-transaction".as_ref(),
            dump.as_os_str(),
        ];
        tool.run("pg_restore", &arguments).await
    }

    /// Copies the objects into a store that holds no others.
    async fn restore_objects(&self, config: &Config, manifest: &Manifest) -> Result<()> {
        let from = self.dir.join(OBJECTS);
        if !manifest.with_objects || !from.is_dir() {
            return Ok(());
        }
        let from = Objects::files(&from)?;
        let into = installation::objects(config)?;
        if let Some(name) = into.first_missing_in(&from).await? {
            bail!(
                "the object store holds {name}, which the backup does not; name an empty folder \
                 with --data-dir, or other buckets with S3_BUCKET_PREFIX"
            );
        }
        eprintln!("Copying objects …");
        let fail = "cannot copy the objects";
        from.copy_archive_into(&into).await.context(fail)?;
        from.copy_into(&into).await.context(fail)?;
        Ok(())
    }

    /// A configuration that was named for this command is somebody's own and stays the one.
    fn restore_settings(&self, config: &Config) -> Result<()> {
        let file = config.data_dir.join(FILE_NAME);
        if config.data_dir.is_dir() && !file.exists() && config.of_file.is_empty() {
            fs::copy(self.dir.join(SETTINGS), &file)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }
}

/// Before anything is written: nothing that is there is ever touched.
async fn refuse_occupied(config: &Config) -> Result<()> {
    if config.database.is_embedded() {
        if embedded::exists(&config.data_dir) {
            bail!(
                "{} holds an installation already; name an empty folder with --data-dir",
                config.data_dir.display()
            );
        }
        return Ok(());
    }
    let (mut owner, _) = installation::connect_as_owner(config).await?;
    let is_empty: bool = sqlx::query_scalar("select to_regclass('public.logs') is null")
        .fetch_one(&mut owner)
        .await?;
    owner.close().await?;
    if !is_empty {
        bail!("the database that database.owner_url names holds an installation already");
    }
    Ok(())
}

/// Reads the manifest and compares every file with its sum.
fn check(folder: &Path) -> Result<Manifest> {
    let read = |name: &str| {
        fs::read_to_string(folder.join(name))
            .with_context(|| format!("{} is not a whole backup: {name}", folder.display()))
    };
    let manifest: Manifest =
        serde_json::from_str(&read(MANIFEST)?).with_context(|| format!("{MANIFEST} is damaged"))?;
    if manifest.format > FORMAT {
        bail!(
            "the backup was made by version {}; restore it with that version or a newer one",
            manifest.version
        );
    }
    let found = sums(folder)?;
    let listed = read(SUMS)?;
    for line in listed.lines() {
        let (sum, name) = line
            .split_once("  ")
            .with_context(|| format!("{SUMS} is damaged"))?;
        match found.get(name) {
            Some(actual) if actual == sum => {}
            Some(_) => bail!("{name} was changed since the backup was made"),
            None => bail!("{name} is missing from the backup"),
        }
    }
    if found.len() != listed.lines().count() {
        bail!("the backup holds files that {SUMS} does not list");
    }
    Ok(manifest)
}
