//! What the tests of this library share.
#![allow(clippy::unwrap_used, dead_code, reason = "for tests; not every file uses everything")]

use std::net::SocketAddr;
use std::time::Duration;

use social_cache::{Redis, Settings, connect};
use social_testing::{Stores, unique};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub fn settings() -> Settings {
    Settings {
        url: Stores::load().unwrap().redis_url().unwrap().to_owned(),
        timeout: Duration::from_millis(500).into(),
        prefix: unique("cache"),
    }
}

pub fn redis() -> Redis {
    connect(&settings()).unwrap()
}

/// Redis that is not there.
pub fn no_redis() -> Redis {
    connect(&Settings { url: "redis://127.0.0.1:1".to_owned(), ..settings() }).unwrap()
}

/// What connections through a [`Proxy`] do.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    Pass,
    /// Connections end, new ones too.
    Cut,
    /// Connections are taken, and nothing comes.
    Silent,
}

/// Redis behind a line that can be cut.
pub struct Proxy {
    pub address: SocketAddr,
    mode: watch::Sender<Mode>,
}

impl Proxy {
    pub async fn new(url: &str) -> Self {
        let target = url.trim_start_matches("redis://").split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, modes) = watch::channel(Mode::Pass);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (target, mut modes) = (target.clone(), modes.clone());
                tokio::spawn(async move {
                    let mode = *modes.borrow_and_update();
                    match mode {
                        Mode::Cut => {}
                        Mode::Silent => drop(modes.changed().await),
                        Mode::Pass => {
                            let mut server = TcpStream::connect(target).await.unwrap();
                            tokio::select! {
                                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                                _ = modes.changed() => {
                                    if *modes.borrow_and_update() == Mode::Silent {
                                        modes.changed().await.ok();
                                    }
                                }
                            }
                        }
                    }
                });
            }
        });
        Proxy { address, mode }
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}
