//! Verification of tokens, with keys that are kept: known ones go on working while auth-service is down.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use anyhow::Context as _;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use social_proto::auth::v1::GetJwksResponse;
use social_runtime::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{Caller, Claims, KeySource, PLATFORM_KID, TokenSettings, public_key_of};

/// Clocks of servers differ by so much at most.
const LEEWAY_SECONDS: u64 = 5;
/// How soon unknown keys may be asked for again, after an answer and after a failure.
const ASK_AGAIN: Duration = Duration::from_secs(5);
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Limits of what auth-service says about how long its answer can be kept.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(3600);

/// Verifies access tokens. Clones share their keys.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    source: Box<dyn KeySource>,
    platform_key: DecodingKey,
    validation: Validation,
    /// By `kid`.
    keys: RwLock<HashMap<String, DecodingKey>>,
    /// Held while keys are fetched: whoever waits for it finds what the other one has fetched.
    fetched: Mutex<Fetched>,
}

/// The last fetch.
struct Fetched {
    at: Option<Instant>,
    succeeded: bool,
    max_age: Duration,
}

impl Fetched {
    /// Whether auth-service may be asked again already.
    fn due(&self) -> bool {
        let pause = if self.succeeded { ASK_AGAIN } else { TRY_AGAIN };
        self.at.is_none_or(|at| at.elapsed() >= pause)
    }
}

impl Verifier {
    /// Starts a task that fetches the keys now and before they are too old; it ends with the last clone. To be called within a Tokio
    /// runtime. Fails when the public key of the platform is none.
    pub fn new(source: impl KeySource, settings: &TokenSettings) -> anyhow::Result<Self> {
        let platform_key = DecodingKey::from_ec_pem(settings.service_token_public_key.as_bytes())
            .context("SERVICE_TOKEN_PUBLIC_KEY is no PEM with a public EC key")?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&settings.token_issuer]);
        validation.set_audience(&[&settings.token_audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let inner = Arc::new(Inner {
            source: Box::new(source),
            platform_key,
            validation,
            keys: RwLock::default(),
            fetched: Mutex::new(Fetched { at: None, succeeded: false, max_age: SHORTEST }),
        });
        tokio::spawn(refresh(Arc::downgrade(&inner)));
        Ok(Self { inner })
    }

    /// Whom the token names. UNAUTHENTICATED when it is not valid (reason `TOKEN_EXPIRED` or `TOKEN_INVALID`); UNAVAILABLE when its key
    /// is not known and auth-service cannot be asked.
    pub async fn verify(&self, token: &str) -> Result<Caller, Error> {
        let kid = decode_header(token).map_err(invalid)?.kid.ok_or_else(unknown)?;
        if kid == PLATFORM_KID {
            let claims = self.claims(token, &self.inner.platform_key)?;
            return Caller::platform(&claims, token).ok_or_else(unknown);
        }
        let claims = self.claims(token, &self.key(&kid).await?)?;
        Caller::user(&claims, token).ok_or_else(unknown)
    }

    fn claims(&self, token: &str, key: &DecodingKey) -> Result<Claims, Error> {
        Ok(decode(token, key, &self.inner.validation).map_err(invalid)?.claims)
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey, Error> {
        if let Some(key) = self.inner.known(kid) {
            return Ok(key);
        }
        let mut fetched = self.inner.fetched.lock().await;
        if let Some(key) = self.inner.known(kid) {
            return Ok(key);
        }
        if fetched.due() {
            self.inner.fetch(&mut fetched).await;
        }
        match self.inner.known(kid) {
            Some(key) => Ok(key),
            None if fetched.succeeded => Err(unknown()),
            None => Err(Error::unavailable("the keys of auth-service are not to be had").retry_after(TRY_AGAIN)),
        }
    }
}

impl Inner {
    fn known(&self, kid: &str) -> Option<DecodingKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    async fn fetch(&self, fetched: &mut Fetched) {
        // Stands before the answer, so that a fetch that is given up counts as well.
        fetched.at = Some(Instant::now());
        fetched.succeeded = false;
        match self.source.keys().await {
            Ok(GetJwksResponse { keys, max_age }) => {
                let read = keys.iter().filter_map(|key| match public_key_of(key) {
                    Ok(public) => Some((key.kid.clone(), public)),
                    Err(error) => {
                        tracing::warn!(%error, "a key of auth-service is passed over");
                        None
                    }
                });
                let read = read.collect();
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = read;
                let max_age = max_age.and_then(|max_age| Duration::try_from(max_age).ok()).unwrap_or(SHORTEST);
                fetched.max_age = max_age.clamp(SHORTEST, LONGEST);
                fetched.succeeded = true;
            }
            Err(error) => {
                tracing::warn!(%error, "the keys of auth-service cannot be fetched, known ones go on working")
            }
        }
    }
}

async fn refresh(inner: Weak<Inner>) {
    while let Some(inner) = inner.upgrade() {
        let mut fetched = inner.fetched.lock().await;
        if fetched.due() {
            inner.fetch(&mut fetched).await;
        }
        let pause = if fetched.succeeded { fetched.max_age } else { ASK_AGAIN };
        drop(fetched);
        drop(inner);
        // Before they are too old, and not all services at once.
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.7..0.9))).await;
    }
}

fn unknown() -> Error {
    Error::unauthenticated("the access token is not valid").with_reason("TOKEN_INVALID")
}

fn invalid(error: jsonwebtoken::errors::Error) -> Error {
    match error.kind() {
        ErrorKind::ExpiredSignature => {
            Error::unauthenticated("the access token has expired").with_reason("TOKEN_EXPIRED")
        }
        _ => unknown().with_source(error),
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Verifier").finish_non_exhaustive()
    }
}
