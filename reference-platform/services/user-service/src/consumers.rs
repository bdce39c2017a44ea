//! What events do here: those of accounts begin and end profiles, those of this service itself feed the graph.

use std::sync::Arc;
use std::time::Duration;

use social_events::{ConsumeError, Consumer, Handler, OnExhausted, Policy, Received, Settings, topics};
use social_proto::auth::v1::{AccountEvent, account_event};
use social_proto::user::v1::{GraphChange, GraphEvent, UserEvent, user_event};
use social_runtime::timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::page::micros;
use crate::domain::profile;
use crate::store::graph::{EdgeState, Graph, MemberState};
use crate::store::{Registration, Store};

/// Consumes accounts.
const GROUP: &str = "user-service";
/// Feeds the graph: apart, so that profiles go on when Neo4j is down.
const GRAPH_GROUP: &str = "user-service-graph";

/// How often a profile whose handle is taken is tried, some minutes in all: the end of the account that has it is in
/// another partition, and as late as this one.
const HANDLE_ATTEMPTS: u32 = 15;

/// Between attempts to reach a store at the start.
const PAUSE: Duration = Duration::from_secs(1);

/// No event may be lost because a store is down, so the partition waits.
fn policy() -> Policy {
    Policy { on_exhausted: OnExhausted::Block, longest_pause: Duration::from_secs(10), ..Policy::default() }
}

/// Consumes accounts until the token is cancelled.
pub async fn accounts(kafka: Settings, store: Store, stop: CancellationToken) -> anyhow::Result<()> {
    let consumer = Consumer::new(&kafka, GROUP, &[topics::ACCOUNT_EVENTS], policy())?;
    consumer.run(Accounts { store }, stop).await
}

/// Feeds the graph until the token is cancelled.
pub async fn projection(kafka: Settings, graph: Arc<Graph>, stop: CancellationToken) -> anyhow::Result<()> {
    if stop.run_until_cancelled(prepared(&graph)).await.is_none() {
        return Ok(());
    }
    let consumer = Consumer::new(&kafka, GRAPH_GROUP, &[topics::USER_EVENTS, topics::GRAPH_EVENTS], policy())?;
    consumer.run(Projection { graph }, stop).await
}

/// Waits until the graph is there and prepared.
async fn prepared(graph: &Graph) {
    while let Err(error) = graph.prepare().await {
        tracing::warn!(%error, "the graph cannot be prepared yet");
        tokio::time::sleep(PAUSE).await;
    }
}

struct Accounts {
    store: Store,
}

impl Handler for Accounts {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        let event_id = received.id()?;
        let account: AccountEvent = received.decode()?;
        let user_id = user_id(&account.account_id)?;
        match account.event {
            Some(account_event::Event::Registered(registered)) => {
                let handle =
                    profile::handle(&registered.handle).map_err(|why| ConsumeError::poison(format!("handle {why}")))?;
                match self.store.register(event_id, user_id, &handle).await? {
                    Registration::Done => Ok(()),
                    Registration::HandleTaken if received.attempt() < HANDLE_ATTEMPTS => {
                        Err(ConsumeError::transient(anyhow::anyhow!("another profile has the handle")))
                    }
                    Registration::HandleTaken => Err(ConsumeError::poison("another profile has the handle")),
                }
            }
            Some(account_event::Event::Deleted(_)) => Ok(self.store.erase(event_id, user_id).await?),
            // Passwords and sessions are nothing to a profile, and a kind that is not known yet neither.
            _ => Ok(()),
        }
    }
}

struct Projection {
    graph: Arc<Graph>,
}

impl Handler for Projection {
    async fn apply(&self, received: Received) -> Result<(), ConsumeError> {
        match received.topic() {
            topics::USER_EVENTS => self.user(received.decode()?).await,
            topics::GRAPH_EVENTS => self.edge(received.decode()?).await,
            other => Err(ConsumeError::poison(format!("{other} is not for the graph"))),
        }
    }
}

impl Projection {
    async fn user(&self, user: UserEvent) -> Result<(), ConsumeError> {
        let user_id = user_id(&user.user_id)?;
        let (discoverable, erased) = match user.event {
            // As settings begin.
            Some(user_event::Event::Created(_)) => (true, false),
            Some(user_event::Event::Updated(profile)) => (profile.discoverable, false),
            Some(user_event::Event::Deleted(_)) => (false, true),
            None => return Ok(()),
        };
        let member = MemberState { user_id, sequence: user.sequence, discoverable, erased };
        self.graph.set_members(&[member]).await?;
        if erased {
            self.graph.delete_edges_of(user_id).await?;
        }
        Ok(())
    }

    async fn edge(&self, edge: GraphEvent) -> Result<(), ConsumeError> {
        let (from, to) = (user_id(&edge.from_user_id)?, user_id(&edge.to_user_id)?);
        let time = edge.occur_time.as_ref().and_then(timestamp::from_proto);
        let at = micros(time.ok_or_else(|| ConsumeError::poison("occur_time is not a time"))?);
        let state = |present| EdgeState { from, to, at, present };
        match edge.change() {
            GraphChange::Followed => self.graph.set_edges(&[state(true)], &[], None).await?,
            GraphChange::Unfollowed => self.graph.set_edges(&[state(false)], &[], None).await?,
            GraphChange::Blocked => {
                let block = state(true);
                self.graph.set_edges(&block.ended_by_block(), &[block], None).await?;
            }
            GraphChange::Unblocked => self.graph.set_edges(&[], &[state(false)], None).await?,
            // A kind that is not known yet.
            GraphChange::Unspecified => {}
        }
        Ok(())
    }
}

fn user_id(text: &str) -> Result<Uuid, ConsumeError> {
    Uuid::try_parse(text).map_err(|_| ConsumeError::poison("an id is not a UUID"))
}
