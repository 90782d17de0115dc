//! A migrated database of its own for each test, cloned from a template.
//!
//! The cluster is the one that `AUDITORIUM_TEST_CLUSTER` names: a connection string of a role
//! that may create roles and databases. `make test` starts such a cluster and sets it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use store::bootstrap::{APP, OWNER, create_database, create_roles, migrate};
use store::{MIGRATOR, Objects, Store};
use tempfile::TempDir;

/// A database and a folder of objects that exist for one test.
#[derive(Debug)]
pub struct TestStore {
    /// Connected as the application's role, as in production.
    pub store: Store,
    /// Options to connect as any role: `database.options.clone().username("…")`.
    pub options: PgConnectOptions,
    /// The folder behind the object store.
    pub folder: TempDir,
}

impl TestStore {
    /// Clones the template into a new database and opens a store on it.
    pub async fn new() -> Result<Self> {
        let cluster = cluster()?;
        let template = template(&cluster).await?;
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let mut admin = cluster.connect().await?;
        sqlx::query(AssertSqlSafe(format!(
            "create database {name} template {template} owner {OWNER}"
        )))
        .execute(&mut admin)
        .await?;
        admin.close().await?;
        let options = cluster.database(&name);
        let folder = TempDir::new()?;
        let objects = Objects::files(folder.path())?;
        let store = Store::open(options.clone().username(APP), 8, objects).await?;
        Ok(Self {
            store,
            options,
            folder,
        })
    }

    /// Another store on a copy of the database as it is now, as a dump would restore it, with this
    /// one's objects or objects of its own. Connections to this one's database are broken by it.
    pub async fn copy(&self, same_objects: bool) -> Result<Self> {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let source = self
            .options
            .get_database()
            .context("the database has no name")?;
        let mut admin = cluster()?.connect().await?;
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(source)
            .execute(&mut admin)
            .await?;
        sqlx::query(AssertSqlSafe(format!(
            "create database {name} template {source} owner {OWNER}"
        )))
        .execute(&mut admin)
        .await?;
        admin.close().await?;
        // A pool trusts connections that it used lately: go round them all, and spend those that
        // broke.
        for _ in 0..16 {
            let _ = self.store.ping().await;
        }
        let options = self.options.clone().database(&name);
        let folder = TempDir::new()?;
        let objects = if same_objects {
            self.store.objects.clone()
        } else {
            Objects::files(folder.path())?
        };
        let store = Store::open(options.clone().username(APP), 8, objects).await?;
        Ok(Self {
            store,
            options,
            folder,
        })
    }

    /// Connects to the test's database as another role: owner, operator, reader or, with the
    /// cluster's own name, its superuser.
    pub async fn connect_as(&self, role: &str) -> Result<PgConnection> {
        Ok(self.options.clone().username(role).connect().await?)
    }

    /// Connects as the cluster's superuser.
    pub async fn connect_as_superuser(&self) -> Result<PgConnection> {
        Ok(self.options.connect().await?)
    }
}

fn cluster() -> Result<PgConnectOptions> {
    let url = std::env::var("AUDITORIUM_TEST_CLUSTER")
        .context("AUDITORIUM_TEST_CLUSTER is not set: run the tests with `make test`")?;
    Ok(url.parse()?)
}

/// The name of the migrated template for this set of migrations, made by whoever comes first.
async fn template(cluster: &PgConnectOptions) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for migration in MIGRATOR.iter() {
        migration.checksum.hash(&mut hasher);
    }
    let name = format!("template_{:016x}", hasher.finish());
    let mut admin = cluster.connect().await?;
    sqlx::query("select pg_advisory_lock(7170100)")
        .execute(&mut admin)
        .await?;
    let ready: bool = sqlx::query_scalar(
        "select exists (select from pg_database where datname = $1 and datistemplate)",
    )
    .bind(&name)
    .fetch_one(&mut admin)
    .await?;
    if !ready {
        create_roles(&mut admin).await?;
        create_database(&mut admin, &name).await?;
        let mut owner = cluster
            .clone()
            .database(&name)
            .username(OWNER)
            .connect()
            .await?;
        migrate(&mut owner).await?;
        owner.close().await?;
        sqlx::query(AssertSqlSafe(format!(
            "alter database {name} is_template true"
        )))
        .execute(&mut admin)
        .await?;
    }
    sqlx::query("select pg_advisory_unlock(7170100)")
        .execute(&mut admin)
        .await?;
    admin.close().await?;
    Ok(name)
}
