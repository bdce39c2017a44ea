//! The client that the build writes around tonic's connects anew where it has to. What it is made of stands here.

/// The build script writes these files into the sources; they are not checked in.
pub mod written {
    pub mod depot;
    pub mod depot_api;
}

use std::str::FromStr;

use http::Uri;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::util::BoxCloneService;
use written::depot::depot_client::DepotClient;
use written::depot::VersionRequest;
pub use written::depot_api::DepotApi;

type Http = BoxCloneService<hyper::Request<tonic::body::Body>, hyper::Response<hyper::body::Incoming>, tower::BoxError>;

pub struct Connection {
    pub url: String,
}

#[async_trait::async_trait]
impl wrap::Connect<DepotClient<Http>> for Connection {
    async fn connection(&self) -> Result<DepotClient<Http>, tonic::Status> {
        let uri = Uri::from_str(&self.url).map_err(|error| tonic::Status::internal(error.to_string()))?;
        let http = BoxCloneService::new(Client::builder(TokioExecutor::new()).http2_only(true).build_http());
        let mut client = DepotClient::with_origin(http, uri);
        client.version(VersionRequest {}).await?;
        Ok(client)
    }
}

impl DepotApi {
    pub fn new(url: &str) -> Self {
        Self::build(Connection { url: url.to_owned() })
    }
}
