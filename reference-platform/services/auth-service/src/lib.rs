//! auth-service: accounts, OAuth 2 with PKCE, tokens and the keys that sign them. See the README.

// Nobody builds on this crate: what is public is so for the binary and the tests.
#![allow(missing_docs, reason = "names say it within the crate; what they do not say is documented")]

mod address;
mod app;
mod background;
mod domain;
mod grpc;
mod keyring;
mod passwords;
mod rest;
mod settings;
mod store;
mod vault;

use std::sync::Arc;
use std::time::Duration;

use social_auth::{AuthLayer, Verifier};
use social_cache::{Quota, RateLimiter, Redis, WhenDown};
use social_database::answers;
use social_events::outbox;
use social_proto::auth::v1::auth_service_server::{self, AuthServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use sqlx::PgPool;
use tower::Layer;

pub use settings::{KeySettings, LoginSettings, PasswordSettings, Settings};

use crate::app::{App, Lifetimes, Limits};
use crate::keyring::KeyRing;
use crate::passwords::Passwords;
use crate::store::{Revocations, Store};
use crate::vault::Vault;

/// What must run before a rollout.
pub static EXPAND: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// For clocks that differ: a revocation is remembered for so long after the last of its tokens.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let pool = social_database::pool(&settings.database, env!("CARGO_PKG_NAME"))?;
    let redis = social_cache::connect(&settings.redis)?;
    let store = Store::new(pool.clone());
    let vault = Vault::new(settings.keys.signing_key_encryption_key.expose())?;
    let keys = KeyRing::new(store.clone(), vault, settings.access_token_ttl);

    let app = Arc::new(App {
        revocations: Revocations::new(redis.clone(), settings.access_token_ttl + CLOCK_SLACK),
        passwords: Passwords::new(&settings.passwords)?,
        verifier: Verifier::new(keys.clone(), &settings.tokens)?,
        limits: limits(&redis, &settings.logins),
        lifetimes: Lifetimes {
            issuer: settings.tokens.token_issuer.clone(),
            audience: settings.tokens.token_audience.clone(),
            access_token: settings.access_token_ttl,
            refresh_token: settings.refresh_token_ttl,
        },
        store: store.clone(),
        keys: keys.clone(),
    });

    check_dependencies(&mut runtime, &pool, redis);
    spawn_background(&mut runtime, &pool, store, keys, &settings)?;
    runtime.on_close("postgresql", async move { pool.close().await });

    let contract =
        AuthServiceServer::new(grpc::Auth::new(app.clone())).max_decoding_message_size(grpc::MAX_MESSAGE_BYTES);
    runtime.require_certificates(settings.tls.server()?);
    let grpc = runtime
        .grpc_server(&[auth_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(app.verifier.clone(), grpc::PUBLIC).layer(contract));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone()))?;
    runtime.run().await
}

fn limits(redis: &Redis, logins: &settings::LoginSettings) -> Limits {
    let quota = |attempts| Quota { burst: attempts, refill: attempts, per: logins.login_window };
    Limits {
        per_login: RateLimiter::new(redis, "auth:login", quota(logins.login_attempts_per_login), WhenDown::Refuse),
        per_address: RateLimiter::new(redis, "auth:address", quota(logins.login_attempts_per_address), WhenDown::Allow),
        trusted_proxies: logins.trusted_proxies,
    }
}

/// Without Redis sessions go on, and without Kafka events wait: only PostgreSQL decides whether requests can be served.
fn check_dependencies(runtime: &mut Runtime, pool: &PgPool, redis: Redis) {
    let pool = pool.clone();
    runtime.check("postgresql", Importance::Critical, move || {
        let pool = pool.clone();
        async move { Ok(social_database::ping(&pool).await?) }
    });
    runtime.check("redis", Importance::Degraded, move || {
        let redis = redis.clone();
        async move { Ok(redis.ping().await?) }
    });
}

fn spawn_background(
    runtime: &mut Runtime,
    pool: &PgPool,
    store: Store,
    keys: KeyRing,
    settings: &Settings,
) -> anyhow::Result<()> {
    let relay = outbox::Relay::new(pool.clone(), &settings.kafka)?;
    runtime.spawn(Phase::Background, "outbox", |stop| relay.run(stop));
    let answered = pool.clone();
    runtime.spawn(Phase::Background, "stored answers", |stop| async move {
        answers::purge(answered, stop).await;
        Ok(())
    });
    let read = keys.clone();
    runtime.spawn(Phase::Background, "signing keys", |stop| async move {
        background::read_keys(read, stop).await;
        Ok(())
    });
    let (rotated, period) = (keys.clone(), settings.keys.signing_key_rotation);
    runtime.spawn(Phase::Background, "key rotation", move |stop| async move {
        background::rotate_keys(rotated, period, stop).await;
        Ok(())
    });
    let interval = settings.purge_interval;
    runtime.spawn(Phase::Background, "purge", move |stop| async move {
        background::purge(store, keys, interval, stop).await;
        Ok(())
    });
    Ok(())
}
