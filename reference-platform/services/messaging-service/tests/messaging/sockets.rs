//! Live sessions over WebSocket, in one conversation with gRPC.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use social_proto::messaging::v1::chat_request::Event as Said;
use social_proto::messaging::v1::chat_response::Event;
use social_proto::messaging::v1::*;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use crate::devices::Device;
use crate::world::{Replica, World, id, saying};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(replica: &Replica, token: Option<&str>) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/v1/chat", replica.http).into_client_request()?;
        if let Some(token) = token {
            request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        Ok(Socket(connect_async(request).await?.0))
    }

    async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame but presence, or how the socket was closed.
    async fn next(&mut self) -> Result<Value, Option<CloseFrame>> {
        loop {
            let message =
                tokio::time::timeout(Duration::from_secs(8), self.0.next()).await.expect("something comes in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame.get("presence").is_none() {
                        return Ok(frame);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    async fn closed(&mut self) -> String {
        loop {
            if let Err(frame) = self.next().await {
                return frame.map(|frame| format!("{} {}", u16::from(frame.code), frame.reason)).unwrap_or_default();
            }
        }
    }
}

#[tokio::test]
async fn both_kinds_of_sessions_are_in_one_conversation() {
    let world = World::start_with(2, |_| {}).await;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let conversation_id = conversation.conversation_id.clone();
    let mut of_anna = Device::connect(&world, &world.replicas[0], anna, "").await;
    let mut socket = Socket::open(&world.replicas[1], Some(&world.tokens.user(ben))).await.unwrap();
    socket.say(json!({"begin": {}})).await;
    let request_id = id();
    let text = "written \"in\" JSON";
    socket.say(json!({"send": {"request_id": request_id, "conversation_id": conversation_id, "text": text}})).await;
    let message = of_anna.message().await;
    assert_eq!((message.text.as_str(), message.sender_id), (text, ben.to_string()));
    let (mut position, mut answered) = (String::new(), false);
    while position.is_empty() || !answered {
        let frame = socket.next().await.unwrap();
        if let Some(sent) = frame.get("sent") {
            assert_eq!(
                (&sent["request_id"], &sent["message"]["text"], &sent["failure"]),
                (&json!(request_id), &json!(text), &Value::Null)
            );
            answered = true;
        } else {
            assert_eq!(frame["message"]["message_id"], json!(message.message_id));
            position = frame["position"].as_str().unwrap().to_owned();
        }
    }

    of_anna.say(Said::Send(saying(&conversation_id, "over gRPC"))).await;
    assert_eq!(socket.next().await.unwrap()["message"]["text"], json!("over gRPC"));
    of_anna.say(Said::Typing(Typing { conversation_id: conversation_id.clone(), user_id: String::new() })).await;
    let typing = json!({"typing": {"conversation_id": conversation_id, "user_id": anna}});
    assert_eq!(socket.next().await.unwrap(), typing);
    socket.say(json!({"receipt": {"conversation_id": conversation_id, "kind": "read", "sequence": 2}})).await;
    let receipt = loop {
        if let Event::Receipt(receipt) = of_anna.next().await.unwrap() {
            break receipt;
        }
    };
    assert_eq!((receipt.sequence, receipt.kind()), (2, ReceiptKind::Read));
    socket.say(json!({"send": {"request_id": id(), "conversation_id": id(), "text": "hello"}})).await;
    let failure = loop {
        let frame = socket.next().await.unwrap();
        if let Some(sent) = frame.get("sent") {
            break sent["failure"]["code"].clone();
        }
    };
    assert_eq!(failure, json!(5));
    socket.0.close(None).await.unwrap();

    // It goes on over the other replica, with the token as the first frame.
    let mut socket = Socket::open(&world.replicas[0], None).await.unwrap();
    socket.say(json!({"authorize": {"token": world.tokens.user(ben)}})).await;
    socket.say(json!({"begin": {"position": position}})).await;
    assert_eq!(socket.next().await.unwrap()["message"]["text"], json!("over gRPC"));
    // And the same position is good for gRPC.
    let mut of_ben = Device::begin(world.replicas[1].messaging.clone(), &world.tokens.user(ben), &position).await;
    assert_eq!(of_ben.message().await.text, "over gRPC");
    world.stop().await;
}

#[tokio::test]
async fn sockets_are_closed_with_a_reason() {
    let mut world = World::start_with(2, |_| {}).await;
    let (anna, session) = (Uuid::now_v7(), Uuid::now_v7());
    let replica = &world.replicas[0];
    let refused = Socket::open(replica, Some(&world.tokens.expired(anna))).await;
    assert!(matches!(refused, Err(Error::Http(response)) if response.status() == 401));
    world.tokens.revoke(session);
    for (frames, reason) in [
        (vec![json!({"begin": {}})], "1008 UNAUTHENTICATED"),
        (vec![json!({"authorize": {"token": "nonsense"}})], "1008 UNAUTHENTICATED"),
        (vec![json!({"authorize": {"token": world.tokens.expired(anna)}})], "1008 UNAUTHENTICATED"),
        (
            vec![json!({"authorize": {"token": world.tokens.user_session(anna, session)}}), json!({"begin": {}})],
            "1008 UNAUTHENTICATED",
        ),
    ] {
        let mut socket = Socket::open(replica, None).await.unwrap();
        for frame in frames {
            socket.say(frame).await;
        }
        let closed = socket.closed().await;
        assert!(closed.starts_with(reason), "{closed}");
    }
    for frame in [
        json!({"begin": {"position": "nonsense"}}),
        json!({"typing": {"conversation_id": id()}}),
        json!({"shout": {}}),
        json!("x".repeat(3000)),
    ] {
        let mut socket = Socket::open(replica, Some(&world.tokens.user(anna))).await.unwrap();
        socket.say(frame).await;
        let closed = socket.closed().await;
        assert!(closed.starts_with("1008 INVALID_ARGUMENT"), "{closed}");
    }
    let mut socket = Socket::open(replica, Some(&world.tokens.user(anna))).await.unwrap();
    socket.say(json!({"begin": {}})).await;
    socket.0.send(Message::text("x".repeat(100_000))).await.unwrap();
    let closed = socket.closed().await;
    assert!(closed.is_empty() || closed.starts_with("1008 INVALID_ARGUMENT"), "{closed}");

    let replica = world.replicas.pop().unwrap();
    let mut socket = Socket::open(&replica, Some(&world.tokens.user(anna))).await.unwrap();
    socket.say(json!({"begin": {}})).await;
    socket.say(json!({"send": {"request_id": "", "conversation_id": ""}})).await;
    assert!(socket.next().await.unwrap()["sent"]["failure"]["code"] == json!(3));
    let (closed, ()) = tokio::join!(socket.closed(), replica.stop());
    assert!(closed.starts_with("1012 UNAVAILABLE"), "{closed}");
    world.stop().await;
}
