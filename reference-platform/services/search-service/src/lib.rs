//! search-service: finds users, posts and tags. The index is tantivy's, on the local disk of each replica, made of the events of other
//! services. See the README.

mod app;
mod consumers;
mod domain;
mod grpc;
mod index;
mod rebuilds;
mod rest;
mod settings;
mod users;

use std::sync::Arc;
use std::time::Duration;

use social_auth::{AuthLayer, AuthServiceKeys, Verifier};
use social_client::Policy;
use social_proto::search::v1::search_service_server::{self, SearchServiceServer};
use social_runtime::{Importance, Phase, Runtime};
use tower::Layer;

pub use settings::Settings;

use crate::app::App;
use crate::index::Library;
use crate::rebuilds::{Builder, Rebuilds};
use crate::users::Users;

/// Bytes of a request; the largest that is in order is a query with a page token.
const MAX_MESSAGE: usize = 16 * 1024;
/// Who is hidden is asked a few times for a page.
const USERS_DEADLINE: Duration = Duration::from_millis(500);

/// Runs the service until it is told to stop.
pub async fn serve(settings: Settings, mut runtime: Runtime) -> anyhow::Result<()> {
    let library = Arc::new(Library::open(&settings.index_path)?);
    let (rebuilds, jobs) = Rebuilds::load(&settings.index_path)?;
    let rebuilds = Arc::new(rebuilds);
    let verifier = Verifier::new(AuthServiceKeys::new(&settings.auth)?, &settings.auth.tokens)?;
    let policy = Policy { deadline: USERS_DEADLINE, tls: settings.auth.tls.client()?, ..Policy::default() };
    let users = Users::new(social_client::channel(&settings.user_service_url, policy, "user-service")?);
    let app = App::new(library.clone(), users, rebuilds.clone(), settings.kafka.clone());

    // An index that was never complete finds too little.
    let checked = library.clone();
    runtime.check("index", Importance::Critical, move || {
        let complete = checked.is_complete();
        async move {
            anyhow::ensure!(complete, "the index is being built");
            Ok(())
        }
    });

    let (kafka, group, consumed) = (settings.kafka.clone(), settings.search_group.clone(), library.clone());
    runtime.spawn(Phase::Consumers, "events", move |stop| consumers::run(kafka, group, consumed, stop));
    let builder = Builder::new(library.clone(), rebuilds, settings.kafka.clone());
    runtime.spawn(Phase::Consumers, "rebuilds", move |stop| builder.run(jobs, stop));
    runtime.on_close("index", async move { library.close().await });

    let service = SearchServiceServer::new(grpc::Search::new(app.clone())).max_decoding_message_size(MAX_MESSAGE);
    runtime.require_certificates(settings.auth.tls.server()?);
    let grpc = runtime
        .grpc_server(&[search_service_server::SERVICE_NAME], social_proto::DESCRIPTORS)?
        .add_service(AuthLayer::new(verifier.clone(), &[]).layer(service));
    runtime.serve_grpc(grpc)?;
    runtime.serve_rest(move |config| rest::configure(config, app.clone(), verifier.clone()))?;
    runtime.run().await
}
