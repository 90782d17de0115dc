//! `auditorium serve`: opens the installation, listens, and stops in order.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum_server::Handle;
use clap::Args;
use futures::future::select_all;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::ExposeSecret as _;
use service::trail::Witnesses;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Flags, LogFormat, ServeFlags};
use crate::http::pages;
use crate::http::rates::Rates;
use crate::http::{AppState, router};
use crate::installation::{self, Installation};
use crate::{client, jobs, tls};

/// How long open requests may take after a stop was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// What is noise unless somebody asks for it.
const QUIET: &str = "sqlx::postgres::notice=warn";

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  auditorium serve\n  auditorium serve --data-dir ./data --listen 127.0.0.1:8080\n  DATABASE_URL=postgres://… auditorium serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem"
)]
pub struct Serve {
    #[command(flatten)]
    flags: ServeFlags,
    /// Folder of the built pages [default: site beside the program, else target/site]
    #[arg(long, value_name = "DIR", env = "AUDITORIUM_SITE")]
    site: Option<std::path::PathBuf>,
}

impl Serve {
    /// Serves until it is told to stop.
    pub async fn run(self, flags: &Flags) -> Result<ExitCode> {
        let config = Config::load_to_serve(flags, &self.flags)?;
        log_to_standard_error(&config)?;
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let listener = config
            .network
            .listen
            .bind()
            .with_context(|| format!("cannot listen on {}", config.network.listen.address))?;
        let address = listener.local_addr()?;
        let scheme = if config.network.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let url = config
            .network
            .public_url
            .clone()
            .unwrap_or_else(|| format!("{scheme}://{address}"));
        let mut installation = installation::open(&config, url.clone()).await?;
        let stop = CancellationToken::new();
        let sealer = service::trail::start(&installation.services, &config.trail_keys).await?;
        let witnesses = witnesses(&config)?;
        let jobs = jobs::start(
            &installation.services,
            sealer,
            witnesses,
            config.purge,
            &stop,
        );
        let state = self.state(&config, &installation, address, stop.clone())?;
        // Before it says that it serves: whoever reads that may stop it at once.
        let signals = Signals::listen()?;
        greet(&installation, &config, &url).await?;
        let served = tokio::select! {
            served = listen(router(state), listener, &config, &stop, signals) => served,
            ended = installation.database_ended() => Err(ended),
        };
        stop.cancel();
        end(
            jobs,
            if served.is_ok() {
                GRACE
            } else {
                Duration::ZERO
            },
        )
        .await;
        installation.close().await?;
        served?;
        eprintln!("Stopped.");
        Ok(ExitCode::SUCCESS)
    }

    fn state(
        &self,
        config: &Config,
        installation: &Installation,
        address: SocketAddr,
        stop: CancellationToken,
    ) -> Result<AppState> {
        let site = self.site.clone().unwrap_or_else(default_site);
        let leptos = LeptosOptions::builder()
            .output_name("auditorium")
            .site_root(site.display().to_string())
            .site_pkg_dir(pages::PKG)
            .env(leptos::config::Env::PROD)
            .site_addr(address)
            .build();
        Ok(AppState {
            services: installation.services.clone(),
            leptos,
            trusted_proxies: Arc::new(config.network.trusted_proxies.clone()),
            https: config.network.is_https(),
            metrics: PrometheusBuilder::new().install_recorder()?,
            rates: Rates::new(&config.limits),
            body_bytes: config.limits.body_bytes,
            stop,
        })
    }
}

/// Waits for the jobs, but not for one that waits for a database that has died. To be cut off is
/// nothing new to any of them: a process that is killed does the same.
async fn end(mut jobs: JoinSet<()>, patience: Duration) {
    let all = async { while jobs.join_next().await.is_some() {} };
    if timeout(patience, all).await.is_err() {
        jobs.shutdown().await;
    }
}

/// Whoever is asked to cosign, where a policy file names them.
fn witnesses(config: &Config) -> Result<Option<Witnesses>> {
    let Some(file) = &config.trail_witnesses else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {} (trail.witnesses)", file.display()))?;
    let witnesses = Witnesses::read(&text).with_context(|| file.display().to_string())?;
    Ok(Some(witnesses))
}

/// The pages beside the program, as `dist` and packages lay them, or where a checkout builds them.
fn default_site() -> std::path::PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("site")))
        .filter(|site| site.is_dir())
        .unwrap_or_else(|| "target/site".into())
}

fn log_to_standard_error(config: &Config) -> Result<()> {
    // Postgres notes at each start that the table of migrations exists. What somebody asks for
    // comes later and counts.
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log.filter))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Json => lines.json().init(),
        LogFormat::Text => lines.init(),
    }
    Ok(())
}

/// Says where the console is and, while no password exists, how to get in.
async fn greet(installation: &Installation, config: &Config, url: &str) -> Result<()> {
    let services = &installation.services;
    service::users::ensure_first_owner(services).await?;
    if config.database.is_embedded() {
        let token = service::tokens::local_credential(services).await?;
        client::write_local(&config.data_dir, url, token.expose_secret())?;
    }
    eprintln!("Auditorium serves {url}");
    if let Ok(program) = std::env::current_exe() {
        eprintln!("Command:  {}", program.display());
    }
    if let Some(path) = service::sign_in::fresh_link(services).await? {
        eprintln!("Sign in:  {url}{path}");
    }
    Ok(())
}

async fn listen(
    router: Router,
    listener: TcpListener,
    config: &Config,
    stop: &CancellationToken,
    signals: Signals,
) -> Result<()> {
    let handle = Handle::new();
    let Signals {
        interrupt,
        terminate,
        hang_up,
    } = signals;
    let mut hang_up = Some(hang_up);
    let rustls = match &config.network.tls {
        Some(settings) => {
            let rustls = tls::load(settings)?;
            if let Some(hang_up) = hang_up.take() {
                let reload = tls::reload_on_change(settings.clone(), rustls.clone(), hang_up);
                tokio::spawn(reload);
            }
            Some(rustls)
        }
        None => None,
    };
    let stopping = stop_on_signal(
        handle.clone(),
        stop.clone(),
        [Some(interrupt), Some(terminate), hang_up],
    );
    tokio::spawn(stopping);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    listener.set_nonblocking(true)?;
    match rustls {
        Some(rustls) => {
            axum_server::from_tcp_rustls(listener, rustls)?
                .handle(handle)
                .serve(service)
                .await?;
        }
        None => {
            axum_server::from_tcp(listener)?
                .handle(handle)
                .serve(service)
                .await?;
        }
    }
    Ok(())
}

/// Stops at the first of these. A hang-up is among them where it does not mean "read the
/// certificate again": a terminal that is closed would otherwise leave Postgres behind.
async fn stop_on_signal(
    handle: Handle<SocketAddr>,
    stop: CancellationToken,
    signals: [Option<Signal>; 3],
) {
    let received = signals.into_iter().flatten().map(|mut signal| {
        Box::pin(async move {
            signal.recv().await;
        })
    });
    select_all(received).await;
    eprintln!("Stopping…");
    // Streams that never end must end first, or the grace is waited out.
    stop.cancel();
    handle.graceful_shutdown(Some(GRACE));
}

/// What the process listens for from now on instead of dying of it.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }
}
