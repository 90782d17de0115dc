//! Secrets that machines keep: cookies, tokens, links. 256 random bits, so that a plain
//! SHA-256 is all that the store needs. Passwords are not such secrets; see `passwords`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// A new secret after a prefix: 43 characters that are safe in addresses, cookies and headers.
pub(crate) fn mint(prefix: &str) -> SecretString {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes);
    SecretString::from(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// What the store knows of a secret.
pub(crate) fn digest(secret: &SecretString) -> [u8; 32] {
    Sha256::digest(secret.expose_secret().as_bytes()).into()
}
