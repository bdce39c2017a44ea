//! feed-service: what a user reads first. Feeds are sorted sets of Redis, written when somebody publishes; posts of very followed
//! accounts are added when a feed is read. See the README.

mod app;
mod consumers;
mod domain;
mod grpc;
mod neighbours;
mod rest;
mod settings;
mod store;

use social_auth::{AuthLayer, AuthServiceKeys, ServiceIdentity, Verifier};
use social_cache::Cache;
use social_client::Policy;
use social_proto::feed::v1::feed_service_server::{self, FeedServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::Settings;

use crate::app::App;
use crate::neighbours::{Posts, Users};
use crate::store::Store;

/// Bytes of a request; the largest that is in order is a page token.
const MAX_MESSAGE: usize = 16 * 1024;

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let redis = social_cache::connect(&settings.redis)?;
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;
    let identity = ServiceIdentity::new(env!("CARGO_PKG_NAME"), &settings.auth.tokens)?;

    let policy = Policy { tls: settings.auth.tls.client()?, ..Policy::default() };
    let users = social_client::channel(&settings.user_service_url, policy.clone(), "user-service")?;
    let posts = social_client::channel(&settings.content_service_url, policy, "content-service")?;
    let follower_counts = social_cache::Policy::new(settings.follower_count_ttl);
    let app = App::new(
        Store::new(redis.clone(), settings.feed_length, settings.feed_ttl),
        Users::new(users, identity.clone(), Cache::json(&redis, "feed:followers:1", follower_counts)),
        Posts::new(posts, identity),
        settings.popular_followers,
    );

    runtime.check("redis", Importance::Critical, move || {
        let redis = redis.clone();
        async move { Ok(redis.ping().await?) }
    });

    let (kafka, consumed) = (settings.kafka.clone(), app.clone());
    runtime.spawn(Phase::Consumers, "events", |stop| consumers::run(kafka, consumed, stop));

    let service = FeedServiceServer::new(grpc::Feeds::new(app.clone())).max_decoding_message_size(MAX_MESSAGE);
    runtime.require_certificates(settings.auth.tls.server()?);
    let grpc = runtime
        .grpc_server(&[feed_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(verifier.clone(), &[]).layer(service));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}
