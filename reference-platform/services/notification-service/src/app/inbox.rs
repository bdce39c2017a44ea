//! What the caller was told.

use social_auth::Caller;
use social_proto::notification::v1::{
    GetUnreadCountResponse, ListNotificationsRequest, ListNotificationsResponse, SetReadRequest, SetReadResponse,
};
use social_runtime::Error;

use super::{App, input};
use crate::convert;

impl App {
    /// A page of notifications, newest first.
    pub async fn list_notifications(
        &self,
        caller: &Caller,
        request: ListNotificationsRequest,
    ) -> Result<ListNotificationsResponse, Error> {
        let account_id = caller.account_id()?;
        let page = input::list_notifications(account_id, &request)?;
        let limit = page.size as i64 + 1;
        let mut found = if request.unread_only {
            self.store.unread_notifications(account_id, page.before, limit).await?
        } else {
            self.store.notifications(account_id, page.before, limit).await?
        };
        let more = found.len() > page.size;
        found.truncate(page.size);
        let next_page_token = match found.last() {
            Some(last) if more => page.query.token(&last.notification_id),
            _ => String::new(),
        };
        let notifications = found.into_iter().map(convert::notification).collect();
        Ok(ListNotificationsResponse { notifications, next_page_token })
    }

    /// How many the caller has not read, possibly from the cache.
    pub async fn get_unread_count(&self, caller: &Caller) -> Result<GetUnreadCountResponse, Error> {
        let account_id = caller.account_id()?;
        let count = self
            .unread
            .get_or_load(account_id, || async { Ok::<_, Error>(Some(self.store.unread_count(account_id).await?)) })
            .await?;
        Ok(GetUnreadCountResponse { unread_count: count.unwrap_or_default() })
    }

    /// Marks what the caller was told as read.
    pub async fn set_read(&self, caller: &Caller, request: SetReadRequest) -> Result<SetReadResponse, Error> {
        let account_id = caller.account_id()?;
        let notification_id = input::id("notification_id", &request.notification_id)?;
        if !self.store.set_read(account_id, notification_id).await? {
            return Err(Error::not_found("there is no such notification"));
        }
        self.recount(vec![account_id]).await;
        Ok(SetReadResponse { unread_count: self.store.unread_count(account_id).await? })
    }
}
