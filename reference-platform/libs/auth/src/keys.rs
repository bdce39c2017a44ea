//! Keys for ES256: made, read, written, and what is signed with them.

use std::fmt;

use anyhow::Context as _;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use social_proto::auth::v1::JsonWebKey;
use uuid::Uuid;

/// The `kid` of tokens that the platform's own key signs: those of services and operators. No key of auth-service is named so.
pub const PLATFORM_KID: &str = "platform";

/// What an access token says. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The account; `service:<name>` or `operator:<name>` in tokens of the platform.
    pub sub: String,
    /// When it was issued.
    pub iat: u64,
    /// When it ends.
    pub exp: u64,
    /// From when on it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// The session that it belongs to: what can be revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// Scopes, separated by spaces.
    #[serde(default)]
    pub scope: String,
}

/// A private key with the name under which verifiers find its public half.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    private: EncodingKey,
    /// The point: 4, then 32 bytes each of x and y.
    public: Vec<u8>,
    public_der: Vec<u8>,
}

impl SigningKey {
    /// A new key.
    pub fn generate(kid: impl Into<String>) -> anyhow::Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).context("no key can be made")?;
        let document = pair.to_pkcs8v1().context("the key that was made cannot be written")?;
        Self::new(kid.into(), EncodingKey::from_ec_der(document.as_ref()))
    }

    /// The key in a PKCS #8 PEM, as [`SigningKey::to_pem`] writes it.
    pub fn from_pem(kid: impl Into<String>, pem: &str) -> anyhow::Result<Self> {
        Self::new(kid.into(), EncodingKey::from_ec_pem(pem.as_bytes()).context("no PKCS #8 PEM with a private EC key")?)
    }

    fn new(kid: String, private: EncodingKey) -> anyhow::Result<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private.as_bytes())
            .context("no private key of the curve P-256")?;
        let public = pair.public_key().as_ref().to_vec();
        let public_der: PublicKeyX509Der<'_> =
            pair.public_key().as_der().context("the public key cannot be written")?;
        Ok(Self { kid, private, public, public_der: public_der.as_ref().to_vec() })
    }

    /// The name of the key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The private key as PKCS #8 PEM. A secret.
    pub fn to_pem(&self) -> String {
        pem("PRIVATE KEY", self.private.as_bytes())
    }

    /// The public key as PEM (`SERVICE_TOKEN_PUBLIC_KEY`).
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der)
    }

    /// The public key as a JWKS has it.
    pub fn jwk(&self) -> JsonWebKey {
        JsonWebKey {
            kid: self.kid.clone(),
            kty: "EC".to_owned(),
            alg: "ES256".to_owned(),
            crv: "P-256".to_owned(),
            x: URL_SAFE_NO_PAD.encode(&self.public[1..33]),
            y: URL_SAFE_NO_PAD.encode(&self.public[33..65]),
        }
    }

    /// A token that says `claims`.
    pub fn sign(&self, claims: &Claims) -> anyhow::Result<String> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.private).context("the token cannot be signed")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The key of a JWKS, for verification. Fails for any but a P-256 key for ES256.
pub fn public_key_of(key: &JsonWebKey) -> anyhow::Result<DecodingKey> {
    let JsonWebKey { kid, kty, alg, crv, x, y } = key;
    anyhow::ensure!(kty == "EC" && alg == "ES256" && crv == "P-256", "the key {kid:?} is none for ES256");
    anyhow::ensure!(!kid.is_empty() && kid != PLATFORM_KID, "a key of auth-service cannot be named {kid:?}");
    for coordinate in [x, y] {
        let length = URL_SAFE_NO_PAD.decode(coordinate).map(|bytes| bytes.len());
        anyhow::ensure!(length == Ok(32), "the key {kid:?} is no point of P-256");
    }
    Ok(DecodingKey::from_ec_components(x, y)?)
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str(&format!("\n-----END {label}-----\n"));
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_after_it_was_written() {
        let key = SigningKey::generate("a").unwrap();
        let read = SigningKey::from_pem("a", &key.to_pem()).unwrap();
        assert_eq!(read.jwk(), key.jwk());
        assert_eq!(read.public_pem(), key.public_pem());
        assert!(DecodingKey::from_ec_pem(key.public_pem().as_bytes()).is_ok());
        assert!(!format!("{key:?}").contains(key.to_pem().lines().nth(1).unwrap()));
    }

    #[test]
    fn only_p256_keys_with_a_name_of_their_own_are_taken() {
        let key = SigningKey::generate("a").unwrap().jwk();
        assert!(public_key_of(&key).is_ok());
        for wrong in [
            JsonWebKey { alg: "HS256".to_owned(), ..key.clone() },
            JsonWebKey { crv: "P-384".to_owned(), ..key.clone() },
            JsonWebKey { kid: PLATFORM_KID.to_owned(), ..key.clone() },
            JsonWebKey { kid: String::new(), ..key.clone() },
            JsonWebKey { x: "AAAA".to_owned(), ..key.clone() },
        ] {
            assert!(public_key_of(&wrong).is_err(), "{wrong:?}");
        }
    }
}
