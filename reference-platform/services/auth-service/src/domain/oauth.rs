//! OAuth 2 with PKCE: clients, scopes, challenges. The method is always S256.

use uuid::Uuid;

use super::{Digest, Secret};

/// A program that may ask for tokens.
pub struct Client {
    pub client_id: String,
    pub redirect_uris: Vec<String>,
    /// All that it can be granted.
    pub scopes: Vec<String>,
}

/// What a code stands for.
pub struct Grant {
    pub account_id: Uuid,
    pub client_id: String,
    pub redirect_uri: String,
    pub challenge: Challenge,
    pub scopes: Vec<String>,
}

/// Base64url of the SHA-256 of a verifier: 43 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

/// The secret that a challenge was made from: 43 to 128 unreserved characters (RFC 7636, 4.1).
pub struct Verifier(Secret);

impl Client {
    /// What is granted of what was asked for; all that the client can have when nothing was named (RFC 6749, 3.3).
    pub fn grant(&self, asked: &[String]) -> Vec<String> {
        let granted = |scope: &&String| asked.is_empty() || asked.contains(scope);
        self.scopes.iter().filter(granted).cloned().collect()
    }
}

impl Challenge {
    pub fn parse(value: &str) -> Result<Self, &'static str> {
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if value.len() == 43 && value.bytes().all(base64url) {
            Ok(Self(value.to_owned()))
        } else {
            Err("must be the base64url of a SHA-256, 43 characters without padding")
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this challenge was made from that verifier. The challenge is known to whoever asks, so no constant time is needed.
    pub fn is_answered_by(&self, verifier: &Verifier) -> bool {
        let digest: Digest = verifier.0.digest();
        digest.to_base64url() == self.0
    }
}

impl Verifier {
    pub fn parse(value: String) -> Result<Self, &'static str> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if (43..=128).contains(&value.len()) && value.bytes().all(unreserved) {
            Ok(Self(Secret::new(value)))
        } else {
            Err("must be 43 to 128 characters of [A-Za-z0-9-._~]")
        }
    }
}

/// A scope as RFC 6749, 3.3 writes it.
pub fn is_scope(value: &str) -> bool {
    (1..=64).contains(&value.len()) && value.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636() {
        let verifier = Verifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned()).ok().unwrap();
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_answered_by(&verifier));
        let other = Verifier::parse("x".repeat(43)).ok().unwrap();
        assert!(!challenge.is_answered_by(&other));
    }

    #[test]
    fn malformed_challenges_and_verifiers() {
        for bad in ["", &"a".repeat(42), &"a".repeat(44), &"=".repeat(43), &"é".repeat(43)] {
            assert!(Challenge::parse(bad).is_err(), "{bad}");
        }
        for bad in ["a".repeat(42), "a".repeat(129), format!("{} ", "a".repeat(43))] {
            assert!(Verifier::parse(bad).is_err());
        }
    }

    #[test]
    fn nothing_is_granted_that_the_client_cannot_have() {
        let client = Client {
            client_id: "app".to_owned(),
            redirect_uris: Vec::new(),
            scopes: vec!["social:read".to_owned(), "social:write".to_owned()],
        };
        assert_eq!(client.grant(&[]), client.scopes);
        assert_eq!(client.grant(&["operator".to_owned(), "social:read".to_owned()]), ["social:read"]);
        assert!(client.grant(&["internal".to_owned()]).is_empty());
    }

    #[test]
    fn scopes() {
        for good in ["social:read", "a", "https://a/b"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in ["", "a b", "a\"", "a\\", "ä", &"a".repeat(65)] {
            assert!(!is_scope(bad), "{bad}");
        }
    }
}
