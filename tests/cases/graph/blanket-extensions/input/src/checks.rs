//! What may be seen. Implementors say it of one thing; what callers ask is added for all of them.

#[async_trait::async_trait]
pub trait Checks: Send + Sync + 'static {
    async fn allowed_impl(&self, id: &str) -> bool;
}

#[async_trait::async_trait]
pub trait ChecksOps: Checks {
    async fn allowed(&self, id: &str) -> bool {
        id.is_empty() || self.allowed_impl(id).await
    }
}

impl<T: Checks> ChecksOps for T {}
