//! What could not be delivered or read, for operators.

use social_auth::{Caller, OPERATOR};
use social_proto::notification::v1::{
    ListDeadLettersRequest, ListDeadLettersResponse, RedeliverDeadLetterRequest, RedeliverDeadLetterResponse,
};
use social_runtime::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{App, input};
use crate::convert;
use crate::domain::news::Source;
use crate::domain::push::{Due, Outcome, Verdict};
use crate::store::Redelivery;
use crate::translate;

impl App {
    /// A page of dead letters, oldest first.
    pub async fn list_dead_letters(
        &self,
        caller: &Caller,
        request: ListDeadLettersRequest,
    ) -> Result<ListDeadLettersResponse, Error> {
        caller.require_scope(OPERATOR)?;
        let page = input::list_dead_letters(&request)?;
        let mut found = self.store.dead_letters(page.after, page.size as i64 + 1).await?;
        let more = found.len() > page.size;
        found.truncate(page.size);
        let next_page_token = match found.last() {
            Some(last) if more => page.token(last.fail_time, last.dead_letter_id),
            _ => String::new(),
        };
        let dead_letters = found.into_iter().map(convert::dead_letter).collect();
        Ok(ListDeadLettersResponse { dead_letters, next_page_token })
    }

    /// One more attempt, with the id of the others: a provider that has seen it passes over it.
    ///
    /// # Errors
    /// NOT_FOUND; ABORTED while somebody else is trying it.
    pub async fn redeliver_dead_letter(
        &self,
        caller: &Caller,
        request: RedeliverDeadLetterRequest,
    ) -> Result<RedeliverDeadLetterResponse, Error> {
        caller.require_scope(OPERATOR)?;
        let dead_letter_id = input::id("dead_letter_id", &request.dead_letter_id)?;
        let delivered = match self.store.take_dead_letter(dead_letter_id, self.lease).await? {
            Redelivery::Unknown => return Err(Error::not_found("there is no such dead letter")),
            Redelivery::Busy => return Err(Error::aborted("somebody else is trying it").retry_after(self.lease)),
            Redelivery::Done => true,
            Redelivery::Push(due) => self.push_again(&due).await?,
            Redelivery::Record(source) => self.read_again(dead_letter_id, &source).await?,
        };
        Ok(RedeliverDeadLetterResponse { delivered })
    }

    /// Whether the push is done with.
    async fn push_again(&self, due: &Due) -> Result<bool, Error> {
        let (dead_letter_id, provider) = (due.push.delivery_id, due.provider);
        let Some(route) = self.routes.iter().find(|route| route.provider == provider) else {
            return self.still_dead(dead_letter_id, 0, &format!("{} is switched off", provider.name())).await;
        };
        match due.verdict(OffsetDateTime::now_utc()) {
            Verdict::Push | Verdict::TooLate => {}
            Verdict::Drop(_) => return self.done(dead_letter_id).await,
            Verdict::Wait(_) => return self.still_dead(dead_letter_id, 0, "its recipient has quiet hours").await,
        }
        match route.push(&due.push).await {
            Outcome::Delivered => self.done(dead_letter_id).await,
            Outcome::Gone => {
                self.store.delete_gone_device(due.recipient_id, due.device_id, &due.push.token).await?;
                self.done(dead_letter_id).await
            }
            Outcome::Refused(reason) | Outcome::Failed { reason, .. } => {
                self.still_dead(dead_letter_id, 1, &format!("{} {reason}", provider.name())).await
            }
        }
    }

    /// Whether the record could be read this time.
    async fn read_again(&self, dead_letter_id: Uuid, source: &Source) -> Result<bool, Error> {
        match translate::record(source) {
            Ok(happening) => {
                self.happened(happening, source).await?;
                self.done(dead_letter_id).await
            }
            Err(reason) => self.still_dead(dead_letter_id, 1, &reason).await,
        }
    }

    async fn done(&self, dead_letter_id: Uuid) -> Result<bool, Error> {
        self.store.finish_dead_letter(dead_letter_id).await?;
        Ok(true)
    }

    async fn still_dead(&self, dead_letter_id: Uuid, attempts: i32, reason: &str) -> Result<bool, Error> {
        self.store.return_dead_letter(dead_letter_id, attempts, reason).await?;
        Ok(false)
    }
}
