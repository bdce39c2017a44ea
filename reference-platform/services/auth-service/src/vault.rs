//! Encryption of private keys at rest: AES-256-GCM with a key from the settings, bound to the id of what is encrypted.

use anyhow::{Context, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::Secret;

/// Seals and opens.
pub struct Vault {
    key: RandomizedNonceKey,
}

impl Vault {
    /// From 32 bytes in base64.
    pub fn new(key: &str) -> anyhow::Result<Self> {
        // The value is not part of the error.
        let bytes = STANDARD.decode(key).ok().context("SIGNING_KEY_ENCRYPTION_KEY is not base64")?;
        ensure!(bytes.len() == 32, "SIGNING_KEY_ENCRYPTION_KEY must be 32 bytes in base64");
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes)
            .map_err(|_| anyhow::anyhow!("AES-256-GCM is not to be had"))?;
        Ok(Self { key })
    }

    /// Nonce, cipher text and tag.
    pub fn seal(&self, id: &str, secret: &Secret) -> anyhow::Result<Vec<u8>> {
        let mut sealed = secret.expose().as_bytes().to_vec();
        let nonce = self.key.seal_in_place_append_tag(Aad::from(id), &mut sealed);
        let nonce = nonce.map_err(|_| anyhow::anyhow!("a private key could not be encrypted"))?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Fails when another key sealed it, or for another id.
    pub fn open(&self, id: &str, sealed: &[u8]) -> anyhow::Result<Secret> {
        const WRONG: &str = "a private key could not be decrypted: SIGNING_KEY_ENCRYPTION_KEY is another one";
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).context(WRONG)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok().context(WRONG)?;
        let mut body = body.to_vec();
        let plain = self.key.open_in_place(nonce, Aad::from(id), &mut body).ok().context(WRONG)?;
        let text = std::str::from_utf8(plain).ok().context(WRONG)?;
        Ok(Secret::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&STANDARD.encode([byte; 32])).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_again_for_the_same_id_and_key_only() {
        let secret = Secret::new("private".to_owned());
        let sealed = vault(1).seal("a", &secret).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(vault(1).open("a", &sealed).ok().unwrap().expose(), "private");
        assert!(vault(1).open("b", &sealed).is_err());
        assert!(vault(2).open("a", &sealed).is_err());
        assert!(vault(1).open("a", &sealed[..10]).is_err());
        assert_ne!(vault(1).seal("a", &secret).unwrap(), sealed);
    }

    #[test]
    fn a_bad_key_is_refused_without_being_shown() {
        for bad in ["", "short", "c2VjcmV0"] {
            let error = Vault::new(bad).err().unwrap();
            assert!(bad.is_empty() || !format!("{error:#}").contains(bad));
        }
    }
}
