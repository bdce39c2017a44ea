//! The domain as the contract says it, and back.

use social_proto::messaging::v1;
use social_proto::messaging::v1::{chat_response, message_event};
use social_runtime::timestamp;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Conversation, Kept, Message, Receipt, ReceiptKind};

/// A conversation.
pub fn conversation(conversation: &Conversation) -> v1::Conversation {
    let members = conversation.members.iter().map(|member| v1::Member {
        user_id: member.user_id.to_string(),
        delivered_sequence: member.delivered,
        read_sequence: member.read,
    });
    v1::Conversation {
        conversation_id: conversation.id.to_string(),
        title: conversation.title.clone(),
        members: members.collect(),
        create_time: Some(timestamp::to_proto(conversation.create_time)),
        last_sequence: conversation.last_sequence,
    }
}

/// A message.
pub fn message(message: &Message) -> v1::ChatMessage {
    v1::ChatMessage {
        message_id: message.id.to_string(),
        conversation_id: message.conversation_id.to_string(),
        sequence: message.sequence,
        sender_id: message.sender_id.to_string(),
        text: message.text.clone(),
        media_ids: message.media_ids.iter().map(Uuid::to_string).collect(),
        send_time: Some(timestamp::to_proto(message.send_time)),
        deleted: message.deleted,
    }
}

/// What is kept, as a session tells it.
pub fn kept(kept: &Kept) -> chat_response::Event {
    match kept {
        Kept::Message(sent) => chat_response::Event::Message(message(sent)),
        Kept::Receipt(receipt) => chat_response::Event::Receipt(self::receipt(receipt)),
    }
}

fn receipt(receipt: &Receipt) -> v1::Receipt {
    let kind = match receipt.kind {
        ReceiptKind::Delivered => v1::ReceiptKind::Delivered,
        ReceiptKind::Read => v1::ReceiptKind::Read,
    };
    v1::Receipt {
        conversation_id: receipt.conversation_id.to_string(),
        user_id: receipt.user_id.to_string(),
        kind: kind.into(),
        sequence: receipt.sequence,
    }
}

/// The kind of a receipt.
pub fn receipt_kind(kind: v1::ReceiptKind) -> Option<ReceiptKind> {
    match kind {
        v1::ReceiptKind::Unspecified => None,
        v1::ReceiptKind::Delivered => Some(ReceiptKind::Delivered),
        v1::ReceiptKind::Read => Some(ReceiptKind::Read),
    }
}

/// An event for other services.
pub fn event(
    conversation_id: Uuid,
    sequence: i64,
    time: OffsetDateTime,
    event: message_event::Event,
) -> v1::MessageEvent {
    v1::MessageEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(timestamp::to_proto(time)),
        conversation_id: conversation_id.to_string(),
        sequence,
        event: Some(event),
    }
}
