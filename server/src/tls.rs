//! TLS for the console's own listener, from a certificate and a key in PEM. TLS 1.3 alone unless
//! the configuration says otherwise. Files that change are read again without a restart; new files
//! that are wrong are reported and the old certificate stays in use.

mod validity;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum_server::tls_rustls::RustlsConfig;
use chrono::{DateTime, Utc};
use rustls::{
    ServerConfig, SupportedProtocolVersion,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::{TLS12, TLS13},
};
use tokio::signal::unix::Signal;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::{Tls, TlsVersion};

/// How often the files are looked at.
pub const RELOAD_INTERVAL: Duration = Duration::from_secs(30);

/// Why the listener cannot serve TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("{setting} names {}, which cannot be read: {source}", path.display())]
    Read {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it must.
    #[error("{setting} names {}, which holds no {wanted} in PEM", path.display())]
    Content {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What was looked for.
        wanted: &'static str,
    },
    /// Certificate and key do not serve together.
    #[error("tls.cert {} and tls.key {} do not serve together: {reason}", cert.display(), key.display())]
    Pair {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What rustls says.
        reason: rustls::Error,
    },
    /// Nobody chose the cryptography of the process.
    #[error("no cryptography provider is installed in this process")]
    NoProvider,
}

/// Reads the files into settings of a listener that speaks HTTP/2 and HTTP/1.1.
///
/// # Errors
/// See [`Error`]; each names the setting and the file.
pub fn load(tls: &Tls) -> Result<RustlsConfig, Error> {
    Ok(RustlsConfig::from_config(Arc::new(server_config(tls)?)))
}

/// Until when the certificate counts: of its chain, the one that ends first.
///
/// # Errors
/// See [`Error`].
pub fn expires_at(tls: &Tls) -> Result<DateTime<Utc>, Error> {
    let chain = read_chain(&tls.cert)?;
    let ends: Option<Vec<_>> = chain.iter().map(|der| validity::not_after(der)).collect();
    ends.and_then(|ends| ends.into_iter().min())
        .ok_or_else(|| Error::Content {
            setting: "tls.cert",
            path: tls.cert.clone(),
            wanted: "certificate with an end of its validity",
        })
}

/// Reads the files again whenever one of them has changed, and at once when told to by `hang_up`
/// (SIGHUP). Never returns: run it beside the server.
pub async fn reload_on_change(tls: Tls, config: RustlsConfig, mut hang_up: Signal) {
    let mut seen = stamps(&tls);
    let mut ticks = interval(RELOAD_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                reload_if_changed(&tls, &config, &mut seen);
            }
            _ = hang_up.recv() => {
                seen = stamps(&tls);
                reload(&tls, &config);
            }
        }
    }
}

type Stamps = [Option<(SystemTime, u64)>; 2];

/// Loads new files. Both are replaced one after the other by whoever renews them, so a pair that
/// does not match is tried again as soon as one of them changes once more.
fn reload_if_changed(tls: &Tls, config: &RustlsConfig, seen: &mut Stamps) -> bool {
    let now = stamps(tls);
    if now == *seen {
        return false;
    }
    *seen = now;
    reload(tls, config)
}

fn reload(tls: &Tls, config: &RustlsConfig) -> bool {
    match server_config(tls) {
        Ok(new) => {
            config.reload_from_config(Arc::new(new));
            tracing::info!(cert = %tls.cert.display(), "reloaded the TLS certificate");
            true
        }
        Err(error) => {
            tracing::error!(%error, "kept the old TLS certificate");
            false
        }
    }
}

/// Time and size of both files. `fs::metadata` follows the links by which Kubernetes and certbot
/// swap secrets.
fn stamps(tls: &Tls) -> Stamps {
    [&tls.cert, &tls.key].map(|path| {
        let meta = fs::metadata(path).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    })
}

fn server_config(tls: &Tls) -> Result<ServerConfig, Error> {
    let chain = read_chain(&tls.cert)?;
    let key = read_key(&tls.key)?;
    let provider = CryptoProvider::get_default()
        .ok_or(Error::NoProvider)?
        .clone();
    let versions: &[&SupportedProtocolVersion] = match tls.min_version {
        TlsVersion::Tls13 => &[&TLS13],
        TlsVersion::Tls12 => &[&TLS13, &TLS12],
    };
    let fail = |reason| Error::Pair {
        cert: tls.cert.clone(),
        key: tls.key.clone(),
        reason,
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(fail)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(fail)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read {
        setting,
        path: path.to_owned(),
        source,
    })
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    const SETTING: &str = "tls.cert";
    let pem = read(SETTING, path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| Error::Content {
            setting: SETTING,
            path: path.to_owned(),
            wanted: "certificate",
        })
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    const SETTING: &str = "tls.key";
    let pem = read(SETTING, path)?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| Error::Content {
        setting: SETTING,
        path: path.to_owned(),
        wanted: "private key",
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A fresh self-signed certificate and its key.
    fn make(folder: &Path, name: &str) -> Tls {
        let (cert, key) = (
            folder.join(format!("{name}.crt")),
            folder.join(format!("{name}.key")),
        );
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
            ])
            .args(["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&cert)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Tls {
            cert,
            key,
            min_version: TlsVersion::Tls13,
        }
    }

    fn install_provider() {
        // Another test of this process may have been first.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    }

    #[test]
    fn files_that_are_wrong_are_named_with_their_setting() {
        install_provider();
        let folder = tempfile::tempdir().unwrap();
        let good = make(folder.path(), "good");
        let other = make(folder.path(), "other");
        let absent = folder.path().join("absent.pem");
        let cases = [
            (
                Tls {
                    cert: absent,
                    ..good.clone()
                },
                "tls.cert names",
            ),
            (
                Tls {
                    cert: good.key.clone(),
                    ..good.clone()
                },
                "holds no certificate",
            ),
            (
                Tls {
                    key: good.cert.clone(),
                    ..good.clone()
                },
                "holds no private key",
            ),
            (
                Tls {
                    key: other.key,
                    ..good.clone()
                },
                "do not serve together",
            ),
        ];
        for (tls, part) in cases {
            let error = load(&tls).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(load(&good).is_ok());
    }

    #[test]
    fn a_certificate_says_when_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let tls = make(folder.path(), "cert");
        let left = (expires_at(&tls).unwrap() - Utc::now()).num_minutes();
        assert!((2 * 1440 - 5..=2 * 1440).contains(&left), "{left}");
        assert!(
            expires_at(&Tls {
                cert: tls.key.clone(),
                ..tls
            })
            .is_err()
        );
    }

    #[test]
    fn new_files_are_taken_and_broken_ones_leave_the_old_in_use() {
        install_provider();
        let folder = tempfile::tempdir().unwrap();
        let tls = make(folder.path(), "cert");
        let config = load(&tls).unwrap();
        let first = config.get_inner();
        let mut seen = stamps(&tls);
        assert!(!reload_if_changed(&tls, &config, &mut seen));

        fs::write(&tls.cert, "not a certificate").unwrap();
        assert!(!reload_if_changed(&tls, &config, &mut seen));
        assert!(Arc::ptr_eq(&first, &config.get_inner()));

        make(folder.path(), "cert");
        assert!(reload_if_changed(&tls, &config, &mut seen));
        assert!(!Arc::ptr_eq(&first, &config.get_inner()));
    }
}
