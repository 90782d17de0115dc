//! Questions to an S3 service about a bucket, signed as the service wants it (AWS Signature 4).
//!
//! Only makes the requests; who sends them decides about redirects and time limits.

use object_store::aws::{AmazonS3Builder, AwsAuthorizer};
use object_store::client::{HttpRequest, HttpRequestBody};
use secrecy::ExposeSecret;

use crate::objects::S3;
use crate::{Error, Result};

/// A GET request about a bucket.
#[derive(Clone, Debug)]
pub struct Question {
    pub url: String,
    /// Names and values; empty when it is asked without a key.
    pub headers: Vec<(String, String)>,
}

/// The address of a bucket, by path.
#[must_use]
pub fn bucket_url(settings: &S3, bucket: &str) -> String {
    let endpoint = settings
        .endpoint
        .clone()
        .unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", settings.region));
    format!(
        "{}/{}{bucket}",
        endpoint.trim_end_matches('/'),
        settings.bucket_prefix
    )
}

/// Asks for a property of a bucket: `versioning`, `encryption`, `object-lock`.
pub async fn ask(settings: &S3, bucket: &str, property: &str) -> Result<Question> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(format!("{}{bucket}", settings.bucket_prefix))
        .with_region(&settings.region);
    if let Some((id, secret)) = &settings.key {
        builder = builder
            .with_access_key_id(id)
            .with_secret_access_key(secret.expose_secret());
    }
    let credential = builder.build()?.credentials().get_credential().await?;
    let url = format!("{}?{property}=", bucket_url(settings, bucket));
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.uri_mut() = url
        .parse()
        .map_err(|_| Error::Schema(format!("{url} is no address of a bucket")))?;
    AwsAuthorizer::new(&credential, "s3", &settings.region).try_authorize(&mut request, None)?;
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    Ok(Question { url, headers })
}
