//! Stream keys: what an encoder shows. They have no `Debug` and no `Display`, so that no log line can contain one by accident.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A key. It is shown once, when it is made.
pub struct StreamKey(String);

/// SHA-256 of a key: all that is stored. Keys are random, so a slow hash would add nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

impl StreamKey {
    /// 256 random bits, base64url, 43 characters. `None` when the system gives no random bytes.
    pub fn random() -> Option<Self> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).ok()?;
        Some(StreamKey(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What is stored of it.
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }

    /// The key, for the answer.
    pub fn into_exposed(self) -> String {
        self.0
    }
}

impl KeyHash {
    /// Of a key that somebody shows.
    pub fn of(key: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
        KeyHash(bytes)
    }

    /// For the store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_and_so_do_their_hashes() {
        let (one, other) = (StreamKey::random().unwrap(), StreamKey::random().unwrap());
        assert!(one.hash() != other.hash());
        let hash = one.hash();
        let exposed = one.into_exposed();
        assert_eq!(exposed.len(), 43);
        assert!(KeyHash::of(&exposed) == hash);
    }
}
