//! The keys that this replica signs with and publishes: what PostgreSQL has, read again every few seconds.
//!
//! A replica may sign with a key for up to [`MAX_AGE`] after another replica has retired it, so retired keys stay published for that
//! time longer than the tokens live.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use social_auth::{Claims, KeySource, SigningKey};
use social_database::answers;
use social_proto::auth::v1::{GetJwksResponse, JsonWebKey, RotateSigningKeyResponse};
use social_runtime::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{JWKS_MAX_AGE, Secret};
use crate::store::{KeyState, NewKey, Store, StoredKey};
use crate::vault::Vault;

/// Older keys are read again before they sign.
const MAX_AGE: Duration = Duration::from_secs(60);

/// For clocks that differ between replicas and verifiers.
const SLACK: Duration = Duration::from_secs(60);

/// Signs tokens and publishes the keys that verify them. Clones share what was read.
#[derive(Clone)]
pub struct KeyRing {
    store: Store,
    vault: Arc<Vault>,
    access_token_ttl: Duration,
    ring: Arc<RwLock<Option<Arc<Ring>>>>,
}

/// The keys at one moment.
pub struct Ring {
    current: SigningKey,
    published: Vec<JsonWebKey>,
    read_at: Instant,
}

impl Ring {
    /// A signed access token.
    pub fn sign(&self, claims: &Claims) -> Result<Secret, Error> {
        Ok(Secret::new(self.current.sign(claims).map_err(Error::internal)?))
    }

    pub fn published(&self) -> &[JsonWebKey] {
        &self.published
    }
}

impl KeyRing {
    /// Nothing is read yet.
    pub fn new(store: Store, vault: Vault, access_token_ttl: Duration) -> Self {
        Self { store, vault: Arc::new(vault), access_token_ttl, ring: Arc::default() }
    }

    /// Keys that are recent enough to sign with.
    pub async fn signing(&self) -> Result<Arc<Ring>, Error> {
        match self.held().filter(|ring| ring.read_at.elapsed() < MAX_AGE) {
            Some(ring) => Ok(ring),
            None => self.read().await,
        }
    }

    /// Keys to publish: while PostgreSQL is down, those that were read before.
    pub async fn publishing(&self) -> Result<Arc<Ring>, Error> {
        match self.held() {
            Some(ring) => Ok(ring),
            None => self.read().await,
        }
    }

    /// Reads the keys from PostgreSQL; makes the very first ones.
    pub async fn read(&self) -> Result<Arc<Ring>, Error> {
        let mut stored = self.store.keys(self.retired_after()).await?;
        if stored.is_empty() {
            self.store.add_first_keys(&self.generate()?, &self.generate()?).await?;
            stored = self.store.keys(self.retired_after()).await?;
        }
        let ring = Arc::new(self.open(stored)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Some(ring.clone());
        Ok(ring)
    }

    /// Makes the next key the current one, once for each request.
    pub async fn rotate(&self, once: &answers::Key) -> Result<RotateSigningKeyResponse, Error> {
        // There is something to rotate, even when the database is as new as this replica.
        self.signing().await?;
        let answer = self.store.rotate(once, &self.generate()?, self.retired_after()).await?;
        self.read().await?;
        Ok(answer)
    }

    /// Rotates when the current key has signed for `period`; tells whether it did.
    pub async fn rotate_if_due(&self, period: Duration) -> Result<bool, Error> {
        let signs_since = OffsetDateTime::now_utc() - period;
        if !self.store.is_rotation_due(signs_since).await? {
            return Ok(false);
        }
        let rotated = self.store.rotate_if_older(signs_since, &self.generate()?, self.retired_after()).await?;
        self.read().await?;
        Ok(rotated)
    }

    /// Keys that were retired before have no token that lives.
    pub fn retired_after(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() - (self.access_token_ttl + MAX_AGE + SLACK)
    }

    fn held(&self) -> Option<Arc<Ring>> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn open(&self, stored: Vec<StoredKey>) -> Result<Ring, Error> {
        let current = stored.iter().find(|key| key.state == KeyState::Current);
        let (kid, sealed) = current
            .and_then(|key| Some((&key.kid, key.sealed_key.as_ref()?)))
            .ok_or_else(|| Error::internal(anyhow::anyhow!("no key signs")))?;
        let pem = self.vault.open(kid, sealed).map_err(Error::internal)?;
        let current = SigningKey::from_pem(kid.as_str(), pem.expose()).map_err(Error::internal)?;
        let published = stored.into_iter().map(published).collect();
        Ok(Ring { current, published, read_at: Instant::now() })
    }

    fn generate(&self) -> Result<NewKey, Error> {
        let kid = Uuid::now_v7().to_string();
        let key = SigningKey::generate(kid.as_str()).map_err(Error::internal)?;
        let pem = Secret::new(key.to_pem());
        let sealed_key = self.vault.seal(&kid, &pem).map_err(Error::internal)?;
        let public = key.jwk();
        Ok(NewKey { kid, x: public.x, y: public.y, sealed_key })
    }
}

/// auth-service verifies its own tokens without calling itself.
#[async_trait]
impl KeySource for KeyRing {
    async fn keys(&self) -> Result<GetJwksResponse, Error> {
        let ring = self.read().await?;
        Ok(GetJwksResponse {
            keys: ring.published.clone(),
            max_age: prost_types::Duration::try_from(JWKS_MAX_AGE).ok(),
        })
    }
}

fn published(key: StoredKey) -> JsonWebKey {
    JsonWebKey {
        kid: key.kid,
        kty: "EC".to_owned(),
        alg: "ES256".to_owned(),
        crv: "P-256".to_owned(),
        x: key.x,
        y: key.y,
    }
}
