//! Frames of the WebSocket: the events of the contract in JSON, each with the name of its kind.

use serde::{Deserialize, Serialize};
use social_proto::messaging::v1;
use social_proto::messaging::v1::{chat_request, chat_response, send_result};
use utoipa::ToSchema;

use super::models::{Message, Presence, ReceiptKind};

/// From the client. `authorize` comes first if there is no `Authorization` header, then `begin`, then the others.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// The access token.
    Authorize { token: String },
    /// Where the session goes on: the last position of an earlier one; absent for what is new only.
    Begin {
        #[serde(default)]
        position: String,
    },
    /// Says something; answered by `sent` with the same id.
    Send {
        request_id: String,
        conversation_id: String,
        #[serde(default)]
        text: String,
        #[serde(default)]
        media_ids: Vec<String>,
    },
    /// How far the user is.
    Receipt { conversation_id: String, kind: ReceiptKind, sequence: i64 },
    /// The user writes.
    Typing { conversation_id: String },
}

impl Request {
    /// As the contract says it; `None` for the token, which is no part of it.
    pub fn into_contract(self) -> Option<v1::ChatRequest> {
        let event = match self {
            Request::Authorize { .. } => return None,
            Request::Begin { position } => chat_request::Event::Begin(v1::ChatBegin { position }),
            Request::Send { request_id, conversation_id, text, media_ids } => {
                chat_request::Event::Send(v1::SendMessageRequest { request_id, conversation_id, text, media_ids })
            }
            Request::Receipt { conversation_id, kind, sequence } => {
                chat_request::Event::Receipt(v1::SetReceiptRequest {
                    conversation_id,
                    kind: kind.to_contract().into(),
                    sequence,
                })
            }
            Request::Typing { conversation_id } => {
                chat_request::Event::Typing(v1::Typing { conversation_id, user_id: String::new() })
            }
        };
        Some(v1::ChatRequest { event: Some(event) })
    }
}

/// To the client. When the session ends, the reason of the close frame begins with the code of gRPC.
#[derive(Serialize, ToSchema)]
pub struct Answer {
    /// Where to go on after this event; absent for events that are not kept.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub position: String,
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. A client passes over a kind that it does not know.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    Message(Message),
    Receipt {
        conversation_id: String,
        user_id: String,
        kind: Option<ReceiptKind>,
        /// All up to this number.
        sequence: i64,
    },
    Typing {
        conversation_id: String,
        user_id: String,
    },
    Presence(Presence),
    Sent {
        request_id: String,
        /// Null if it was not taken.
        message: Option<Message>,
        /// Why it was not taken; the session goes on.
        failure: Option<Failure>,
    },
}

/// Why a message was not taken.
#[derive(Serialize, ToSchema)]
pub struct Failure {
    /// A status code of gRPC.
    pub code: i32,
    /// For developers.
    pub reason: String,
}

impl Answer {
    /// From the contract; `None` for what has no event.
    pub fn from_contract(response: v1::ChatResponse) -> Option<Self> {
        let event = match response.event? {
            chat_response::Event::Message(message) => Event::Message(message.into()),
            chat_response::Event::Receipt(receipt) => Event::Receipt {
                kind: ReceiptKind::from_contract(receipt.kind()),
                conversation_id: receipt.conversation_id,
                user_id: receipt.user_id,
                sequence: receipt.sequence,
            },
            chat_response::Event::Typing(typing) => {
                Event::Typing { conversation_id: typing.conversation_id, user_id: typing.user_id }
            }
            chat_response::Event::Presence(presence) => Event::Presence(presence.into()),
            chat_response::Event::Sent(sent) => {
                let (message, failure) = match sent.result {
                    Some(send_result::Result::Message(message)) => (Some(message.into()), None),
                    Some(send_result::Result::Failure(failure)) => {
                        (None, Some(Failure { code: failure.code, reason: failure.reason }))
                    }
                    None => (None, None),
                };
                Event::Sent { request_id: sent.request_id, message, failure }
            }
        };
        Some(Answer { position: response.position, event })
    }
}
