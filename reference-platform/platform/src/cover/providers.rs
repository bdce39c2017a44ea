//! The providers of pushes, as a proxy: services ask the real names, and what they ask ends here.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Pushes to tokens that begin so are refused.
pub const REFUSED: &str = "refused-";
/// A push is less.
const MOST_BYTES: u64 = 64 * 1024;

/// Answers until it is dropped.
#[derive(Debug)]
pub struct Providers {
    address: SocketAddr,
    answering: JoinHandle<()>,
}

impl Providers {
    /// At a free port of this machine.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let answering = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                // A connection that breaks is the matter of its client.
                tokio::spawn(async move { answer(connection).await.ok() });
            }
        });
        Ok(Self { address, answering })
    }

    /// The settings by which notification-service asks them, under their own names and without TLS.
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("HTTP_PROXY", format!("http://{}", self.address)),
            ("NO_PROXY", "127.0.0.1".to_owned()),
            ("FCM_URL", "http://fcm.googleapis.com/v1/projects/social-example/messages:send".to_owned()),
            ("APNS_URL", "http://api.push.apple.com".to_owned()),
        ]
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

/// One request after the other, by HTTP/1.1.
async fn answer(connection: TcpStream) -> Result<()> {
    let mut connection = BufReader::new(connection);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if connection.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse::<u64>()?.min(MOST_BYTES);
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; usize::try_from(length)?];
        connection.read_exact(&mut body).await?;
        let refused = String::from_utf8_lossy(&body).contains(REFUSED);
        let status = if refused { "422 Unprocessable Content" } else { "200 OK" };
        connection.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_asked_of_a_provider_ends_here() {
        let providers = Providers::start().await.unwrap();
        let proxy = reqwest::Proxy::http(format!("http://{}", providers.address)).unwrap();
        let client = reqwest::Client::builder().proxy(proxy).build().unwrap();
        let push = async |token: &str| {
            let request = client.post("http://fcm.googleapis.com/v1").body(format!("{{\"token\": \"{token}1\"}}"));
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!(push("good-").await, 200);
        assert_eq!(push(REFUSED).await, 422);
    }
}
