#[async_trait::async_trait]
pub trait PricePort: Send + Sync {
    async fn quote(&self, sku: &str) -> anyhow::Result<i64>;
    async fn history(&self, sku: &str) -> anyhow::Result<Vec<i64>>;
}

#[async_trait::async_trait]
pub trait UserPort: Send + Sync + 'static {
    async fn name(&self, id: &str) -> anyhow::Result<String>;
}
