//! Checks of the S3 service, with the key that the server uses. It reads names and writes nothing.

use std::time::Duration;

use tokio::time::timeout;

use super::Finding;
use crate::config::{Config, Objects};
use crate::installation;

const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn examine(config: &Config) -> Option<Finding> {
    const CHECK: &str = "object store";
    const MEND: &str = "correct S3_ENDPOINT, S3_REGION and the key, and create the buckets \
                        `logs`, `exports` and `archive` behind S3_BUCKET_PREFIX";
    let Objects::S3(s3) = &config.objects else {
        return None;
    };
    let place = s3.endpoint.as_deref().unwrap_or(&s3.region);
    let objects = match installation::objects(config) {
        Ok(objects) => objects,
        Err(error) => return Some(Finding::fails(CHECK, error.to_string(), MEND)),
    };
    Some(match timeout(PATIENCE, objects.probe()).await {
        Ok(Ok(())) => Finding::holds(CHECK, format!("{place} shows its buckets to this key")),
        Ok(Err((bucket, error))) => {
            let bucket = s3.bucket(bucket);
            Finding::fails(CHECK, format!("{place}, bucket {bucket}: {error}"), MEND)
        }
        Err(_) => Finding::fails(
            CHECK,
            format!("{place} does not answer within {} s", PATIENCE.as_secs()),
            MEND,
        ),
    })
}
