//! Values that must not be seen: passwords, codes, tokens. They have no `Debug` and no `Display`, so that no log line, no error and no
//! panic can contain one by accident.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A secret. It is read where it is used, by a name that is easy to find.
#[derive(Clone)]
pub struct Secret(String);

/// SHA-256 of a secret: what is stored of codes and refresh tokens. They are random, so a slow hash would add nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Secret {
    /// Takes a value out of a request.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// A new opaque token: 256 random bits, base64url, 43 characters.
    pub fn random() -> Result<Self, RandomFailed> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(|_| RandomFailed)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The value, for an answer.
    pub fn into_exposed(self) -> String {
        self.0
    }

    /// What is stored instead of the value.
    pub fn digest(&self) -> Digest {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, self.0.as_bytes()).as_ref());
        Digest(bytes)
    }
}

impl Digest {
    /// For the store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Base64url without padding, 43 characters.
    pub fn to_base64url(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes")]
pub struct RandomFailed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_secrets_are_opaque_and_differ() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.expose(), other.expose());
        assert!(one.digest() != other.digest());
    }

    #[test]
    fn a_digest_is_sha_256() {
        let digest = Secret::new("abc".to_owned()).digest();
        assert_eq!(digest.to_base64url(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }
}
