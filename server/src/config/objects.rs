//! Where task logs, exports and the archive are kept: files in the data folder, or S3. A secret
//! key is never sent over plain HTTP beyond this machine.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{Error, layers::Layers, network::is_loopback_host};

/// An S3 service.
#[derive(Clone, Debug)]
pub struct S3 {
    /// Address of the service; absent for AWS, whose address follows from the region.
    pub endpoint: Option<String>,
    /// Region; `us-east-1` where nobody said, which other services than AWS ignore.
    pub region: String,
    /// Key; absent where the machine itself has a role.
    pub key: Option<S3Key>,
    /// Put before `logs`, `exports` and `archive`.
    pub bucket_prefix: String,
}

impl S3 {
    /// The full name of the bucket `logs`, `exports` or `archive`.
    #[must_use]
    pub fn bucket(&self, name: &str) -> String {
        format!("{}{name}", self.bucket_prefix)
    }
}

/// Name and secret of an S3 key.
#[derive(Clone, Debug)]
pub struct S3Key {
    /// Its name.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// Which object store it is.
#[derive(Clone, Debug)]
pub enum Objects {
    /// Files in this folder, one folder a bucket.
    Folder(PathBuf),
    /// A service.
    S3(S3),
}

impl Objects {
    pub(super) fn read(layers: &Layers, data_dir: &Path) -> Result<Self, Error> {
        const KEYS: [&str; 5] = [
            "s3.endpoint",
            "s3.region",
            "s3.access_key_id",
            "s3.secret_access_key",
            "s3.bucket_prefix",
        ];
        if !KEYS.iter().any(|key| layers.is_set(key)) {
            return Ok(Self::Folder(data_dir.join("objects")));
        }
        let endpoint = read_endpoint(layers)?;
        let region = layers.text("s3.region").map(str::to_owned);
        if endpoint.is_none() && region.is_none() {
            return Err(Error::Contradiction(format!(
                "{} but neither s3.endpoint (S3_ENDPOINT) nor s3.region (S3_REGION): which service \
                 is meant",
                given(layers, &KEYS)
            )));
        }
        Ok(Self::S3(S3 {
            endpoint,
            region: region.unwrap_or_else(|| "us-east-1".to_owned()),
            key: read_key(layers)?,
            bucket_prefix: read_prefix(layers)?,
        }))
    }
}

fn given(layers: &Layers, keys: &[&str]) -> String {
    let parts: Vec<String> = keys
        .iter()
        .filter(|key| layers.is_set(key))
        .map(|key| format!("{key} (from {})", layers.origin(key)))
        .collect();
    format!("there is {}", parts.join(" and "))
}

fn read_endpoint(layers: &Layers) -> Result<Option<String>, Error> {
    const KEY: &str = "s3.endpoint";
    let Some(uri) = layers.parse::<http::Uri>(KEY)? else {
        return Ok(None);
    };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => {}
        (Some("http"), Some(host)) if is_loopback_host(host) => {}
        (Some("http"), Some(host)) => {
            return Err(layers.invalid(KEY, format!("plain HTTP to {host}; use https")));
        }
        _ => return Err(layers.invalid(KEY, "must begin with https:// and name a host")),
    }
    Ok(Some(uri.to_string().trim_end_matches('/').to_owned()))
}

fn read_key(layers: &Layers) -> Result<Option<S3Key>, Error> {
    let id = layers.text("s3.access_key_id").map(str::to_owned);
    match (id, layers.secret("s3.secret_access_key")) {
        (Some(id), Some(secret)) => Ok(Some(S3Key { id, secret })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Error::Contradiction(format!(
            "s3.access_key_id (from {}) has no s3.secret_access_key (S3_SECRET_ACCESS_KEY)",
            layers.origin("s3.access_key_id")
        ))),
        (None, Some(_)) => Err(Error::Contradiction(format!(
            "s3.secret_access_key (from {}) has no s3.access_key_id (S3_ACCESS_KEY_ID)",
            layers.origin("s3.secret_access_key")
        ))),
    }
}

fn read_prefix(layers: &Layers) -> Result<String, Error> {
    const KEY: &str = "s3.bucket_prefix";
    let prefix = layers.text(KEY).unwrap_or_default();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if prefix.len() <= 50 && prefix.chars().all(fits) {
        return Ok(prefix.to_owned());
    }
    Err(layers.invalid(
        KEY,
        "a bucket's name is lower case letters, digits, dots and hyphens",
    ))
}
