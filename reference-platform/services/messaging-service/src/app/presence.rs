//! Who is there, and what a live session needs to know of its user's inbox.

use social_auth::Caller;
use social_proto::messaging::v1::chat_response::Event;
use social_proto::messaging::v1::{BatchGetPresenceRequest, BatchGetPresenceResponse, Presence};
use social_runtime::{Error, timestamp};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{App, input};

impl App {
    /// Who is there among those with whom the caller has a conversation; others are left out.
    pub async fn batch_get_presence(
        &self,
        caller: &Caller,
        request: BatchGetPresenceRequest,
    ) -> Result<BatchGetPresenceResponse, Error> {
        let caller_id = caller.account_id()?;
        let user_ids = input::batch_get_presence(&request)?;
        let acquainted = self.store.acquainted(caller_id, &user_ids).await?;
        let known: Vec<Uuid> = user_ids.into_iter().filter(|user_id| acquainted.contains(user_id)).collect();
        let seen = self.presences.of(&known).await?;
        let presences =
            known.iter().zip(seen).map(|(user_id, seen)| presence(*user_id, seen.online, seen.last_seen_time));
        Ok(BatchGetPresenceResponse { presences: presences.collect() })
    }

    /// A session of the user lives. The first one tells it to others.
    pub async fn session_lives(&self, user_id: Uuid, session_id: Uuid) {
        match self.presences.beat(user_id, session_id).await {
            Ok(true) => self.announce(user_id, true, None).await,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "presence is not known"),
        }
    }

    /// A session of the user has ended. The last one tells it to others.
    pub async fn session_ended(&self, user_id: Uuid, session_id: Uuid) {
        match self.presences.leave(user_id, session_id).await {
            Ok(Some(last_seen_time)) => self.announce(user_id, false, Some(last_seen_time)).await,
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "presence is not known"),
        }
    }

    async fn announce(&self, user_id: Uuid, online: bool, last_seen_time: Option<OffsetDateTime>) {
        match self.store.recent_peers(user_id).await {
            Ok(peers) => self.mention(&peers, Event::Presence(presence(user_id, online, last_seen_time))).await,
            Err(error) => tracing::warn!(%error, "nobody is told who is there"),
        }
    }
}

fn presence(user_id: Uuid, online: bool, last_seen_time: Option<OffsetDateTime>) -> Presence {
    let last_seen_time = last_seen_time.filter(|_| !online).map(timestamp::to_proto);
    Presence { user_id: user_id.to_string(), online, last_seen_time }
}
