//! What the tests of services share: the real stores, databases and topics of their own, tokens without auth-service, neighbours
//! whose contract a test implements. For dev-dependencies only; it starts and mocks no store.

mod database;
mod fake;
mod media;
pub mod neighbour;
mod stores;
mod tokens;
mod topics;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use uuid::Uuid;

pub use database::TestDatabase;
pub use fake::{Fake, nobody, serve_fake, serve_fake_at};
pub use media::FakeMedia;
pub use neighbour::Neighbour;
pub use stores::{Neo4j, Stores};
pub use tokens::Tokens;
pub use topics::TestTopics;

/// A name that no other test has: for prefixes of Redis keys and of Kafka topics.
pub fn unique(name: &str) -> String {
    format!("{name}-{}-", Uuid::now_v7().simple())
}

/// What `look` gives as soon as it gives something; its last error when it has given none within `limit`. For what comes by events.
pub async fn eventually<T, F>(limit: Duration, look: impl Fn() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let until = Instant::now() + limit;
    loop {
        match look().await {
            Ok(seen) => return Ok(seen),
            Err(error) if Instant::now() >= until => return Err(error.context(format!("not seen within {limit:?}"))),
            Err(_) => tokio::time::sleep(Duration::from_millis(25)).await,
        }
    }
}

/// Starts `work` where nothing can be awaited, in `drop`, and waits for its end no longer than `patience`: what it waits for may in
/// turn wait for the runtime of this thread. Afterwards it goes on for as long as the process lives.
fn finish<W>(what: &str, patience: Duration, work: W)
where
    W: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let (done, ended) = mpsc::channel::<()>();
    let what = what.to_owned();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Err(error) = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(work)) {
            eprintln!("{what} is left behind: {error:#}");
        }
        drop(done);
    });
    let _ = ended.recv_timeout(patience);
}
