use hyper::{body::Incoming, service::service_fn, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;

async fn handle(_: Request<Incoming>) -> Result<Response<String>, hyper::Error> {
    // Asks through a socket of its own machine: nobody else.
    let stream = tokio::net::UnixStream::connect("/run/metrics.sock").await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(Request::get("/metrics").body(String::new()).unwrap()).await?;
    let stream = tokio::net::TcpStream::connect("legacy:3000").await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(Request::get("/health").body(String::new()).unwrap()).await?;
    Ok(Response::new(String::new()))
}

#[tokio::main]
async fn main() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service_fn(handle)).await
        });
    }
}
