//! content-service: posts, comments, reactions and their counters, and who may see them. See the README.

mod app;
mod convert;
mod domain;
mod grpc;
mod neighbours;
mod purge;
mod rest;
mod settings;
mod store;

use std::time::Duration;

use social_auth::{AuthLayer, AuthServiceKeys, Verifier};
use social_cache::Cache;
use social_database::answers;
use social_events::outbox;
use social_proto::content::v1::content_service_server::{self, ContentServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::Settings;

use crate::app::App;
use crate::neighbours::{Media, Users};
use crate::store::Store;

/// What must run before a rollout.
pub static EXPAND: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");
/// What may run after it.
pub static CONTRACT: sqlx::migrate::Migrator = sqlx::migrate!("./migrations-contract");

/// For how long it is remembered that a post is not there.
const ABSENT_TTL: Duration = Duration::from_secs(10);
/// Bytes of a request; the largest that is in order has some 20 KiB of text.
const MAX_MESSAGE: usize = 64 * 1024;

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let pool = social_database::pool(&settings.database, env!("CARGO_PKG_NAME"))?;
    let redis = social_cache::connect(&settings.redis)?;
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;

    let tls = settings.auth.tls.client()?;
    let policy = |deadline| social_client::Policy { deadline, tls: tls.clone(), ..social_client::Policy::default() };
    let users = social_client::channel(&settings.user_service_url, policy(Duration::from_millis(300)), "user-service")?;
    let media = social_client::channel(&settings.media_service_url, policy(Duration::from_secs(1)), "media-service")?;

    let posts = social_cache::Policy::new(settings.post_cache_ttl).negative(ABSENT_TTL);
    let store = Store::new(pool.clone());
    let app = App::new(
        store.clone(),
        Cache::json(&redis, "content:post:1", posts),
        Cache::json(&redis, "content:counters:1", social_cache::Policy::new(settings.counter_cache_ttl)),
        Users::new(
            users,
            Cache::json(&redis, "content:follows:1", social_cache::Policy::new(settings.relation_cache_ttl)),
        ),
        Media::new(media),
    );

    let checked = pool.clone();
    runtime.check("postgresql", Importance::Critical, move || {
        let pool = checked.clone();
        async move { Ok(social_database::ping(&pool).await?) }
    });
    runtime.check("redis", Importance::Degraded, move || {
        let redis = redis.clone();
        async move { Ok(redis.ping().await?) }
    });

    let relay = outbox::Relay::new(pool.clone(), &settings.kafka)?;
    runtime.spawn(Phase::Background, "outbox", |stop| relay.run(stop));
    let answered = pool.clone();
    runtime.spawn(Phase::Background, "stored-answers", |stop| async move {
        answers::purge(answered, stop).await;
        Ok(())
    });
    runtime.spawn(Phase::Background, "purge", move |stop| async move {
        purge::run(store, settings.purge_interval, stop).await;
        Ok(())
    });
    runtime.on_close("postgresql", async move { pool.close().await });

    let service = ContentServiceServer::new(grpc::Content::new(app.clone())).max_decoding_message_size(MAX_MESSAGE);
    runtime.require_certificates(settings.auth.tls.server()?);
    let grpc = runtime
        .grpc_server(&[content_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(verifier.clone(), &[]).layer(service));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}
