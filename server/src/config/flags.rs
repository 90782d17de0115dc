//! The flags of `auditorium serve` and of every command that needs the installation. They are
//! read as plain text here and judged with all other layers, so that one wrong value gives the
//! same error wherever it stands. Secrets have no flag.

use std::path::PathBuf;

use clap::Args;

use super::{
    layers::{Layers, Origin},
    settings,
};

/// Settings given on the command line; the topmost layer.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// Configuration file [default: auditorium.toml in the data folder, where it exists]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Folder of all local data [default: /var/lib/auditorium as root, else the user's data folder]
    #[arg(long, value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Environment whose defaults and checks count: development, staging or production
    #[arg(long, value_name = "NAME", global = true)]
    pub environment: Option<String>,
    /// Log lines as text or json
    #[arg(long, value_name = "FORMAT", global = true)]
    pub log_format: Option<String>,
}

/// Settings that only `serve` has.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeFlags {
    /// Address to serve on [default: 127.0.0.1:3000, or the next free port]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Address under which people open the console, e.g. <https://audit.example.org>
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Certificate chain in PEM; reloaded when the file changes
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Oldest TLS version that is accepted: 1.3 or 1.2 [default: 1.3]
    #[arg(long, value_name = "VERSION")]
    pub tls_min_version: Option<String>,
    /// Networks of reverse proxies in front, comma-separated, e.g. 10.0.0.0/8
    #[arg(long, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,
}

impl Flags {
    pub(super) fn apply(&self, layers: &mut Layers) {
        put(
            layers,
            "data_dir",
            "--data-dir",
            path(self.data_dir.as_ref()),
        );
        put(
            layers,
            "environment",
            "--environment",
            self.environment.clone(),
        );
        put(
            layers,
            "log.format",
            "--log-format",
            self.log_format.clone(),
        );
    }
}

impl ServeFlags {
    pub(super) fn apply(&self, layers: &mut Layers) {
        put(layers, "listen", "--listen", self.listen.clone());
        put(
            layers,
            "public_url",
            "--public-url",
            self.public_url.clone(),
        );
        put(
            layers,
            "tls.cert",
            "--tls-cert",
            path(self.tls_cert.as_ref()),
        );
        put(layers, "tls.key", "--tls-key", path(self.tls_key.as_ref()));
        put(
            layers,
            "tls.min_version",
            "--tls-min-version",
            self.tls_min_version.clone(),
        );
        put(
            layers,
            "trusted_proxies",
            "--trusted-proxies",
            self.trusted_proxies.clone(),
        );
    }
}

fn path(path: Option<&PathBuf>) -> Option<String> {
    path.map(|path| path.to_string_lossy().into_owned())
}

fn put(layers: &mut Layers, key: &str, flag: &str, text: Option<String>) {
    if let (Some(setting), Some(text)) = (settings::by_key(key), text) {
        layers.set(setting, text, Origin::Flag(flag.to_owned()));
    }
}
