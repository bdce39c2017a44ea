//! notification-service: who is told what happened, in which words, and on which ways. See the README.

mod app;
mod background;
mod consumers;
mod convert;
mod domain;
mod grpc;
mod neighbours;
mod push;
mod rest;
mod settings;
mod store;
mod translate;

use std::sync::Arc;
use std::time::Duration;

use social_auth::{AuthLayer, AuthServiceKeys, ServiceIdentity, Verifier};
use social_cache::{Cache, Quota, RateLimiter, WhenDown};
use social_events::{applied, outbox};
use social_proto::notification::v1::notification_service_server::{self, NotificationServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::{Providers, PushSettings, Settings};

use crate::app::App;
use crate::domain::push::{Provider, PushProvider};
use crate::neighbours::Users;
use crate::push::{Apns, Fcm, Route, WebPush, Worker};
use crate::store::{Retention, Rules, Store};

/// What must run before a rollout.
pub static EXPAND: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

const NAME: &str = env!("CARGO_PKG_NAME");
/// For how long it is remembered which events were applied: longer than their topics keep them.
const REMEMBER_EVENTS: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a text waits for a name.
const PATIENCE: Duration = Duration::from_millis(500);
/// Bytes of a request; the largest that is in order has a token of 4096 characters.
const MAX_MESSAGE: usize = 64 * 1024;

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let pool = social_database::pool(&settings.database, NAME)?;
    let redis = social_cache::connect(&settings.redis)?;
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;
    let identity = ServiceIdentity::new(NAME, &settings.auth.tokens)?;

    let tls = settings.auth.tls.client()?;
    let patient = social_client::Policy { deadline: PATIENCE, tls, ..social_client::Policy::default() };
    let channel = social_client::channel(&settings.user_service_url, patient, "user-service")?;
    let names = social_cache::Policy::new(settings.name_cache_ttl).negative(Duration::from_secs(10));
    let users = Users::new(channel, identity, Cache::json(&redis, "notification:name:1", names));
    let unread = Cache::json(&redis, "notification:unread:1", social_cache::Policy::new(settings.unread_cache_ttl));

    let routes = routes(&settings.providers, &settings.push)?;
    let providers = routes.iter().map(|route| route.provider).collect();
    let rules = Rules { providers, dedupe_window: settings.dedupe_window };
    let store = Store::new(pool.clone(), rules);
    let app = App::new(store.clone(), unread, users, routes.clone(), settings.push.push_lease);

    let checked = pool.clone();
    runtime.check("postgresql", Importance::Critical, move || {
        let pool = checked.clone();
        async move { Ok(social_database::ping(&pool).await?) }
    });
    let checked = redis.clone();
    runtime.check("redis", Importance::Degraded, move || {
        let redis = checked.clone();
        async move { Ok(redis.ping().await?) }
    });

    let (kafka, delay, consuming) = (settings.kafka.clone(), settings.retry_delay, app.clone());
    runtime.spawn(Phase::Consumers, "events", move |stop| consumers::run(kafka, delay, consuming, stop));

    let relay = outbox::Relay::new(pool.clone(), &settings.kafka)?;
    runtime.spawn(Phase::Background, "outbox", |stop| relay.run(stop));
    let applied = pool.clone();
    runtime.spawn(Phase::Background, "applied-events", |stop| async move {
        applied::purge(applied, REMEMBER_EVENTS, stop).await;
        Ok(())
    });
    let quota =
        Quota { burst: settings.push.push_limit, refill: settings.push.push_limit, per: Duration::from_secs(60) };
    let limit = RateLimiter::new(&redis, "notification:push", quota, WhenDown::Allow);
    for route in routes {
        let name = route.provider.name();
        let worker = Worker::new(store.clone(), route, limit.clone(), policy(&settings.push));
        runtime.spawn(Phase::Background, name, |stop| async move {
            worker.run(stop).await;
            Ok(())
        });
    }
    let (telling, interval) = (app.clone(), settings.background_interval);
    runtime.spawn(Phase::Background, "fan-out", move |stop| async move {
        background::fan_out(telling, interval, stop).await;
        Ok(())
    });
    let sweeping = app.clone();
    runtime.spawn(Phase::Background, "sweep", move |stop| async move {
        background::sweep(sweeping, interval, stop).await;
        Ok(())
    });
    let (purged, interval) = (store.clone(), settings.purge_interval);
    let retention =
        Retention { notifications: settings.notification_retention, dead_letters: settings.dead_letter_retention };
    runtime.spawn(Phase::Background, "purge", move |stop| async move {
        background::purge(purged, retention, interval, stop).await;
        Ok(())
    });
    runtime.spawn(Phase::Background, "measure", move |stop| async move {
        background::measure(store, stop).await;
        Ok(())
    });
    runtime.on_close("postgresql", async move { pool.close().await });

    let service =
        NotificationServiceServer::new(grpc::Notifications::new(app.clone())).max_decoding_message_size(MAX_MESSAGE);
    runtime.require_certificates(settings.auth.tls.server()?);
    let grpc = runtime
        .grpc_server(&[notification_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(verifier.clone(), &[]).layer(service));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}

/// The providers that have a URL.
fn routes(providers: &Providers, push: &PushSettings) -> anyhow::Result<Vec<Route>> {
    let Providers { fcm_url, fcm_token, apns_url, apns_token, web_push_url, web_push_token } = providers.clone();
    if fcm_url.is_none() && apns_url.is_none() && web_push_url.is_none() {
        tracing::warn!("no provider of pushes has a URL: nothing is pushed");
        return Ok(Vec::new());
    }
    anyhow::ensure!(push.push_lease > push.push_timeout * 2, "PUSH_LEASE must be longer than two times PUSH_TIMEOUT");
    let client = push::client(push.push_timeout)?;
    let route = |provider, pushes| Route::new(provider, pushes, push.push_breaker_failures, push.push_breaker_pause);
    let mut routes = Vec::new();
    if let Some(url) = fcm_url {
        routes.push(route(Provider::Fcm, Arc::new(Fcm::new(client.clone(), url, fcm_token)) as Arc<dyn PushProvider>));
    }
    if let Some(url) = apns_url {
        routes.push(route(Provider::Apns, Arc::new(Apns::new(client.clone(), url, apns_token))));
    }
    if let Some(url) = web_push_url {
        routes.push(route(Provider::WebPush, Arc::new(WebPush::new(client, url, web_push_token))));
    }
    Ok(routes)
}

fn policy(push: &PushSettings) -> push::Policy {
    push::Policy {
        attempts: push.push_attempts,
        first_pause: push.push_first_pause,
        longest_pause: push.push_longest_pause,
        concurrency: push.push_concurrency,
        lease: push.push_lease,
        poll: push.push_poll_interval,
    }
}
