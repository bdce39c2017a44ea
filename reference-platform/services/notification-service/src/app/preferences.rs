//! What the caller wants to be told.

use social_auth::Caller;
use social_proto::notification::v1::{GetPreferencesResponse, PutPreferencesRequest, PutPreferencesResponse};
use social_runtime::Error;

use super::{App, input};
use crate::convert;

impl App {
    /// A preference for each kind.
    pub async fn get_preferences(&self, caller: &Caller) -> Result<GetPreferencesResponse, Error> {
        let preferences = self.store.preferences(caller.account_id()?).await?;
        Ok(GetPreferencesResponse { preferences: Some(convert::preferences(&preferences)) })
    }

    /// Sets all preferences. Language and time zone are taken from the settings of the user as they are now.
    pub async fn put_preferences(
        &self,
        caller: &Caller,
        request: PutPreferencesRequest,
    ) -> Result<PutPreferencesResponse, Error> {
        let account_id = caller.account_id()?;
        let preferences = input::put_preferences(&request)?;
        let settings = self.users.settings(caller.token()).await;
        self.store.set_preferences(account_id, &preferences, settings.as_ref()).await?;
        let preferences = self.store.preferences(account_id).await?;
        Ok(PutPreferencesResponse { preferences: Some(convert::preferences(&preferences)) })
    }
}
