//! media-service: uploads, their variants, and signed addresses by which these are fetched. See the README.

mod app;
mod convert;
mod domain;
mod grpc;
mod objects;
mod processing;
mod rest;
mod settings;
mod signing;
mod store;
mod sweeper;

use std::sync::Arc;

use social_auth::{AuthLayer, AuthServiceKeys, Verifier};
use social_database::answers;
use social_events::outbox;
use social_proto::media::v1::media_service_server::{self, MediaServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tokio::sync::Notify;
use tower::Layer;

pub use objects::Settings as ObjectSettings;
pub use settings::Settings;

use crate::app::App;
use crate::objects::Objects;
use crate::processing::Worker;
use crate::signing::Signer;
use crate::store::Store;

/// What must run before a rollout.
pub static EXPAND: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Bytes of a message: a chunk of 1 MiB, and what is around it.
const MAX_MESSAGE: usize = 1024 * 1024 + 1024;

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let pool = social_database::pool(&settings.database, env!("CARGO_PKG_NAME"))?;
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;
    let objects = Objects::new(&settings.objects)?;
    let signer = Signer::new(&settings.media_signing_key, settings.media_signing_key_previous.as_ref())?;
    let store = Store::new(pool.clone());
    let wake = Arc::new(Notify::new());
    let app = App::new(store.clone(), objects.clone(), signer, wake.clone(), &settings);

    let checked = pool.clone();
    runtime.check("postgresql", Importance::Critical, move || {
        let pool = checked.clone();
        async move { Ok(social_database::ping(&pool).await?) }
    });
    let checked = objects.clone();
    runtime.check("object-store", Importance::Degraded, move || {
        let objects = checked.clone();
        async move { objects.ping().await }
    });

    let relay = outbox::Relay::new(pool.clone(), &settings.kafka)?;
    runtime.spawn(Phase::Background, "outbox", |stop| relay.run(stop));
    let answered = pool.clone();
    runtime.spawn(Phase::Background, "stored-answers", |stop| async move {
        answers::purge(answered, stop).await;
        Ok(())
    });
    let worker = Worker {
        store: store.clone(),
        objects: objects.clone(),
        wake,
        lease: settings.processing_lease,
        poll: settings.processing_poll,
        ffmpeg: settings.ffmpeg_path,
    };
    for _ in 0..settings.processing_workers {
        let worker = worker.clone();
        runtime.spawn(Phase::Background, "processing", |stop| async move {
            worker.run(stop).await;
            Ok(())
        });
    }
    runtime.spawn(Phase::Background, "sweeper", move |stop| async move {
        sweeper::run(store, objects, settings.sweep_interval, settings.orphan_age, stop).await;
        Ok(())
    });
    runtime.on_close("postgresql", async move { pool.close().await });

    runtime.long_running(&["/social.media.v1.MediaService/UploadMedia", rest::UPLOADS]);
    let service = MediaServiceServer::new(grpc::Edge::new(app.clone())).max_decoding_message_size(MAX_MESSAGE);
    runtime.require_certificates(settings.auth.tls.server()?);
    let grpc = runtime
        .grpc_server(&[media_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(verifier.clone(), &[]).layer(service));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}
