//! streaming-service: live streams, their video, who watches and what is said meanwhile. See the README.

mod app;
mod background;
mod consumers;
mod convert;
mod domain;
mod grpc;
mod live;
mod neighbours;
mod rest;
mod settings;
mod store;
mod viewers;

use std::time::Duration;

use social_auth::{AuthLayer, AuthServiceKeys, Verifier};
use social_cache::Cache;
use social_database::answers;
use social_events::{applied, outbox};
use social_proto::streaming::v1::streaming_service_server::{self, StreamingServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::Settings;

use crate::app::{App, Parts};
use crate::live::{Ingests, Rooms};
use crate::neighbours::Users;
use crate::store::Store;
use crate::viewers::Viewers;

/// What must run before a rollout.
pub static EXPAND: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Without a token: the key of the stream says who an encoder is.
const PUBLIC: &[&str] = &["/social.streaming.v1.StreamingService/IngestSegments"];
/// These last as long as the stream.
const LONG_RUNNING: &[&str] =
    &["/social.streaming.v1.StreamingService/IngestSegments", "/social.streaming.v1.StreamingService/WatchChat"];
/// The chat waits for user-service no longer.
const USERS_DEADLINE: Duration = Duration::from_millis(500);
/// For longer than topics keep events.
const KEEP_APPLIED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let pool = social_database::pool(&settings.database, env!("CARGO_PKG_NAME"))?;
    let redis = social_cache::connect(&settings.redis)?;
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;
    let tls = settings.auth.tls.client()?;
    let policy = social_client::Policy { deadline: USERS_DEADLINE, tls, ..social_client::Policy::default() };
    let users = social_client::channel(&settings.user_service_url, policy, "user-service")?;
    let blocked = Cache::json(&redis, "streaming:blocked:1", social_cache::Policy::new(settings.relation_cache_ttl));

    let store = Store::new(pool.clone(), settings.snapshot_every, settings.recording_retention);
    let (rooms, news) = Rooms::new(store.clone(), &redis);
    let (viewers, ingests) = (Viewers::new(&redis), Ingests::default());
    let parts = Parts {
        store: store.clone(),
        users: Users::new(users, blocked),
        viewers: viewers.clone(),
        ingests: ingests.clone(),
        rooms: rooms.clone(),
        public_url: settings.public_url.clone(),
        ingest_silence: settings.ingest_silence,
        stopping: runtime.stopping(),
    };
    let app = App::new(parts, &redis);

    let checked = pool.clone();
    runtime.check("postgresql", Importance::Critical, move || {
        let pool = checked.clone();
        async move { Ok(social_database::ping(&pool).await?) }
    });
    runtime.check("redis", Importance::Degraded, move || {
        let redis = redis.clone();
        async move { Ok(redis.ping().await?) }
    });

    let (kafka, consuming) = (settings.kafka.clone(), app.clone());
    runtime.spawn(Phase::Consumers, "account-events", |stop| consumers::accounts(kafka, consuming, stop));
    let relay = outbox::Relay::new(pool.clone(), &settings.kafka)?;
    runtime.spawn(Phase::Background, "outbox", |stop| relay.run(stop));
    let answered = pool.clone();
    runtime.spawn(Phase::Background, "stored-answers", |stop| async move {
        answers::purge(answered, stop).await;
        Ok(())
    });
    let applied_pool = pool.clone();
    runtime.spawn(Phase::Background, "applied-events", |stop| async move {
        applied::purge(applied_pool, KEEP_APPLIED, stop).await;
        Ok(())
    });
    let (sweeping, told, sweep_settings) = (store.clone(), rooms.clone(), settings.clone());
    runtime.spawn(Phase::Background, "sweep", |stop| async move {
        background::sweep(sweeping, ingests, told, sweep_settings, stop).await;
        Ok(())
    });
    let (counting, interval) = (store.clone(), settings.count_interval);
    runtime.spawn(Phase::Background, "viewers", move |stop| async move {
        background::count(counting, viewers, interval, stop).await;
        Ok(())
    });
    let interval = settings.purge_interval;
    runtime.spawn(Phase::Background, "purge", move |stop| async move {
        background::purge(store, interval, stop).await;
        Ok(())
    });
    runtime.spawn(Phase::Background, "chat", |stop| async move {
        rooms.listen(news, stop).await;
        Ok(())
    });
    runtime.on_close("postgresql", async move { pool.close().await });

    runtime.long_running(LONG_RUNNING);
    let service = StreamingServiceServer::new(grpc::Streaming::new(app.clone(), runtime.stopping()));
    runtime.require_certificates(settings.auth.tls.server()?);
    let grpc = runtime
        .grpc_server(&[streaming_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(verifier.clone(), PUBLIC).layer(service));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}

/// Makes the read model anew from the event store, while the service goes on. Gives the number of streams.
pub async fn rebuild_projections(database: &social_database::Settings) -> anyhow::Result<u64> {
    let pool = social_database::pool(database, env!("CARGO_PKG_NAME"))?;
    // It appends nothing and ends nothing: what the store is told of snapshots and retention does not matter.
    let count = Store::new(pool.clone(), 1, Duration::ZERO).rebuild().await?;
    pool.close().await;
    Ok(count)
}
