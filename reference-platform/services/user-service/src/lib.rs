//! user-service: who somebody is to others, and whom they know. PostgreSQL holds profiles, settings and edges; Neo4j
//! holds the edges once more for mutuals and suggestions. See the README.

mod app;
mod consumers;
mod domain;
mod grpc;
mod rebuild;
mod rest;
mod settings;
mod store;
mod sweeper;

use std::sync::Arc;
use std::time::Duration;

use social_auth::{AuthLayer, AuthServiceKeys, Verifier};
use social_events::{applied, outbox};
use social_proto::user::v1::user_service_server::{self, UserServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::{RebuildSettings, Settings};
pub use store::graph::Settings as GraphSettings;

use crate::app::App;
use crate::rebuild::rebuild;
use crate::store::Store;
use crate::store::graph::Graph;

/// What must run before a rollout.
pub static EXPAND: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// For how long it is remembered which events were applied: longer than their topics keep them.
const REMEMBER_EVENTS: Duration = Duration::from_secs(30 * 24 * 3600);

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let pool = social_database::pool(&settings.database, env!("CARGO_PKG_NAME"))?;
    let graph = Arc::new(Graph::new(&settings.graph)?);
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;
    let store = Store::new(pool.clone());
    let app = App::new(store.clone(), graph.clone());

    let checked = pool.clone();
    runtime.check("postgresql", Importance::Critical, move || {
        let pool = checked.clone();
        async move { Ok(social_database::ping(&pool).await?) }
    });
    let checked = graph.clone();
    runtime.check("neo4j", Importance::Degraded, move || {
        let graph = checked.clone();
        async move { Ok(graph.ping().await?) }
    });

    let (kafka, accounts) = (settings.kafka.clone(), store.clone());
    runtime.spawn(Phase::Consumers, "account-events", |stop| consumers::accounts(kafka, accounts, stop));
    let (kafka, projected) = (settings.kafka.clone(), graph.clone());
    runtime.spawn(Phase::Consumers, "graph-projection", |stop| consumers::projection(kafka, projected, stop));

    let relay = outbox::Relay::new(pool.clone(), &settings.kafka)?;
    runtime.spawn(Phase::Background, "outbox", |stop| relay.run(stop));
    runtime.spawn(Phase::Background, "sweeper", |stop| async move {
        sweeper::run(store, *settings.sweep_interval, stop).await;
        Ok(())
    });
    let applied = pool.clone();
    runtime.spawn(Phase::Background, "applied-events", |stop| async move {
        applied::purge(applied, REMEMBER_EVENTS, stop).await;
        Ok(())
    });
    runtime.on_close("postgresql", async move { pool.close().await });

    let users = AuthLayer::new(verifier.clone(), &[]).layer(UserServiceServer::new(grpc::Users::new(app.clone())));
    runtime.require_certificates(settings.auth.tls.server()?);
    let router = runtime.grpc_server(&[user_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?;
    runtime.serve_grpc(router.add_service(users))?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}

/// Makes the graph equal to PostgreSQL.
pub async fn rebuild_graph(settings: RebuildSettings) -> anyhow::Result<()> {
    let store = Store::new(social_database::pool(&settings.database, "user-service-rebuild")?);
    let graph = Graph::new(&settings.graph)?;
    let stale_before = store.now().await? - *settings.rebuild_stale_age;
    let rebuilt = rebuild(&store, &graph, stale_before).await?;
    tracing::info!(
        members = rebuilt.members,
        follows = rebuilt.follows,
        blocks = rebuilt.blocks,
        "the graph is rebuilt"
    );
    Ok(())
}
