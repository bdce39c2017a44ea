//! Signed addresses: who holds one may fetch one variant of one file until it expires. Nothing is stored; the file must still be
//! there when it is fetched.

use anyhow::Context as _;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use social_auth::Secret;
use uuid::Uuid;

use crate::domain::VariantName;

/// A shorter key could be guessed.
const MIN_KEY_BYTES: usize = 32;
/// 32 bytes in base64 without padding.
const SIGNATURE_CHARACTERS: usize = 43;

/// Signs with the first key and accepts both, so that a key is replaced without breaking what was signed.
#[derive(Clone)]
pub struct Signer {
    current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

impl Signer {
    /// # Errors
    /// A key that is too short.
    pub fn new(current: &Secret, previous: Option<&Secret>) -> anyhow::Result<Self> {
        Ok(Signer {
            current: key(current).context("MEDIA_SIGNING_KEY")?,
            previous: previous.map(key).transpose().context("MEDIA_SIGNING_KEY_PREVIOUS")?,
        })
    }

    /// The query of an address that is good until `expires`, in seconds of Unix time.
    pub fn query(&self, media_id: Uuid, variant: VariantName, expires: i64) -> String {
        let signature = authenticate(&self.current, media_id, variant, expires).finalize().into_bytes();
        format!("expires={expires}&signature={}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whether one of the keys has signed this. In constant time; whether it has expired is another question.
    pub fn verify(&self, media_id: Uuid, variant: VariantName, expires: i64, signature: &str) -> bool {
        if signature.len() != SIGNATURE_CHARACTERS {
            return false;
        }
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .any(|key| authenticate(key, media_id, variant, expires).verify_slice(&signature).is_ok())
    }
}

fn key(secret: &Secret) -> anyhow::Result<Hmac<Sha256>> {
    let bytes = secret.expose().as_bytes();
    anyhow::ensure!(bytes.len() >= MIN_KEY_BYTES, "must have at least {MIN_KEY_BYTES} bytes");
    Ok(Hmac::new_from_slice(bytes)?)
}

/// All parts but the name have a fixed length, so no two of them read the same.
fn authenticate(key: &Hmac<Sha256>, media_id: Uuid, variant: VariantName, expires: i64) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(b"media-url-1");
    mac.update(media_id.as_bytes());
    mac.update(&expires.to_be_bytes());
    mac.update(variant.as_str().as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(letter: char) -> Secret {
        Secret::from(letter.to_string().repeat(MIN_KEY_BYTES))
    }

    fn signature(query: &str) -> &str {
        query.split_once("signature=").unwrap().1
    }

    #[test]
    fn a_signature_is_good_for_one_thing() {
        let signer = Signer::new(&secret('a'), None).unwrap();
        let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
        let query = signer.query(id, VariantName::Large, 1000);
        let good = signature(&query);
        assert!(signer.verify(id, VariantName::Large, 1000, good));
        assert!(!signer.verify(other, VariantName::Large, 1000, good));
        assert!(!signer.verify(id, VariantName::Small, 1000, good));
        assert!(!signer.verify(id, VariantName::Large, 1001, good));
        for bad in ["", "x", &good[1..], &format!("{good}="), &format!("A{}", &good[1..]), &"é".repeat(22)] {
            assert!(bad == good || !signer.verify(id, VariantName::Large, 1000, bad), "{bad}");
        }
    }

    #[test]
    fn keys_are_replaced_in_two_steps() {
        let id = Uuid::now_v7();
        let old = Signer::new(&secret('a'), None).unwrap().query(id, VariantName::Poster, 7);
        let both = Signer::new(&secret('b'), Some(&secret('a'))).unwrap();
        assert!(both.verify(id, VariantName::Poster, 7, signature(&old)));
        let new = both.query(id, VariantName::Poster, 7);
        let after = Signer::new(&secret('b'), None).unwrap();
        assert!(after.verify(id, VariantName::Poster, 7, signature(&new)));
        assert!(!after.verify(id, VariantName::Poster, 7, signature(&old)));
    }

    #[test]
    fn short_keys_are_refused() {
        assert!(Signer::new(&Secret::from("short".to_owned()), None).is_err());
        assert!(Signer::new(&secret('a'), Some(&Secret::from(String::new()))).is_err());
    }
}
