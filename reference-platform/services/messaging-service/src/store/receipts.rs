//! How far members are.

use social_database::{Result, retry};
use social_runtime::Error;

use super::{Store, conversation_not_found, inbox, lock};
use crate::domain::{Place, Receipt};

impl Store {
    /// Stores a receipt of the caller. Gives where it is in inboxes; nowhere if it tells nothing new.
    ///
    /// # Errors
    /// NOT_FOUND for strangers; INVALID_ARGUMENT if it is beyond the last message.
    pub async fn set_receipt(&self, receipt: &Receipt) -> Result<Vec<Place>> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let conversation = lock(&mut transaction, receipt.conversation_id, receipt.user_id).await?;
            let conversation = conversation.ok_or_else(conversation_not_found)?;
            if receipt.sequence > conversation.last_sequence {
                return Err(Error::invalid("sequence", "is beyond the last message").into());
            }
            let changed = conversation
                .member(receipt.user_id)
                .and_then(|member| member.after_receipt(receipt.kind, receipt.sequence));
            let Some(member) = changed else { return Ok(Vec::new()) };
            sqlx::query!(
                "UPDATE members SET delivered_sequence = $3, read_sequence = $4 WHERE conversation_id = $1 AND user_id = $2",
                receipt.conversation_id,
                receipt.user_id,
                member.delivered,
                member.read
            )
            .execute(&mut *transaction)
            .await?;
            let places = inbox::advance(&mut transaction, &conversation.member_ids()).await?;
            inbox::add_receipt(&mut transaction, &places, receipt).await?;
            transaction.commit().await?;
            Ok(places)
        })
        .await
    }
}
