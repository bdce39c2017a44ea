//! What events do here: accounts that are deleted take their streams with them.

use std::time::Duration;

use social_events::{ConsumeError, Consumer, Handler, OnExhausted, Policy, Received, Settings, topics};
use social_proto::auth::v1::{AccountEvent, account_event};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;

const GROUP: &str = "streaming-service";

/// Consumes accounts until the token is cancelled. No deletion may be lost because the database is down, so the partition waits.
pub async fn accounts(kafka: Settings, app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let policy =
        Policy { on_exhausted: OnExhausted::Block, longest_pause: Duration::from_secs(10), ..Policy::default() };
    let consumer = Consumer::new(&kafka, GROUP, &[topics::ACCOUNT_EVENTS], policy)?;
    consumer.run(Accounts { app }, stop).await
}

struct Accounts {
    app: App,
}

impl Handler for Accounts {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        let event_id = received.id()?;
        let account: AccountEvent = received.decode()?;
        let account_id =
            Uuid::try_parse(&account.account_id).map_err(|_| ConsumeError::poison("account_id is not a UUID"))?;
        match account.event {
            Some(account_event::Event::Deleted(_)) => Ok(self.app.delete_account(event_id, account_id).await?),
            // Names, passwords and sessions are nothing to a stream, and a kind that is not known yet neither.
            _ => Ok(()),
        }
    }
}
