//! A live session of messaging-service over WebSocket, as a browser has it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Frames are JSON; see `rest/frames.rs` of messaging-service.
pub struct Socket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Opens a session at the REST edge `at` for the holder of `token`, which a browser can send by a frame only.
    pub async fn open(at: SocketAddr, token: &str) -> Result<Self> {
        let (socket, _) = tokio_tungstenite::connect_async(format!("ws://{at}/v1/chat"))
            .await
            .with_context(|| format!("no WebSocket at {at}"))?;
        let mut socket = Self { socket };
        socket.send(&json!({"authorize": {"token": token}})).await?;
        socket.send(&json!({"begin": {}})).await?;
        Ok(socket)
    }

    /// Sends one frame.
    pub async fn send(&mut self, frame: &Value) -> Result<()> {
        Ok(self.socket.send(Message::text(frame.to_string())).await?)
    }

    /// The value of the next frame of this kind (`message`, `receipt`, …); others are passed over.
    pub async fn next(&mut self, kind: &str, limit: Duration) -> Result<Value> {
        let until = Instant::now() + limit;
        loop {
            let frame = timeout_at(until, self.socket.next())
                .await
                .with_context(|| format!("no frame {kind:?} within {} s", limit.as_secs()))?;
            match frame.context("the WebSocket has ended")?? {
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text)?;
                    if let Some(value) = frame.get(kind) {
                        return Ok(value.clone());
                    }
                }
                Message::Close(reason) => bail!("the WebSocket was closed: {reason:?}"),
                _ => {}
            }
        }
    }
}
