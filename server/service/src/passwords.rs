//! Passwords: whether one is good enough, its hash, and its comparison.
//!
//! argon2id with the parameters of RFC 9106's second choice as the crate sets them (19 MiB,
//! two passes). Two at a time: more would let a crowd of sign-ins take the machine's memory.

use std::sync::LazyLock;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use model::problem::FieldError;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Error, Result};

/// Characters that a password has at least (rows B7 and C16).
pub const MIN_CHARS: usize = 12;

/// Bytes that a password has at most; a longer one would only cost time.
const MAX_BYTES: usize = 1_024;

static HASHING: Semaphore = Semaphore::const_new(2);

/// Compared with where there is no account or no password, so that the answer takes as long.
/// Nobody knows its password.
static DUMMY: LazyLock<Option<String>> = LazyLock::new(|| {
    let nobody = crate::secret::mint("");
    phc(nobody.expose_secret()).ok()
});

/// Whether a password would be taken; the reason stands under `path`. `words` are the
/// person's own: name, address, the installation's name.
pub fn check(password: &SecretString, words: &[&str], path: &str) -> Result<(), FieldError> {
    let password = password.expose_secret();
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        let reason = format!(
            "has {chars} characters and needs at least {MIN_CHARS}; a few unrelated words are easy to remember"
        );
        return Err(FieldError::new(path, reason));
    }
    if password.len() > MAX_BYTES {
        return Err(FieldError::new(
            path,
            format!("is longer than {MAX_BYTES} bytes"),
        ));
    }
    let entropy = zxcvbn::zxcvbn(password, words);
    if entropy.score() >= zxcvbn::Score::Three {
        return Ok(());
    }
    let mut reason = "is too easy to guess".to_owned();
    if let Some(feedback) = entropy.feedback() {
        if let Some(warning) = feedback.warning() {
            reason = format!("{reason}: {}", sentence(&warning.to_string()));
        }
        if let Some(suggestion) = feedback.suggestions().first() {
            reason = format!("{reason}. {}", suggestion.to_string().trim_end_matches('.'));
        }
    }
    Err(FieldError::new(path, reason))
}

/// A warning as the second half of a sentence.
fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

/// Checks a new password and hashes it.
pub(crate) async fn hash(password: SecretString, words: Vec<String>, path: &str) -> Result<String> {
    let path = path.to_owned();
    blocking(move || {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        check(&password, &words, &path).map_err(|error| Error::Invalid(vec![error]))?;
        phc(password.expose_secret())
    })
    .await?
}

/// Whether a password is the one of a hash. Takes as long when there is no hash.
pub(crate) async fn verify(password: SecretString, hash: Option<String>) -> Result<bool> {
    blocking(move || {
        let known = hash.is_some();
        let hash = hash.or_else(|| DUMMY.clone()).unwrap_or_default();
        let parsed = PasswordHash::new(&hash).map_err(|error| {
            Error::Unexpected(format!("a password's hash cannot be read: {error}"))
        })?;
        let equal = password.expose_secret().len() <= MAX_BYTES
            && Argon2::default()
                .verify_password(password.expose_secret().as_bytes(), &parsed)
                .is_ok();
        Ok(known && equal)
    })
    .await?
}

fn phc(password: &str) -> Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| Error::Unexpected(format!("argon2: {error}")))?;
    Ok(hash.to_string())
}

async fn permit() -> Result<SemaphorePermit<'static>> {
    tokio::time::timeout(Duration::from_secs(10), HASHING.acquire())
        .await
        .map_err(|_| Error::TooMany {
            retry_after_secs: 10,
        })?
        .map_err(|_| Error::Unexpected("the password hasher was closed".to_owned()))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit = permit().await?;
    // The permit goes along: a caller that gives up does not free a core that still hashes.
    tokio::task::spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    })
    .await
    .map_err(|error| Error::Unexpected(format!("hashing a password: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str, words: &[&str]) -> String {
        check(&SecretString::from(password), words, "password")
            .unwrap_err()
            .reason
    }

    #[test]
    fn a_short_password_is_refused_with_its_length() {
        assert!(refused("Xk9#pQ2$vL", &[]).contains("10 characters"));
    }

    #[test]
    fn a_long_password_of_the_persons_own_words_is_refused() {
        assert!(refused("passwordpassword", &[]).contains("easy to guess"));
        assert!(
            refused("ada.lovelace1", &["ada.lovelace", "ada", "lovelace"])
                .contains("easy to guess")
        );
    }

    #[test]
    fn a_few_unrelated_words_are_taken() {
        check(
            &SecretString::from("cobalt-thimble-marsh-otter"),
            &[],
            "password",
        )
        .unwrap();
    }

    #[tokio::test]
    async fn only_the_right_password_of_an_existing_hash_passes() {
        let password = SecretString::from("cobalt-thimble-marsh-otter");
        let hash = hash(password.clone(), Vec::new(), "password")
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify(password.clone(), Some(hash.clone())).await.unwrap());
        assert!(
            !verify(SecretString::from("something else"), Some(hash))
                .await
                .unwrap()
        );
        assert!(!verify(password, None).await.unwrap());
    }
}
