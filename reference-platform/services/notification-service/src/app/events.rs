//! What happens elsewhere, and what follows from it in the background.

use social_runtime::Error;

use super::App;
use crate::domain::news::{Happening, News, Source};

impl App {
    /// Applies an event, which may have been applied before.
    ///
    /// # Errors
    /// When it was not applied and should come again.
    pub async fn happened(&self, happening: Happening, source: &Source) -> Result<(), Error> {
        let mut happening = happening;
        if let Some(News { actor_id: Some(actor_id), values, .. }) = &mut happening.news {
            values.actor = self.users.name(*actor_id).await;
        }
        let told = self.store.apply(&happening, source).await?;
        self.recount(told).await;
        if let Some(user_id) = happening.erased {
            self.users.forget(user_id).await;
            self.recount(vec![user_id]).await;
        }
        Ok(())
    }

    /// Keeps a record that cannot be read, and tells it.
    ///
    /// # Errors
    /// When it was not kept and should come again.
    pub async fn bury(&self, source: &Source, attempts: i32, reason: &str) -> Result<(), Error> {
        tracing::error!(
            topic = source.topic,
            partition = source.partition,
            offset = source.offset,
            reason,
            "unreadable"
        );
        Ok(self.store.bury_record(source, attempts, reason).await?)
    }

    /// Tells some of the followers who are to be told. Whether there may be more.
    pub async fn fan_out(&self) -> Result<bool, Error> {
        let Some(told) = self.store.fan_out().await? else { return Ok(false) };
        self.recount(told).await;
        Ok(true)
    }

    /// Removes some of what is left of accounts that are gone. Whether there may be more.
    pub async fn sweep(&self) -> Result<bool, Error> {
        let Some(mut shortened) = self.store.sweep().await? else { return Ok(false) };
        shortened.sort_unstable();
        shortened.dedup();
        self.recount(shortened).await;
        Ok(true)
    }
}
