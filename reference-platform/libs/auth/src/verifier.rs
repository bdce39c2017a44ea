//! Verification of tokens, with keys that are kept: known ones go on working while auth-service is down.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use social_proto::auth::v1::GetJwksResponse;
use social_runtime::Error;
use tokio::sync::{Notify, watch};
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
    platform_key: DecodingKey,
    validation: Validation,
    /// What the task has fetched. It ends with the last of these.
    known: watch::Receiver<Known>,
    /// Tells the task that somebody waits for a key.
    wanted: Arc<Notify>,
}

/// The keys, and what is known of the last fetch.
#[derive(Default)]
struct Known {
    /// By `kid`.
    keys: HashMap<String, DecodingKey>,
    fetched: Option<Fetched>,
}

struct Fetched {
    at: Instant,
    /// How long the answer can be kept; `None` when there was none.
    max_age: Option<Duration>,
}

impl Known {
    /// Whether auth-service may be asked again already.
    fn due(&self) -> bool {
        self.fetched.as_ref().is_none_or(|last| {
            let pause = if last.max_age.is_some() { ASK_AGAIN } else { TRY_AGAIN };
            last.at.elapsed() >= pause
        })
    }

    /// The key, or what its absence means.
    fn key(&self, kid: &str) -> Result<DecodingKey, Error> {
        let answered = self.fetched.as_ref().is_some_and(|last| last.max_age.is_some());
        match self.keys.get(kid) {
            Some(key) => Ok(key.clone()),
            None if answered => Err(unknown()),
            None => Err(Error::unavailable("the keys of auth-service are not to be had").retry_after(TRY_AGAIN)),
        }
    }
}

impl Verifier {
    /// Starts a task that fetches the keys now, when one is wanted that is not known, and before they are too old; it ends with the
    /// last clone. To be called within a Tokio runtime. Fails when the public key of the platform is none.
    pub fn new(source: impl KeySource, settings: &TokenSettings) -> anyhow::Result<Self> {
        let platform_key = DecodingKey::from_ec_pem(settings.service_token_public_key.as_bytes())
            .context("SERVICE_TOKEN_PUBLIC_KEY is no PEM with a public EC key")?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&settings.token_issuer]);
        validation.set_audience(&[&settings.token_audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let (keys, known) = watch::channel(Known::default());
        let wanted = Arc::new(Notify::new());
        tokio::spawn(refresh(source, keys, wanted.clone()));
        Ok(Self { inner: Arc::new(Inner { platform_key, validation, known, wanted }) })
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

    /// One that is not known is waited for, if auth-service may be asked for it: all who wait get the same answer.
    async fn key(&self, kid: &str) -> Result<DecodingKey, Error> {
        let mut known = self.inner.known.clone();
        {
            let now = known.borrow_and_update();
            if now.keys.contains_key(kid) || !now.due() {
                return now.key(kid);
            }
        }
        self.inner.wanted.notify_one();
        // An error would mean that the task is gone: what is known stays.
        let _ = known.changed().await;
        known.borrow().key(kid)
    }
}

/// Fetches the keys, one fetch at a time, until no verifier is left.
async fn refresh(source: impl KeySource, known: watch::Sender<Known>, wanted: Arc<Notify>) {
    loop {
        let fetched = fetch(&source).await;
        let pause = fetched.as_ref().map_or(ASK_AGAIN, |(_, max_age)| *max_age);
        known.send_modify(|known| {
            known.fetched =
                Some(Fetched { at: Instant::now(), max_age: fetched.as_ref().map(|(_, max_age)| *max_age) });
            if let Some((keys, _)) = fetched {
                known.keys = keys;
            }
        });
        // Before they are too old, and not all services at once.
        let old = tokio::time::sleep(pause.mul_f64(rand::random_range(0.7..0.9)));
        tokio::pin!(old);
        loop {
            tokio::select! {
                () = known.closed() => return,
                () = &mut old => break,
                // Whoever asks too soon has looked at what is known.
                () = wanted.notified() => if known.borrow().due() { break },
            }
        }
    }
}

/// The keys and how long they can be kept; `None` when they are not to be had.
async fn fetch(source: &impl KeySource) -> Option<(HashMap<String, DecodingKey>, Duration)> {
    let GetJwksResponse { keys, max_age } = match source.keys().await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "the keys of auth-service cannot be fetched, known ones go on working");
            return None;
        }
    };
    let read = keys.iter().filter_map(|key| match public_key_of(key) {
        Ok(public) => Some((key.kid.clone(), public)),
        Err(error) => {
            tracing::warn!(%error, "a key of auth-service is passed over");
            None
        }
    });
    let max_age = max_age.and_then(|max_age| Duration::try_from(max_age).ok()).unwrap_or(SHORTEST);
    Some((read.collect(), max_age.clamp(SHORTEST, LONGEST)))
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
