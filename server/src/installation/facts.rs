//! What compliance checks need to know of the configuration.

use service::compliance::Facts;
use store::objects::S3;

use crate::config::settings::SETTINGS;
use crate::config::{Config, FILE_NAME, Objects, TlsVersion};

/// The facts of this configuration. Reads the configuration file again, for whether it holds
/// secrets: the checked configuration no longer says where a value came from.
pub(super) fn of(config: &Config) -> Facts {
    let (objects_folder, s3) = match &config.objects {
        Objects::Folder(folder) => (Some(folder.clone()), None),
        Objects::S3(s3) => (None, Some(store_settings(s3))),
    };
    Facts {
        https: config.network.is_https(),
        listens_on_loopback: config.network.listen.address.ip().is_loopback(),
        tls_min_version: config.network.tls.as_ref().map(|tls| {
            match tls.min_version {
                TlsVersion::Tls12 => "1.2",
                TlsVersion::Tls13 => "1.3",
            }
            .to_owned()
        }),
        embedded_database: config.database.is_embedded(),
        program: std::env::current_exe().ok(),
        data_dir: Some(
            std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone()),
        ),
        objects_folder,
        trail_keys: Some(config.trail_keys.clone()),
        s3,
        secrets_in_file: secrets(
            &std::fs::read_to_string(config.data_dir.join(FILE_NAME)).unwrap_or_default(),
        ),
        warnings: config.warnings(),
    }
}

/// The object store's settings as the store takes them.
pub(super) fn store_settings(s3: &crate::config::S3) -> S3 {
    S3 {
        endpoint: s3.endpoint.clone(),
        region: s3.region.clone(),
        key: s3
            .key
            .as_ref()
            .map(|key| (key.id.clone(), key.secret.clone())),
        bucket_prefix: s3.bucket_prefix.clone(),
    }
}

/// Names of the secret settings whose value stands in a configuration file.
fn secrets(file: &str) -> Vec<String> {
    let Ok(table) = file.parse::<toml::Table>() else {
        return Vec::new();
    };
    let stands = |key: &str| {
        let mut parts = key.split('.');
        let first = parts.next().and_then(|part| table.get(part));
        parts
            .fold(first, |value, part| value.and_then(|value| value.get(part)))
            .is_some()
    };
    SETTINGS
        .iter()
        .filter(|setting| setting.secret && stands(setting.key))
        .map(|setting| setting.key.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_file_is_named_and_nothing_else_is() {
        let file =
            "listen = \"127.0.0.1:1\"\n[s3]\nendpoint = \"https://a\"\nsecret_access_key = \"x\"\n";
        assert_eq!(secrets(file), ["s3.secret_access_key"]);
        assert!(secrets("listen = \"127.0.0.1:1\"").is_empty());
    }
}
