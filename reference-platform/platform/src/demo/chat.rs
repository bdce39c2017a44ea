//! Two live sessions on two replicas: gRPC stream and WebSocket.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use social_proto::messaging::v1::chat_request::Event as Say;
use social_proto::messaging::v1::chat_response::Event as Hear;
use social_proto::messaging::v1::send_result::Result as Sent;
use social_proto::messaging::v1::{
    BatchGetPresenceRequest, ChatBegin, ChatRequest, ChatResponse, CreateConversationRequest, ListMessagesRequest,
    ReceiptKind, SendMessageRequest,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use uuid::Uuid;

use super::{Cast, SOON, Stage};
use crate::client::Socket;
use crate::eventually::eventually;

/// What is said in a live session is there at once; a busy machine takes longer.
const LIVE: Duration = Duration::from_secs(10);

/// Ada and Grace write to each other.
pub(super) async fn talk(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let step = stage.progress.begin("chat", "Ada by a gRPC stream, Grace by WebSocket");
    let Cast { ada, grace, .. } = cast;
    let request = CreateConversationRequest {
        request_id: Uuid::new_v4().to_string(),
        member_ids: vec![grace.account_id.clone()],
        title: String::new(),
    };
    let conversation = ada.api.messaging().create_conversation(request).await?.into_inner().conversation;
    let conversation_id = conversation.context("no conversation")?.conversation_id;

    let replicas = stage.services.replicas()?;
    let two = replicas.iter().any(|name| name == "messaging-2");
    let (first, second) = if two { ("messaging-1", "messaging-2") } else { ("messaging-1", "messaging-1") };
    let url = format!("http://{}", stage.services.address(first, "grpc")?);
    let (say, said) = mpsc::channel(8);
    say.send(ChatRequest { event: Some(Say::Begin(ChatBegin::default())) }).await?;
    let mut heard = ada.api.messaging_at(&url)?.chat(ReceiverStream::new(said)).await?.into_inner();
    let mut socket = Socket::open(stage.services.address(second, "http")?, &grace.access_token).await?;

    eventually("both are seen to be there", SOON, async || {
        let request = BatchGetPresenceRequest { user_ids: vec![grace.account_id.clone()] };
        let presences = ada.api.messaging().batch_get_presence(request).await?.into_inner().presences;
        ensure!(presences.iter().any(|presence| presence.online), "{presences:?}");
        Ok(())
    })
    .await?;

    let request_id = Uuid::new_v4().to_string();
    let send = SendMessageRequest {
        request_id: request_id.clone(),
        conversation_id: conversation_id.clone(),
        text: "Did the moth survive?".to_owned(),
        media_ids: Vec::new(),
    };
    say.send(ChatRequest { event: Some(Say::Send(send)) }).await?;
    let result = hear(&mut heard, "the answer to what was sent", |event| match event {
        Hear::Sent(sent) if sent.request_id == request_id => Some(sent.result),
        _ => None,
    })
    .await?;
    let Some(Sent::Message(question)) = result else { anyhow::bail!("the message was not taken: {result:?}") };
    let frame = socket.next("message", LIVE).await?;
    ensure!(frame["message_id"] == question.message_id.as_str(), "Grace got another message: {frame}");

    socket
        .send(&json!({"receipt": {"conversation_id": conversation_id, "kind": "read", "sequence": question.sequence}}))
        .await?;
    hear(&mut heard, "a receipt", |event| match event {
        Hear::Receipt(receipt) if receipt.kind() == ReceiptKind::Read && receipt.user_id == grace.account_id => {
            Some(())
        }
        _ => None,
    })
    .await?;
    let answer = json!({"send": {
        "request_id": Uuid::new_v4(), "conversation_id": conversation_id, "text": "It is in the log book", "media_ids": []
    }});
    socket.send(&answer).await?;
    let reply = hear(&mut heard, "the answer of Grace", |event| match event {
        Hear::Message(message) if message.sender_id == grace.account_id => Some(message),
        _ => None,
    })
    .await?;
    ensure!(
        reply.sequence == question.sequence + 1,
        "messages are numbered: {} after {}",
        reply.sequence,
        question.sequence
    );

    let request = ListMessagesRequest { conversation_id, ..ListMessagesRequest::default() };
    let messages = grace.api.messaging().list_messages(request).await?.into_inner().messages;
    ensure!(messages.len() == 2, "both messages are kept, not {}", messages.len());
    step.done(&format!("two messages and a receipt between {first} and {second}"));
    Ok(())
}

/// The next event that `wanted` takes; others are passed over.
async fn hear<T>(heard: &mut Streaming<ChatResponse>, what: &str, wanted: impl Fn(Hear) -> Option<T>) -> Result<T> {
    let until = Instant::now() + LIVE;
    loop {
        let next = timeout_at(until, heard.message()).await;
        let response = next.with_context(|| format!("{what}: not within {} s", LIVE.as_secs()))??;
        let response = response.with_context(|| format!("the session ended before {what}"))?;
        if let Some(value) = response.event.and_then(&wanted) {
            return Ok(value);
        }
    }
}
