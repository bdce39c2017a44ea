use hyper::{Body, Request, Response, Server};
use routerify::{Router, RouterService};

async fn hello(_: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    Ok(Response::new(Body::empty()))
}

fn api() -> Router<Body, hyper::Error> {
    Router::builder().get("/hello/:id", hello).post("/hello", hello).build().unwrap()
}

#[tokio::main]
async fn main() {
    let router = Router::builder().scope("/v1", api()).any_method("/all", hello).build().unwrap();
    let service = RouterService::new(router).unwrap();
    Server::bind(&([0, 0, 0, 0], 3001).into()).serve(service).await.unwrap();
}
