pub struct Store(redis::aio::ConnectionManager);

impl Store {
    pub async fn open(url: &str) -> Self {
        Self(redis::Client::open(url).unwrap().get_connection_manager().await.unwrap())
    }

    pub async fn visits(&mut self) -> i64 {
        redis::cmd("INCR").arg("visits").query_async(&mut self.0).await.unwrap_or(0)
    }
}
