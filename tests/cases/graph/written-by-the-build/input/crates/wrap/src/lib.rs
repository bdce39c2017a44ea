//! What the code that the build writes needs of its user.

#[async_trait::async_trait]
pub trait Connect<T>: Send + Sync {
    async fn connection(&self) -> Result<T, tonic::Status>;
}
