//! What goes over Redis: one channel for each user, one message for each event. Delivery is at most once; positions show what is
//! missing.

use prost::Message;
use redis::Pipeline;
use social_cache::Redis;
use social_proto::messaging::v1::ChatResponse;
use social_proto::messaging::v1::chat_response::Event;
use uuid::Uuid;

/// An event on its way to the sessions of a user.
#[derive(Debug, PartialEq)]
pub struct Live {
    /// In the inbox of the user; 0 if it is not kept.
    pub position: i64,
    pub event: Event,
}

/// The channel of a user.
pub fn channel(user_id: Uuid) -> String {
    format!("messaging:user:{user_id}")
}

/// Whose channel it is.
pub fn user_of(channel: &str) -> Option<Uuid> {
    channel.strip_prefix("messaging:user:")?.parse().ok()
}

fn encode(position: i64, event: &[u8]) -> Vec<u8> {
    [&position.to_be_bytes(), event].concat()
}

/// What was published, unless another version did it and this one does not know the kind.
pub fn decode(payload: &[u8]) -> Option<Live> {
    let (position, event) = payload.split_first_chunk()?;
    let event = ChatResponse::decode(event).ok()?.event?;
    Some(Live { position: i64::from_be_bytes(*position), event })
}

/// Tells live sessions on all replicas.
#[derive(Clone)]
pub struct Publisher {
    redis: Redis,
}

impl Publisher {
    /// On a connection.
    pub fn new(redis: Redis) -> Self {
        Publisher { redis }
    }

    /// Tells an event to users, each with its position in the inbox, in one round trip. What Redis does not take is lost here.
    pub async fn publish(&self, receivers: impl Iterator<Item = (Uuid, i64)>, event: Event) {
        let event = ChatResponse { position: String::new(), event: Some(event) }.encode_to_vec();
        let mut pipeline = Pipeline::new();
        for (user_id, position) in receivers {
            let channel = self.redis.key(&channel(user_id));
            pipeline.cmd("PUBLISH").arg(channel).arg(encode(position, &event)).ignore();
        }
        if pipeline.is_empty() {
            return;
        }
        if let Err(error) = pipeline.exec_async(&mut self.redis.connection()).await {
            tracing::warn!(%error, "live sessions are not told, they look for themselves");
            metrics::counter!("messaging_degraded_total", "part" => "publish").increment(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use social_proto::messaging::v1::Typing;

    use super::*;

    #[test]
    fn what_is_published_is_what_comes() {
        let event = Event::Typing(Typing { conversation_id: "c".to_owned(), user_id: "u".to_owned() });
        let encoded = ChatResponse { position: String::new(), event: Some(event.clone()) }.encode_to_vec();
        assert_eq!(decode(&encode(7, &encoded)), Some(Live { position: 7, event }));
        assert_eq!(decode(&encode(7, &[])), None);
        assert_eq!(decode(b"short"), None);
        let user_id = Uuid::now_v7();
        assert_eq!(user_of(&channel(user_id)), Some(user_id));
        assert_eq!(user_of("messaging:user:x"), None);
    }
}
