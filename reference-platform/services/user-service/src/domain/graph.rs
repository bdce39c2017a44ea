//! Edges between users: who follows and who blocks whom.

use time::OffsetDateTime;
use uuid::Uuid;

use super::settings::MessagePolicy;

/// Somebody at the other end of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub user_id: Uuid,
    /// When the edge came into being, to the microsecond.
    pub since: OffsetDateTime,
}

/// Somebody worth following.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub user_id: Uuid,
    /// Followed ones of the caller who follow this user.
    pub mutual_count: i32,
    /// By what suggestions are sorted. Each one in common counts, less if they follow many.
    pub score: i64,
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

/// A change of an edge that was made: what is told others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeEvent {
    pub from: Uuid,
    pub to: Uuid,
    pub change: Change,
    /// Grows from change to change of the same two users.
    pub time: OffsetDateTime,
}

/// What somebody is to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relationship {
    pub follows: bool,
    pub followed_by: bool,
    /// Whether one of both blocks the other.
    pub blocked: bool,
    /// Of the other one.
    pub message_policy: MessagePolicy,
}

impl Relationship {
    /// Whether the first one can begin a conversation with the other one.
    pub fn can_message(&self) -> bool {
        !self.blocked && self.message_policy.admits(self.followed_by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_stands_against_every_conversation() {
        let open =
            Relationship { follows: true, followed_by: true, blocked: false, message_policy: MessagePolicy::Followed };
        assert!(open.can_message());
        assert!(!Relationship { blocked: true, ..open }.can_message());
        assert!(!Relationship { followed_by: false, ..open }.can_message());
    }
}
