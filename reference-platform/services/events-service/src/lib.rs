//! events-service: what happens on the platform, in numbers. Takes events of clients into the log, brings them and those of all
//! services into ClickHouse, and answers queries over them. See the README.

mod app;
mod consumers;
mod domain;
mod facts;
mod grpc;
mod rest;
mod settings;
mod store;

use std::sync::Arc;

use social_auth::{AuthLayer, AuthServiceKeys, Verifier};
use social_events::Publisher;
use social_proto::events::v1::events_service_server::{self, EventsServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::Settings;
pub use store::{Settings as ClickhouseSettings, migrate};

use crate::app::{App, Catalog};
use crate::store::{Batch, Store};

/// Of whoever is not logged in, too.
const INGEST: &str = "/social.events.v1.EventsService/IngestEvents";

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let store = Store::new(&settings.clickhouse);
    let publisher = Publisher::new(&settings.kafka)?;
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;
    let catalog = Arc::new(Catalog::new(store.clone()));
    let app = App::new(store.clone(), catalog.clone(), publisher.clone(), *settings.publish_timeout);

    // Events come in without ClickHouse, and queries are answered without Kafka: neither decides over readiness.
    let checked = store.clone();
    runtime.check("clickhouse", Importance::Degraded, move || {
        let store = checked.clone();
        async move { Ok(store.ping().await?) }
    });
    runtime.check("kafka", Importance::Degraded, move || {
        let publisher = publisher.clone();
        async move { Ok(publisher.ping().await?) }
    });

    let every = *settings.schema_refresh;
    runtime.spawn(Phase::Background, "schemas", |stop| async move {
        catalog.refresh(every, stop).await;
        Ok(())
    });
    let linger = *settings.insert_linger;
    let (clients, client_inserts) = Batch::new(store.clone(), "client_events", linger);
    let (domain, domain_inserts) = Batch::new(store, "domain_events", linger);
    // Background work stops after the consumers, so what they wait for is still inserted.
    runtime.spawn(Phase::Background, "client inserts", |stop| client_inserts.run(stop));
    runtime.spawn(Phase::Background, "domain inserts", |stop| domain_inserts.run(stop));
    let kafka = settings.kafka.clone();
    runtime.spawn(Phase::Consumers, "events", |stop| consumers::run(kafka, clients, domain, stop));

    runtime.long_running(&[INGEST]);
    let events = EventsServiceServer::new(grpc::Events::new(app.clone(), runtime.stopping()));
    let events = AuthLayer::new(verifier.clone(), &[INGEST]).layer(events);
    runtime.require_certificates(settings.auth.tls.server()?);
    let router = runtime.grpc_server(&[events_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?;
    runtime.serve_grpc(router.add_service(events))?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}

/// Drops months of raw events that are too old, and erases users whose accounts are gone.
#[tracing::instrument(skip_all)]
pub async fn sweep(settings: &ClickhouseSettings, months: u32) -> anyhow::Result<()> {
    let store = Store::new(settings);
    let dropped = store.drop_old_months(months).await?;
    let erased = store.erase_deleted_users().await?;
    tracing::info!(dropped, erased, "swept");
    Ok(())
}
