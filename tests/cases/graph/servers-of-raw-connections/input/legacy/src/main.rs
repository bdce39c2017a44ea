use std::{convert::Infallible, net::SocketAddr};

use hyper::{service::{make_service_fn, service_fn}, Body, Request, Response, Server};

async fn handle(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::empty()))
}

#[tokio::main]
async fn main() {
    let address = SocketAddr::from(([0, 0, 0, 0], 3000));
    let service = make_service_fn(|_| async { Ok::<_, Infallible>(service_fn(|request| handle(request))) });
    Server::bind(&address).serve(service).await.unwrap();
}
