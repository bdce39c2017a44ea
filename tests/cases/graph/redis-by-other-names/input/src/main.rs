use bb8_redis::{RedisConnectionManager, redis::AsyncCommands};
use fred::prelude::*;
use redis::cluster::ClusterClientBuilder;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

async fn keep(pool: &Pool) {
    let _: () = pool.set("foo", "bar", Some(Expiration::EX(1)), None, false).await.unwrap();
}

#[tokio::main]
async fn main() {
    let pool = Builder::from_config(Config::from_url("redis://first:6379").unwrap()).build_pool(5).unwrap();
    keep(&pool).await;
    let client = Client::new(Config::from_url("redis://second:6379/1").unwrap(), None, None, None);
    let _: () = client.hset("h", ("a", 1)).await.unwrap();
    let cluster = ClusterClientBuilder::new(vec!["redis://third:6379"]).retries(3).build().unwrap();
    let _: () = cluster.get_async_connection().await.unwrap().lpush("l", 1).await.unwrap();
    let manager = RedisConnectionManager::new("redis://fourth:6379").unwrap();
    let pooled = bb8::Pool::builder().max_size(20).build(manager).await.unwrap();
    let _: () = pooled.get().await.unwrap().set("x", 1).await.unwrap();
    let pair = redis::Client::open(("fifth", 6379)).unwrap();
    let _: () = pair.get_multiplexed_async_connection().await.unwrap().del("x").await.unwrap();
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(0, 0, 0, 0)), 8080);
    axum::serve(tokio::net::TcpListener::bind(address).await.unwrap(), axum::Router::new()).await.unwrap();
}
