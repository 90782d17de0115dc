//! The object store: S3 or a folder, behind one type.

mod copying;

use std::path::Path;
use std::sync::Arc;

pub use copying::Copied;
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use secrecy::{ExposeSecret, SecretString};

use crate::Result;

/// Where S3 is and how to sign in to it. Buckets are named `{prefix}logs` and so on.
#[derive(Clone, Debug)]
pub struct S3 {
    pub endpoint: Option<String>,
    pub region: String,
    /// Name and secret of the key; absent where the machine itself has a role.
    pub key: Option<(String, SecretString)>,
    pub bucket_prefix: String,
}

/// The buckets.
#[derive(Clone, Debug)]
pub struct Objects {
    /// Task logs: plain objects that any S3 client reads.
    pub logs: Arc<dyn ObjectStore>,
    /// Background exports.
    pub exports: Arc<dyn ObjectStore>,
    /// The chain of checkpoints and the tiles of the trail.
    pub archive: Arc<dyn ObjectStore>,
    /// `file` or `s3`, for the compliance view.
    pub kind: &'static str,
}

impl Objects {
    /// Folders `logs`, `exports` and `archive` under `root`, made when missing.
    pub fn files(root: &Path) -> Result<Self> {
        let bucket = |name: &str| -> Result<Arc<dyn ObjectStore>> {
            let folder = root.join(name);
            std::fs::create_dir_all(&folder)?;
            Ok(Arc::new(
                LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true),
            ))
        };
        Ok(Self {
            logs: bucket("logs")?,
            exports: bucket("exports")?,
            archive: bucket("archive")?,
            kind: "file",
        })
    }

    /// Buckets of an S3 service. Plain HTTP is accepted for a loopback endpoint only.
    pub fn s3(settings: &S3) -> Result<Self> {
        let bucket = |name: &str| -> Result<Arc<dyn ObjectStore>> {
            let mut builder = AmazonS3Builder::new()
                .with_bucket_name(format!("{}{name}", settings.bucket_prefix))
                .with_region(&settings.region);
            if let Some((id, secret)) = &settings.key {
                builder = builder
                    .with_access_key_id(id)
                    .with_secret_access_key(secret.expose_secret());
            }
            if let Some(endpoint) = &settings.endpoint {
                let loopback = endpoint.starts_with("http://127.0.0.1")
                    || endpoint.starts_with("http://localhost")
                    || endpoint.starts_with("http://[::1]");
                builder = builder.with_endpoint(endpoint).with_allow_http(loopback);
            }
            Ok(Arc::new(builder.build()?))
        };
        Ok(Self {
            logs: bucket("logs")?,
            exports: bucket("exports")?,
            archive: bucket("archive")?,
            kind: "s3",
        })
    }
}
