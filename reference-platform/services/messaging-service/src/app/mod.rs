//! Use cases, in the words of the contract: each checks what comes in, decides who may, stores, and lets live sessions know. Both
//! edges and live sessions call these.

mod conversations;
mod input;
mod messages;
mod presence;

use social_proto::messaging::v1::chat_response::Event;
use social_runtime::Error;
use tracing::Instrument;
use uuid::Uuid;

use crate::domain::{Conversation, Place};
use crate::live::{Presences, Publisher};
use crate::neighbours::{Media, Users};
use crate::store::{Store, conversation_not_found};

/// The service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    store: Store,
    users: Users,
    media: Media,
    publisher: Publisher,
    presences: Presences,
}

impl App {
    /// On its stores and neighbours.
    pub fn new(store: Store, users: Users, media: Media, publisher: Publisher, presences: Presences) -> Self {
        App { store, users, media, publisher, presences }
    }

    /// A conversation of the caller.
    async fn conversation_of(&self, conversation_id: Uuid, caller_id: Uuid) -> Result<Conversation, Error> {
        self.store.conversation(conversation_id, caller_id).await?.ok_or_else(conversation_not_found)
    }

    /// Tells something kept to the live sessions of its receivers. If Redis does not take it they find it in their inboxes.
    async fn deliver(&self, places: &[Place], event: Event) {
        let receivers = places.iter().map(|place| (place.user_id, place.position));
        self.publisher.publish(receivers, event).await;
    }

    /// Tells something that is not kept to the live sessions of some users.
    async fn mention(&self, user_ids: &[Uuid], event: Event) {
        self.publisher.publish(user_ids.iter().map(|user_id| (*user_id, 0)), event).await;
    }
}

/// Goes on even if the caller hangs up: what was committed is to be delivered.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(work.in_current_span()).await.map_err(Error::internal)?
}
