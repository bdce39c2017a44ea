//! What is told in JSON. Names of enums are in lower case, times in RFC 3339.

use serde::{Deserialize, Serialize};
use social_proto::messaging::v1;
use social_runtime::timestamp;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// Some users who talk.
#[derive(Serialize, ToSchema)]
pub struct Conversation {
    pub conversation_id: String,
    /// Empty for two members.
    pub title: String,
    pub members: Vec<Member>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub create_time: Option<OffsetDateTime>,
    /// Number of the latest message, 0 before the first.
    pub last_sequence: i64,
}

/// Somebody in a conversation.
#[derive(Serialize, ToSchema)]
pub struct Member {
    pub user_id: String,
    /// All up to this number is on a device of the member.
    pub delivered_sequence: i64,
    /// All up to this number was read.
    pub read_sequence: i64,
}

impl From<v1::Conversation> for Conversation {
    fn from(conversation: v1::Conversation) -> Self {
        let members = conversation.members.into_iter().map(|member| Member {
            user_id: member.user_id,
            delivered_sequence: member.delivered_sequence,
            read_sequence: member.read_sequence,
        });
        Conversation {
            conversation_id: conversation.conversation_id,
            title: conversation.title,
            members: members.collect(),
            create_time: conversation.create_time.as_ref().and_then(timestamp::from_proto),
            last_sequence: conversation.last_sequence,
        }
    }
}

/// A conversation that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// The others, 1 to 99.
    pub member_ids: Vec<String>,
    /// At most 100 characters; only with more than two members.
    #[serde(default)]
    pub title: String,
}

/// A page of conversations, the one with the latest message first.
#[derive(Serialize, ToSchema)]
pub struct Conversations {
    pub conversations: Vec<Conversation>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Something that was said.
#[derive(Serialize, ToSchema)]
pub struct Message {
    pub message_id: String,
    pub conversation_id: String,
    /// Counts the messages of the conversation from 1, without gaps.
    pub sequence: i64,
    pub sender_id: String,
    /// Empty if deleted.
    pub text: String,
    pub media_ids: Vec<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub send_time: Option<OffsetDateTime>,
    pub deleted: bool,
}

impl From<v1::ChatMessage> for Message {
    fn from(message: v1::ChatMessage) -> Self {
        Message {
            message_id: message.message_id,
            conversation_id: message.conversation_id,
            sequence: message.sequence,
            sender_id: message.sender_id,
            text: message.text,
            media_ids: message.media_ids,
            send_time: message.send_time.as_ref().and_then(timestamp::from_proto),
            deleted: message.deleted,
        }
    }
}

/// Something that is to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// At most 4000 characters; required unless there is media.
    #[serde(default)]
    pub text: String,
    /// Of the caller and ready, at most 10.
    #[serde(default)]
    pub media_ids: Vec<String>,
}

/// A page of messages, newest first.
#[derive(Serialize, ToSchema)]
pub struct Messages {
    pub messages: Vec<Message>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// What a receipt tells.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptKind {
    Delivered,
    Read,
}

impl ReceiptKind {
    /// As the contract says it.
    pub fn to_contract(self) -> v1::ReceiptKind {
        match self {
            ReceiptKind::Delivered => v1::ReceiptKind::Delivered,
            ReceiptKind::Read => v1::ReceiptKind::Read,
        }
    }

    /// From the contract.
    pub fn from_contract(kind: v1::ReceiptKind) -> Option<Self> {
        match kind {
            v1::ReceiptKind::Delivered => Some(ReceiptKind::Delivered),
            v1::ReceiptKind::Read => Some(ReceiptKind::Read),
            v1::ReceiptKind::Unspecified => None,
        }
    }
}

/// How far the caller is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReceipt {
    /// All up to this number; at least 1.
    pub sequence: i64,
}

/// Whether somebody is there.
#[derive(Serialize, ToSchema)]
pub struct Presence {
    pub user_id: String,
    pub online: bool,
    /// Null while online.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen_time: Option<OffsetDateTime>,
}

impl From<v1::Presence> for Presence {
    fn from(presence: v1::Presence) -> Self {
        Presence {
            user_id: presence.user_id,
            online: presence.online,
            last_seen_time: presence.last_seen_time.as_ref().and_then(timestamp::from_proto),
        }
    }
}

/// Who is there.
#[derive(Serialize, ToSchema)]
pub struct Presences {
    pub presences: Vec<Presence>,
}

/// Whose presence.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// 1 to 100 users, with commas between.
    pub user_ids: String,
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// 0 means 20 conversations or 50 messages; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}
