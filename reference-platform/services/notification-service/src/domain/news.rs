//! What happened elsewhere, as far as somebody is told of it.

use time::OffsetDateTime;
use uuid::Uuid;

use super::Kind;
use super::template::Values;

/// One event of another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    pub event_id: Uuid,
    /// What became of an edge of the graph.
    pub edge: Option<Edge>,
    /// An account that is gone.
    pub erased: Option<Uuid>,
    pub news: Option<News>,
}

impl Happening {
    /// Something that is nothing to this service.
    pub fn nothing(event_id: Uuid) -> Self {
        Self { event_id, edge: None, erased: None, news: None }
    }

    /// Something that is told.
    pub fn news(event_id: Uuid, news: Option<News>) -> Self {
        Self { news, ..Self::nothing(event_id) }
    }
}

/// A change of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: Uuid,
    pub to: Uuid,
    pub change: Change,
    pub time: OffsetDateTime,
}

/// What became of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Followed,
    Unfollowed,
    /// Ends following in both directions.
    Blocked,
    Unblocked,
}

/// Something that somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub kind: Kind,
    /// Who did it, if anybody did.
    pub actor_id: Option<Uuid>,
    /// What it is about, by kind.
    pub subject_id: Option<Uuid>,
    /// Somebody who was told this is not told the same again for a while.
    pub dedupe_key: String,
    /// Without the name of the actor.
    pub values: Values,
    pub audience: Audience,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// These, at most some hundred, each once.
    Users(Vec<Uuid>),
    /// All who follow this one.
    FollowersOf(Uuid),
}

impl News {
    /// Something that one user did and others are told; nothing when nobody but the actor would be told.
    pub fn by(
        actor_id: Uuid,
        kind: Kind,
        subject_id: Option<Uuid>,
        dedupe_key: String,
        users: Vec<Uuid>,
    ) -> Option<Self> {
        let mut users: Vec<Uuid> = users.into_iter().filter(|user_id| *user_id != actor_id).collect();
        users.sort_unstable();
        users.dedup();
        (!users.is_empty()).then(|| Self {
            kind,
            actor_id: Some(actor_id),
            subject_id,
            dedupe_key,
            values: Values::default(),
            audience: Audience::Users(users),
        })
    }
}

/// A record of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}
