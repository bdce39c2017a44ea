//! What a verifier accepts, whom it asks for keys, and how often.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use social_auth::*;
use social_proto::auth::v1::{GetJwksResponse, JsonWebKey};
use social_runtime::Error;
use social_testing::Tokens;
use tonic::Code;
use uuid::Uuid;

/// Keys that a test changes; none: auth-service is down.
#[derive(Clone, Default)]
struct Source {
    keys: Arc<Mutex<Option<Vec<JsonWebKey>>>>,
    asked: Arc<AtomicU32>,
}

impl Source {
    fn with(keys: &[&SigningKey]) -> Self {
        let source = Self::default();
        source.set(Some(keys));
        source
    }

    fn set(&self, keys: Option<&[&SigningKey]>) {
        *self.keys.lock().unwrap() = keys.map(|keys| keys.iter().map(|key| key.jwk()).collect());
    }
}

#[async_trait]
impl KeySource for Source {
    async fn keys(&self) -> Result<GetJwksResponse, Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        let keys = self.keys.lock().unwrap().clone().ok_or_else(|| Error::unavailable("down"))?;
        Ok(GetJwksResponse { keys, max_age: Some(prost_types::Duration { seconds: 60, nanos: 0 }) })
    }
}

fn settings(platform: &SigningKey) -> TokenSettings {
    TokenSettings {
        token_issuer: "https://auth.test".to_owned(),
        token_audience: "social".to_owned(),
        service_token_public_key: platform.public_pem(),
        service_token_key: Some(platform.to_pem().into()),
    }
}

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(kid).unwrap()
}

fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// What a good token of a user says.
fn claims() -> Claims {
    Claims {
        iss: "https://auth.test".to_owned(),
        aud: "social".to_owned(),
        sub: Uuid::new_v4().to_string(),
        iat: now(),
        exp: now() + 60,
        nbf: None,
        sid: Some(Uuid::new_v4()),
        scope: "posts:read posts:write".to_owned(),
    }
}

async fn refusal(verifier: &Verifier, token: &str) -> (Code, String) {
    let error = verifier.verify(token).await.unwrap_err();
    (error.code(), error.reason().to_owned())
}

fn refused(reason: &str) -> (Code, String) {
    (Code::Unauthenticated, reason.to_owned())
}

#[tokio::test]
async fn a_token_of_a_user_names_account_session_and_scopes() {
    let (users, platform) = (key("a"), key(PLATFORM_KID));
    let verifier = Verifier::new(Source::with(&[&users]), &settings(&platform)).unwrap();
    let claims = claims();
    let token = users.sign(&claims).unwrap();
    let caller = verifier.verify(&token).await.unwrap();
    assert_eq!(caller.account_id().unwrap().to_string(), claims.sub);
    assert_eq!(Some(caller.session_id().unwrap()), claims.sid);
    assert_eq!(caller.token(), token);
    assert!(caller.require_scope("posts:write").is_ok());
    assert_eq!(caller.require_scope(OPERATOR).unwrap_err().code(), Code::PermissionDenied);
    assert!(!format!("{caller:?}").contains(&token));
}

#[tokio::test]
async fn tokens_that_are_not_quite_right_are_refused() {
    let (users, platform) = (key("a"), key(PLATFORM_KID));
    let verifier = Verifier::new(Source::with(&[&users]), &settings(&platform)).unwrap();
    let refuse = async |claims: Claims| refusal(&verifier, &users.sign(&claims).unwrap()).await;
    assert_eq!(refuse(Claims { exp: now() - 30, ..claims() }).await, refused("TOKEN_EXPIRED"));
    assert_eq!(refuse(Claims { nbf: Some(now() + 30), ..claims() }).await, refused("TOKEN_INVALID"));
    assert_eq!(refuse(Claims { iss: "https://evil.test".to_owned(), ..claims() }).await, refused("TOKEN_INVALID"));
    assert_eq!(refuse(Claims { aud: "bank".to_owned(), ..claims() }).await, refused("TOKEN_INVALID"));
    assert_eq!(refuse(Claims { sid: None, ..claims() }).await, refused("TOKEN_INVALID"));
    assert_eq!(refuse(Claims { sub: "service:feed-service".to_owned(), ..claims() }).await, refused("TOKEN_INVALID"));
    for broken in ["", "a", "a.b.c", "eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.e30."] {
        assert_eq!(refusal(&verifier, broken).await, refused("TOKEN_INVALID"), "{broken}");
    }
    let mut changed = users.sign(&claims()).unwrap();
    let last = changed.pop().unwrap();
    changed.insert(changed.len() - 10, if last == 'A' { 'B' } else { 'A' });
    assert_eq!(refusal(&verifier, &changed).await, refused("TOKEN_INVALID"));
}

#[tokio::test]
async fn no_other_algorithm_will_do() {
    let (users, platform) = (key("a"), key(PLATFORM_KID));
    let verifier = Verifier::new(Source::with(&[&users]), &settings(&platform)).unwrap();
    // The public key, which everybody has, as the secret of an HMAC.
    for kid in ["a", PLATFORM_KID] {
        let header = jsonwebtoken::Header { kid: Some(kid.to_owned()), ..Default::default() };
        let secret = jsonwebtoken::EncodingKey::from_secret(platform.public_pem().as_bytes()).unwrap();
        let token = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
        assert_eq!(refusal(&verifier, &token).await, refused("TOKEN_INVALID"));
    }
}

#[tokio::test]
async fn neither_key_can_make_what_the_other_one_makes() {
    let (users, platform) = (key("a"), key(PLATFORM_KID));
    let verifier = Verifier::new(Source::with(&[&users]), &settings(&platform)).unwrap();

    let impostor = SigningKey::from_pem(PLATFORM_KID, &users.to_pem()).unwrap();
    let token =
        impostor.sign(&Claims { sub: "operator:eve".to_owned(), scope: OPERATOR.to_owned(), ..claims() }).unwrap();
    assert_eq!(refusal(&verifier, &token).await, refused("TOKEN_INVALID"));

    let token = users.sign(&Claims { scope: format!("{OPERATOR} {INTERNAL} posts:read"), ..claims() }).unwrap();
    assert_eq!(verifier.verify(&token).await.unwrap().scopes, ["posts:read"]);

    let token = platform.sign(&claims()).unwrap();
    assert_eq!(refusal(&verifier, &token).await, refused("TOKEN_INVALID"), "a user's");
    let impostor = SigningKey::from_pem("a", &platform.to_pem()).unwrap();
    assert_eq!(refusal(&verifier, &impostor.sign(&claims()).unwrap()).await, refused("TOKEN_INVALID"));
}

#[tokio::test]
async fn services_and_operators_name_themselves() {
    let platform = key(PLATFORM_KID);
    let settings = settings(&platform);
    // Their key is a setting: auth-service may be down.
    let verifier = Verifier::new(Source::default(), &settings).unwrap();
    let identity = ServiceIdentity::new("feed-service", &settings).unwrap();
    let token = identity.token().unwrap();
    let caller = verifier.verify(&token).await.unwrap();
    assert_eq!(caller.kind, Kind::Service("feed-service".to_owned()));
    assert!(caller.require_scope(INTERNAL).is_ok());
    assert_eq!(caller.account_id().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(identity.token().unwrap(), token, "it is kept");

    let token = mint_operator(&platform, &settings, "ada", Duration::from_secs(60)).unwrap();
    let caller = verifier.verify(&token).await.unwrap();
    assert_eq!(caller.kind, Kind::Operator("ada".to_owned()));
    assert!(caller.require_scope(OPERATOR).is_ok() && caller.require_scope(INTERNAL).is_err());
    assert!(mint_operator(&key("a"), &settings, "ada", Duration::from_secs(60)).is_err());
}

#[tokio::test]
async fn unknown_keys_are_asked_for_once_and_known_ones_stay() {
    let (users, next, platform) = (key("a"), key("b"), key(PLATFORM_KID));
    let source = Source::default();
    let verifier = Verifier::new(source.clone(), &settings(&platform)).unwrap();
    let token = users.sign(&claims()).unwrap();
    let error = verifier.verify(&token).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "auth-service is down");
    assert!(error.retry_delay().is_some());

    source.set(Some(&[&users]));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let before = source.asked.load(Ordering::SeqCst);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { verifier.verify(&token).await.is_ok() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    assert_eq!(source.asked.load(Ordering::SeqCst) - before, 1);

    source.set(None);
    assert!(verifier.verify(&token).await.is_ok(), "known keys need nobody");
    // Tokens with names that somebody made up do not make auth-service busy.
    let before = source.asked.load(Ordering::SeqCst);
    let reasons: HashSet<_> = [
        refusal(&verifier, &next.sign(&claims()).unwrap()).await,
        refusal(&verifier, &key("c").sign(&claims()).unwrap()).await,
    ]
    .into();
    assert_eq!(reasons, [refused("TOKEN_INVALID")].into());
    assert_eq!(source.asked.load(Ordering::SeqCst), before);
}

#[tokio::test]
async fn keys_come_from_auth_service_over_grpc() {
    let tokens = Tokens::new();
    let auth = tokens.serve().await.unwrap();
    let settings = tokens.settings(auth.url());
    let verifier = Verifier::new(AuthServiceKeys::new(&settings).unwrap(), &settings.tokens).unwrap();
    let account = Uuid::new_v4();
    assert_eq!(verifier.verify(&tokens.user(account)).await.unwrap().account_id().unwrap(), account);
    assert_eq!(refusal(&verifier, &tokens.expired(account)).await, refused("TOKEN_EXPIRED"));
    auth.stop().await;
    assert!(verifier.verify(&tokens.user(account)).await.is_ok());
}
