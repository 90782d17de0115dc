//! Opens what the configuration describes: the database, embedded or not, and the objects.

mod facts;

use anyhow::{Context as _, Result, anyhow, bail};
use service::{Services, Settings};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use store::bootstrap::{
    APP, OWNER, Password, create_database, create_roles, make_missing_roles, migrate,
};
use store::{Objects, Store};

use crate::config::{self, Config, DatabaseUrl, Source};
use crate::embedded::{Embedded, Endpoint, SUPERUSER};

/// The database of the embedded Postgres.
pub const DATABASE: &str = "auditorium";

/// An open installation. Stop the embedded Postgres, where there is one, last.
#[derive(Debug)]
pub struct Installation {
    pub services: Services,
    pub embedded: Option<Embedded>,
}

/// Opens the installation to serve it: starts and migrates the embedded Postgres, or connects
/// to the one that was named.
pub async fn open(config: &Config, public_url: String) -> Result<Installation> {
    let (options, embedded) = match &config.database.source {
        Source::Embedded { postgres_bin } => {
            let embedded = Embedded::start(&config.data_dir, postgres_bin.as_deref()).await?;
            let options = prepare(embedded.endpoint()).await?;
            (options, Some(embedded))
        }
        Source::External { application, .. } => (application.options(), None),
    };
    let services = services(config, options, public_url).await?;
    Ok(Installation { services, embedded })
}

/// Opens the installation beside a server that may be running: for commands on its machine. An
/// embedded Postgres that does not run is started for the command.
pub async fn open_beside(config: &Config) -> Result<Installation> {
    if let Source::Embedded { postgres_bin } = &config.database.source
        && let Some(endpoint) = Endpoint::running(&config.data_dir, postgres_bin.as_deref()).await?
    {
        let services = services(config, endpoint.options(APP, DATABASE), String::new()).await?;
        return Ok(Installation {
            services,
            embedded: None,
        });
    }
    open(config, String::new()).await
}

impl Installation {
    /// Waits until the embedded Postgres ends by itself, which it never should, and answers what
    /// to say of it. Waits for ever where the database is somebody else's.
    pub async fn database_ended(&mut self) -> anyhow::Error {
        let Some(embedded) = &mut self.embedded else {
            return std::future::pending().await;
        };
        let status = match embedded.ended().await {
            Some(status) => status.to_string(),
            None => "nobody knows how".to_owned(),
        };
        anyhow!(
            "the embedded Postgres ended by itself ({status}); its last words are in {}. Nothing \
             that was acknowledged is lost: start again",
            embedded.log().display()
        )
    }

    /// Stops the embedded Postgres, where this installation started it.
    pub async fn close(self) -> Result<()> {
        self.services.store.close().await;
        if let Some(embedded) = self.embedded {
            embedded.stop().await?;
        }
        Ok(())
    }
}

async fn services(
    config: &Config,
    options: PgConnectOptions,
    public_url: String,
) -> Result<Services> {
    let objects = objects(config)?;
    let store = Store::open(options, config.database.max_connections, objects)
        .await
        .context("cannot open the database")?;
    let settings = Settings {
        environment: config.environment.to_string(),
        public_url: config.network.public_url.clone().unwrap_or(public_url),
        session_hours: u8::try_from(config.access.session.as_secs() / 3600)
            .unwrap_or(8)
            .clamp(1, 8),
        token_days: u16::try_from(config.access.token_days).unwrap_or(90),
    };
    Ok(Services::new(store, settings).with_facts(facts::of(config)))
}

/// The object store that the configuration names.
pub fn objects(config: &Config) -> Result<Objects> {
    Ok(match &config.objects {
        config::Objects::Folder(folder) => Objects::files(folder)?,
        config::Objects::S3(s3) => Objects::s3(&facts::store_settings(s3))?,
    })
}

/// Makes roles, database and schema of an embedded Postgres; answers how the application connects.
async fn prepare(endpoint: &Endpoint) -> Result<PgConnectOptions> {
    let mut admin = endpoint.options(SUPERUSER, "postgres").connect().await?;
    create_roles(&mut admin).await?;
    create_database(&mut admin, DATABASE).await?;
    let mut owner = endpoint.options(OWNER, DATABASE).connect().await?;
    migrate(&mut owner)
        .await
        .context("cannot migrate the database")?;
    Ok(endpoint.options(APP, DATABASE))
}

/// Prepares the database that the configuration names, as its owner: makes the roles that are
/// missing, where it may, and migrates. Answers the names of the roles that it made.
pub async fn migrate_external(config: &Config) -> Result<Vec<&'static str>> {
    let (mut owner, application) = connect_as_owner(config).await?;
    let made = make_roles(config, &mut owner).await?;
    migrate(&mut owner).await?;
    owner.close().await?;
    let connection = application.options().connect().await.with_context(|| {
        let role = application.role();
        format!(
            "the schema is up to date, but {role} cannot sign in by database.url (DATABASE_URL); \
             a superuser sets its password in psql with `\\password {role}`"
        )
    })?;
    connection.close().await?;
    Ok(made)
}

/// Connects as the owner of an external database; answers the application's address too.
pub async fn connect_as_owner(config: &Config) -> Result<(PgConnection, &DatabaseUrl)> {
    let Source::External {
        owner: Some(owner),
        application,
        ..
    } = &config.database.source
    else {
        bail!(
            "this needs database.owner_url (DATABASE_OWNER_URL), the address as the owner of the tables"
        );
    };
    let connection = owner.options().connect().await.with_context(|| {
        format!(
            "{} cannot sign in by database.owner_url (DATABASE_OWNER_URL); on a new server, a \
             superuser runs first what `auditorium migrate --sql` prints",
            owner.role()
        )
    })?;
    Ok((connection, application))
}

/// Makes the roles that are missing, with the passwords of the addresses that use them.
pub async fn make_roles(config: &Config, owner: &mut PgConnection) -> Result<Vec<&'static str>> {
    let Source::External {
        application,
        reader,
        ..
    } = &config.database.source
    else {
        return Ok(Vec::new());
    };
    let passwords: Vec<Password> = [Some(application), reader.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|url| {
            Some(Password {
                role: url.role().to_owned(),
                password: url.split().1?,
            })
        })
        .collect();
    Ok(make_missing_roles(owner, &passwords).await?)
}
