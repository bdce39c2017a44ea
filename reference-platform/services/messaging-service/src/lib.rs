//! messaging-service: conversations, what is said in them, and its live delivery on all replicas. See the README.

mod app;
mod convert;
mod domain;
mod grpc;
mod live;
mod neighbours;
mod purge;
mod rest;
mod settings;
mod store;

use std::time::Duration;

use social_auth::{AuthLayer, AuthServiceKeys, Verifier};
use social_database::answers;
use social_events::outbox;
use social_proto::messaging::v1::messaging_service_server::{self, MessagingServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::Settings;

use crate::app::App;
use crate::live::{Bounds, Hub, Pace, Presences, Publisher, Sessions};
use crate::neighbours::{Auth, Media, Users};
use crate::store::Store;

/// What must run before a rollout.
pub static EXPAND: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Bytes of a request; the largest that is in order has some 16 KiB of text.
const MAX_MESSAGE: usize = 64 * 1024;

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let pool = social_database::pool(&settings.database, env!("CARGO_PKG_NAME"))?;
    let redis = social_cache::connect(&settings.redis)?;
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;

    let tls = settings.auth.tls.client()?;
    let policy = |deadline| social_client::Policy { deadline, tls: tls.clone(), ..social_client::Policy::default() };
    let auth =
        social_client::channel(&settings.auth.auth_service_url, policy(Duration::from_millis(300)), "auth-service")?;
    let users = social_client::channel(&settings.user_service_url, policy(Duration::from_millis(300)), "user-service")?;
    let media = social_client::channel(&settings.media_service_url, policy(Duration::from_secs(1)), "media-service")?;

    let store = Store::new(pool.clone());
    let app = App::new(
        store.clone(),
        Users::new(users),
        Media::new(media),
        Publisher::new(redis.clone()),
        Presences::new(redis.clone()),
    );
    let pace =
        Pace { max_sessions: settings.max_sessions, poll: settings.poll_interval, sweep: settings.sweep_interval };
    let (hub, arrivals) = Hub::new(redis.clone(), store.clone(), pace);
    let bounds = Bounds {
        queue: settings.session_queue.into(),
        lifetime: settings.session_lifetime,
        request_timeout: settings.runtime.request_timeout,
    };
    let sessions = Sessions::new(app.clone(), store.clone(), hub.clone(), Auth::new(auth), bounds, runtime.stopping());

    let checked = pool.clone();
    runtime.check("postgresql", Importance::Critical, move || {
        let pool = checked.clone();
        async move { Ok(social_database::ping(&pool).await?) }
    });
    runtime.check("redis", Importance::Degraded, move || {
        let redis = redis.clone();
        async move { Ok(redis.ping().await?) }
    });

    // Sessions, which end with the servers, need the hub until then.
    let watching = hub.clone();
    runtime.spawn(Phase::Background, "live-watch", |stop| async move {
        watching.watch(stop).await;
        Ok(())
    });
    runtime.spawn(Phase::Background, "live-dispatch", |stop| async move {
        hub.dispatch(arrivals, stop).await;
        Ok(())
    });
    let ending = sessions.clone();
    runtime.spawn(Phase::Servers, "live-sessions", |stop| async move {
        stop.cancelled().await;
        ending.ended().await;
        Ok(())
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

    runtime.long_running(&[grpc::CHAT, rest::CHAT]);
    let edge = grpc::Messaging::new(app.clone(), sessions.clone());
    let service = MessagingServiceServer::new(edge).max_decoding_message_size(MAX_MESSAGE);
    runtime.require_certificates(settings.auth.tls.server()?);
    let grpc = runtime
        .grpc_server(&[messaging_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(verifier.clone(), &[]).layer(service));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), sessions.clone(), verifier.clone()))?;
    runtime.run().await
}
