//! Where the console is served and who may stand between it and its readers. Plain HTTP is for
//! loopback alone: any other address needs TLS or a reverse proxy that is named.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    str::FromStr,
};

use ipnet::IpNet;

use super::{Error, layers::Layers};

/// How many ports above the default are tried when nobody asked for an address.
const PORTS_TRIED: u16 = 100;
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);

/// The address to serve on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Address and port; port 0 takes any free one.
    pub address: SocketAddr,
    /// Whether somebody asked for this very address. Only then is a taken port an error.
    pub asked: bool,
}

impl Listen {
    /// Binds the address; the default one moves on to the next free port.
    ///
    /// # Errors
    /// The error of the operating system for the address that was asked for.
    pub fn bind(&self) -> io::Result<TcpListener> {
        let first = TcpListener::bind(self.address);
        match first {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && !self.asked => {
                let port = self.address.port();
                (port.saturating_add(1)..=port.saturating_add(PORTS_TRIED))
                    .find_map(|port| TcpListener::bind((self.address.ip(), port)).ok())
                    .ok_or(error)
            }
            other => other,
        }
    }
}

/// Oldest TLS version that is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersion {
    /// Only by an explicit setting, which the compliance view reports.
    Tls12,
    /// The default.
    #[default]
    Tls13,
}

impl FromStr for TlsVersion {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1.2" => Ok(Self::Tls12),
            "1.3" => Ok(Self::Tls13),
            _ => Err("must be 1.3 or 1.2"),
        }
    }
}

/// Files and version of the TLS that this process itself serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
    /// Oldest version that is accepted.
    pub min_version: TlsVersion,
}

/// What this installation says about the way between it and its readers.
#[derive(Clone, Debug)]
pub struct Network {
    /// Where to serve.
    pub listen: Listen,
    /// TLS, where this process serves it.
    pub tls: Option<Tls>,
    /// Peers whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Scheme and authority under which people open the console, without a slash at the end.
    pub public_url: Option<String>,
}

impl Network {
    pub(super) fn read(layers: &Layers) -> Result<Self, Error> {
        let listen = Listen {
            address: layers.parse("listen")?.unwrap_or(DEFAULT_ADDRESS),
            asked: layers.is_set("listen"),
        };
        let network = Self {
            listen,
            tls: read_tls(layers)?,
            trusted_proxies: read_proxies(layers)?,
            public_url: read_public_url(layers)?,
        };
        network.check(layers)?;
        Ok(network)
    }

    fn check(&self, layers: &Layers) -> Result<(), Error> {
        let address = self.listen.address;
        if address.ip().is_loopback() || self.tls.is_some() || !self.trusted_proxies.is_empty() {
            return Ok(());
        }
        Err(Error::Contradiction(format!(
            "listen = {address} (from {}) would serve plain HTTP beyond this machine. Set tls.cert \
             and tls.key (--tls-cert, --tls-key) to serve TLS, or name the reverse proxy that does \
             in trusted_proxies (TRUSTED_PROXIES, --trusted-proxies), or listen on 127.0.0.1",
            layers.origin("listen")
        )))
    }

    /// Whether readers reach the console by HTTPS, here or at a proxy. Cookies are `Secure` and
    /// HSTS is sent exactly then.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.tls.is_some()
            || self
                .public_url
                .as_deref()
                .is_some_and(|url| url.starts_with("https://"))
    }
}

fn read_tls(layers: &Layers) -> Result<Option<Tls>, Error> {
    let min_version = layers.parse("tls.min_version")?;
    let cert: Option<PathBuf> = layers.parse("tls.cert")?;
    let key: Option<PathBuf> = layers.parse("tls.key")?;
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(Tls {
            cert,
            key,
            min_version: min_version.unwrap_or_default(),
        })),
        (Some(_), None) => Err(missing(
            layers,
            "tls.cert",
            "tls.key (AUDITORIUM_TLS_KEY, --tls-key)",
        )),
        (None, Some(_)) => Err(missing(
            layers,
            "tls.key",
            "tls.cert (AUDITORIUM_TLS_CERT, --tls-cert)",
        )),
        (None, None) if min_version.is_some() => {
            Err(missing(layers, "tls.min_version", "tls.cert and tls.key"))
        }
        (None, None) => Ok(None),
    }
}

fn missing(layers: &Layers, given: &str, needed: &str) -> Error {
    let origin = layers.origin(given);
    Error::Contradiction(format!(
        "{given} (from {origin}) means nothing without {needed}"
    ))
}

fn read_proxies(layers: &Layers) -> Result<Vec<IpNet>, Error> {
    const KEY: &str = "trusted_proxies";
    let text = layers.text(KEY).unwrap_or_default();
    let mut networks = Vec::new();
    for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
        let network = part
            .parse::<IpNet>()
            .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| layers.invalid(KEY, format!("{part} is no address and no network")))?;
        if network.prefix_len() == 0 {
            return Err(layers.invalid(
                KEY,
                format!("{network} would let everybody forge addresses"),
            ));
        }
        networks.push(network);
    }
    Ok(networks)
}

fn read_public_url(layers: &Layers) -> Result<Option<String>, Error> {
    const KEY: &str = "public_url";
    let Some(url) = layers.parse::<http::Uri>(KEY)? else {
        return Ok(None);
    };
    let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return Err(layers.invalid(KEY, "must begin with https:// and name a host"));
    };
    if url.query().is_some() || !matches!(url.path(), "" | "/") || authority.as_str().contains('@')
    {
        return Err(layers.invalid(KEY, "must be scheme and host alone, without path or query"));
    }
    match scheme {
        "https" => {}
        "http" if is_loopback_host(authority.host()) => {}
        _ => return Err(layers.invalid(KEY, "must be https, unless the host is this machine")),
    }
    Ok(Some(format!("{scheme}://{authority}")))
}

/// Whether a host name or address means this very machine.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_address_moves_on_and_an_asked_one_does_not() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = holder.local_addr().unwrap();
        let moved = Listen {
            address,
            asked: false,
        }
        .bind()
        .unwrap();
        assert_ne!(moved.local_addr().unwrap().port(), address.port());
        let refused = Listen {
            address,
            asked: true,
        }
        .bind()
        .unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn loopback_is_recognised_by_name_and_address() {
        for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["localhost.example.org", "10.0.0.1", "0.0.0.0", ""] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
