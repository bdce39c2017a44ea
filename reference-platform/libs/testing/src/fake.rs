//! Neighbours whose contract a test implements.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::transport::Server;

/// A service that is served until the value is dropped or stopped.
#[derive(Debug)]
pub struct Fake {
    address: SocketAddr,
    url: String,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Fake {
    /// `http://127.0.0.1:<port>`, for `<NAME>_SERVICE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes down: connections are closed when this returns. Requests in flight have a second to end.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut self.server).await;
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        // The server sees that nobody can tell it to stop any more, and stops.
        drop(self.stop.take());
    }
}

/// Serves `service` at a free port.
pub async fn serve_fake<S>(service: S) -> anyhow::Result<Fake>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    serve_fake_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), service).await
}

/// Serves `service` at `address`: where another one was stopped, so that it is back.
pub async fn serve_fake_at<S>(address: SocketAddr, service: S) -> anyhow::Result<Fake>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let listener = TcpListener::bind(address).await.with_context(|| format!("{address} is taken"))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let serving = Server::builder().add_service(service).serve_with_incoming_shutdown(
        TcpListenerStream::new(listener),
        async move {
            let _ = stopped.await;
        },
    );
    let server = tokio::spawn(async move {
        if let Err(error) = serving.await {
            eprintln!("the fake at {address} failed: {error}");
        }
    });
    Ok(Fake { address, url: format!("http://{address}"), stop: Some(stop), server })
}

/// The URL of a neighbour that is down.
pub async fn nobody() -> anyhow::Result<String> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
    Ok(format!("http://{address}"))
}
