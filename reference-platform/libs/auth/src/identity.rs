//! Tokens by which services and operators name themselves.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jsonwebtoken::get_current_timestamp;
use social_client::with_bearer;
use social_runtime::Error;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::{Claims, INTERNAL, OPERATOR, PLATFORM_KID, SigningKey, TokenSettings};

const LIFE: Duration = Duration::from_secs(60);
/// A token is replaced so long before it ends: a call that is made with it can take that long.
const RENEW_BEFORE: Duration = Duration::from_secs(20);

/// A service that acts on its own. As an interceptor it names itself in each call. Clones share the token.
#[derive(Clone)]
pub struct ServiceIdentity {
    inner: Arc<Inner>,
}

struct Inner {
    name: &'static str,
    key: SigningKey,
    settings: TokenSettings,
    current: Mutex<Option<(String, Instant)>>,
}

impl ServiceIdentity {
    /// Fails without a `SERVICE_TOKEN_KEY` that can be used.
    pub fn new(name: &'static str, settings: &TokenSettings) -> anyhow::Result<Self> {
        let key = settings.service_token_key.as_ref().context("SERVICE_TOKEN_KEY is not set")?;
        let key = SigningKey::from_pem(PLATFORM_KID, key.expose()).context("SERVICE_TOKEN_KEY cannot be used")?;
        let inner = Inner { name, key, settings: settings.clone(), current: Mutex::new(None) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A token that is valid for 20 s at least.
    pub fn token(&self) -> Result<String, Error> {
        let now = Instant::now();
        let mut current = self.inner.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, until)) = current.as_ref()
            && now < *until
        {
            return Ok(token.clone());
        }
        let subject = format!("service:{}", self.inner.name);
        let token = mint(&self.inner.key, &self.inner.settings, subject, INTERNAL, LIFE).map_err(Error::internal)?;
        *current = Some((token.clone(), now + LIFE - RENEW_BEFORE));
        Ok(token)
    }
}

impl Interceptor for ServiceIdentity {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        with_bearer(request, &self.token()?)
    }
}

impl fmt::Debug for ServiceIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ServiceIdentity").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

/// A token for an operator, signed with the key of the platform.
pub fn mint_operator(key: &SigningKey, settings: &TokenSettings, name: &str, life: Duration) -> anyhow::Result<String> {
    anyhow::ensure!(key.kid() == PLATFORM_KID, "operators' tokens are signed with the key {PLATFORM_KID:?}");
    mint(key, settings, format!("operator:{name}"), OPERATOR, life)
}

fn mint(
    key: &SigningKey,
    settings: &TokenSettings,
    sub: String,
    scope: &str,
    life: Duration,
) -> anyhow::Result<String> {
    let now = get_current_timestamp();
    key.sign(&Claims {
        iss: settings.token_issuer.clone(),
        aud: settings.token_audience.clone(),
        sub,
        iat: now,
        exp: now + life.as_secs(),
        nbf: Some(now),
        sid: None,
        scope: scope.to_owned(),
    })
}
