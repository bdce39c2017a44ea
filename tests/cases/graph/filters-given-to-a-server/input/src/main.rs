//! Two servers are started by one function: each of their filters keeps its routes, whatever else is given with them.

use warp::{Filter, Rejection, Reply};
use std::sync::Arc;
pub struct S { pub a: u32 }
fn get_index(s: u32) -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone {
    warp::path!("indexes" / String).and(warp::get()).then(move |id: String| async move { s.to_string() }).boxed()
}
fn list_index(s: u32) -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone {
    warp::path!("indexes").and(warp::get()).then(move || async move { s.to_string() }).boxed()
}
pub fn index_management_handlers(s: u32) -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone {
    get_index(s).or(list_index(s)).boxed()
}
fn cluster(s: u32) -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone {
    warp::path!("cluster").and(warp::get()).then(move || async move { s.to_string() }).recover(recover_fn).boxed()
}
pub async fn recover_fn(rejection: Rejection) -> Result<impl Reply, Rejection> { Err(rejection) }
fn api_v1_routes(s: Arc<S>) -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone {
    let api_v1_root_url = warp::path!("api" / "v1" / ..);
    api_v1_root_url.and(cluster(s.a).or(index_management_handlers(s.a)).boxed())
}

async fn serve_warp_routes<F>(name: &str, tcp_listener: tokio::net::TcpListener, routes: F) -> Result<(), ()>
where F: Filter<Error = Rejection> + Clone + Send + Sync + 'static, F::Extract: Reply {
    let warp_service = warp::service(routes);
    let service = tower::ServiceBuilder::new().layer(tower_http::trace::TraceLayer::new_for_http()).service(warp_service);
    let service = hyper_util::service::TowerToHyperService::new(service);
    let server = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
    loop {
        let (connection, _) = tcp_listener.accept().await.unwrap();
        let fut = server.serve_connection_with_upgrades(hyper_util::rt::TokioIo::new(connection), service.clone()).into_owned();
        tokio::spawn(async move { fut.await.unwrap(); });
    }
}
fn health() -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone {
    warp::path!("livez").and(warp::get()).then(move || async move { "ok" }).boxed()
}
#[tokio::main]
async fn main() {
    let routes = warp::get().and(api_v1_routes(Arc::new(S { a: 1 })).or(health())).recover(recover_fn).boxed();
    let l = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    let l2 = tokio::net::TcpListener::bind("0.0.0.0:8081").await.unwrap();
    serve_warp_routes("REST", l, routes).await.unwrap();
    let h = warp::get().and(health()).recover(recover_fn).boxed();
    serve_warp_routes("health", l2, h).await.unwrap();
}
