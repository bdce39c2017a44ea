//! What events do here: each becomes a row, and is done when the row is in ClickHouse.

use std::time::Duration;

use social_events::{ConsumeError, Consumer, Handler, OnExhausted, Policy, Received, Settings, topics};
use tokio_util::sync::CancellationToken;

use crate::facts;
use crate::store::{Batch, ClientRow, DomainRow};

const GROUP: &str = "events-service";

/// No event may be lost because ClickHouse is down: the log keeps them. Rows do not depend on each other, and an insert takes as
/// long for one as for hundreds: so many of each partition share one.
fn policy() -> Policy {
    Policy {
        on_exhausted: OnExhausted::Block,
        longest_pause: Duration::from_secs(10),
        at_once: 32,
        concurrency: 512,
        ..Policy::default()
    }
}

/// Consumes all topics until the token is cancelled.
pub async fn run(
    kafka: Settings,
    clients: Batch<ClientRow>,
    domain: Batch<DomainRow>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let subscription = [
        topics::ACCOUNT_EVENTS,
        topics::USER_EVENTS,
        topics::GRAPH_EVENTS,
        topics::CONTENT_EVENTS,
        topics::MEDIA_EVENTS,
        topics::MESSAGE_EVENTS,
        topics::STREAM_EVENTS,
        topics::ANALYTICS_EVENTS,
        topics::DEAD_LETTERS,
    ];
    let consumer = Consumer::new(&kafka, GROUP, &subscription, policy())?;
    consumer.run(Rows { clients, domain }, stop).await
}

struct Rows {
    clients: Batch<ClientRow>,
    domain: Batch<DomainRow>,
}

impl Handler for Rows {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        if received.topic() == topics::ANALYTICS_EVENTS {
            return Ok(self.clients.insert(facts::client_row(&received)?).await?);
        }
        match facts::domain_row(&received)? {
            Some(row) => Ok(self.domain.insert(row).await?),
            None => Ok(()),
        }
    }
}
