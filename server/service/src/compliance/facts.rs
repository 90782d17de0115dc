//! What only the server knows of its installation and the checks need.

use std::path::PathBuf;

use store::objects::S3;

/// Set once at start, from the configuration.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether readers reach the console by HTTPS, here or at a proxy.
    pub https: bool,
    /// Whether the console listens on loopback alone.
    pub listens_on_loopback: bool,
    /// The oldest TLS version that this process speaks, `1.3` or `1.2`; absent where it serves
    /// no TLS itself.
    pub tls_min_version: Option<String>,
    /// Whether the database is the private one in the data folder.
    pub embedded_database: bool,
    /// The running program, where it is known.
    pub program: Option<PathBuf>,
    /// The folder of all local data.
    pub data_dir: Option<PathBuf>,
    /// The folder of objects, where they are files.
    pub objects_folder: Option<PathBuf>,
    /// The folder of the keys that sign the trail.
    pub trail_keys: Option<PathBuf>,
    /// The object store, where it is S3.
    pub s3: Option<S3>,
    /// Secret settings whose value stands in the configuration file.
    pub secrets_in_file: Vec<String>,
    /// What `serve` warns of at start: settings that do not fit the environment.
    pub warnings: Vec<String>,
}
