//! What the service is about: conversations, who takes part, what is said, how far everybody is, and in which order devices hear
//! it. Knows no framework, store or contract.

mod conversation;
mod delivery;

pub use conversation::{Conversation, MAX_MEMBERS, MAX_TITLE, Member, ReceiptKind, Refusal};
pub use delivery::{Step, step};

use time::OffsetDateTime;
use uuid::Uuid;

/// Characters of a message.
pub const MAX_TEXT: usize = 4000;
/// Media of a message.
pub const MAX_MEDIA: usize = 10;

/// Something that was said. Deleted: `text` and `media_ids` are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub sequence: i64,
    pub sender_id: Uuid,
    pub text: String,
    pub media_ids: Vec<Uuid>,
    pub send_time: OffsetDateTime,
    pub deleted: bool,
}

/// Something that is to be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub text: String,
    pub media_ids: Vec<Uuid>,
}

/// A conversation that is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Beginning {
    pub creator_id: Uuid,
    /// The others: one of them makes it direct.
    pub member_ids: Vec<Uuid>,
    pub title: String,
}

impl Beginning {
    /// The two of a direct conversation, sorted, by which it is known.
    pub fn pair(&self) -> Option<(Uuid, Uuid)> {
        match self.member_ids.as_slice() {
            [other] => Some((self.creator_id.min(*other), self.creator_id.max(*other))),
            _ => None,
        }
    }
}

/// How far a member is.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    pub conversation_id: Uuid,
    pub user_id: Uuid,
    pub kind: ReceiptKind,
    pub sequence: i64,
}

/// What is kept for the devices of a user.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    Message(Message),
    Receipt(Receipt),
}

/// Where in whose inbox something is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub user_id: Uuid,
    pub position: i64,
}

/// The present, as exact as PostgreSQL stores it: what is told now equals what is read later.
pub fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
}
