//! The graph as it runs is the graph as it is written: Loadpath receives the traces of a platform that goes over all its dependencies,
//! and finds the same services, edges, methods, datastores and topics, none missing and none too many.

mod bucket;
mod loadpath;

use std::time::Duration;

use platform::cover::providers::Providers;
use platform::cover::{self, dead_letters};
use platform::demo;
use platform::eventually::eventually;
use platform::progress::Progress;
use platform::services::Replicas;
use platform::stores::Store;
use tokio::time::sleep;

use crate::running::Running;
use bucket::Bucket;
use loadpath::Observer;

/// Two attempts at an event, each as long as a service waits for a connection, and some pauses.
const TWO_ATTEMPTS: Duration = Duration::from_secs(10);
/// Services come back after a store did.
const WELL_AGAIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes some minutes"]
async fn the_graph_as_it_runs_is_the_graph_as_it_is_written() {
    let observer = Observer::start().await;
    let bucket = Bucket::start().await;
    let providers = Providers::start().await.unwrap();
    let settings = [providers.settings().to_vec(), bucket.settings()].concat();
    let replicas = Replicas::from([("messaging", 2)]);
    let running = Running::observed(&replicas, "0s", &settings, Some(observer.url())).await;
    let progress = Progress::visible();
    let brokers = running.folder.endpoints().unwrap().unwrap().kafka.brokers;

    let left_out = demo::run(&running.services, &progress).await.unwrap();
    assert_eq!(left_out, Vec::<String>::new());
    cover::run(&running.services, &brokers, &progress).await.unwrap();
    cover::push(&running.services, &progress).await.unwrap();
    wait_in_retry_topics(&running, &brokers).await;
    running.down().await;

    let comparison = observer.stop().await;
    progress.say(&comparison.text);
    for edge in comparison.not_covered() {
        progress.say(&format!("not covered: {edge}"));
    }
    let differences = comparison.differences();
    let (never_taken, differences): (Vec<String>, Vec<String>) =
        differences.into_iter().partition(|of| is_never_taken(of));
    assert_eq!(differences, Vec::<String>::new());
    // A topic and an edge for each subscription: fewer would mean that the way is taken after all.
    assert_eq!(never_taken.len(), 2 * SUBSCRIPTIONS, "{never_taken:?}");
}

/// Topics that notification-service reads.
const SUBSCRIPTIONS: usize = 6;

/// The library's dead letters of notification-service: it keeps what it cannot read itself, and tries everything else until it
/// succeeds. The way to that topic is written, in code that all services share, and no run of this service takes it.
fn is_never_taken(difference: &str) -> bool {
    difference.contains(".notification-service.dead-letter: not_seen")
}

/// What notification-service cannot even note waits in its retry topics until its database is back.
async fn wait_in_retry_topics(running: &Running, brokers: &str) {
    running.stores.stop(Store::Postgres).await.unwrap();
    dead_letters::poison(brokers).await.unwrap();
    sleep(TWO_ATTEMPTS).await;
    running.stores.start(Store::Postgres).await.unwrap();
    eventually("events come back from the retry topics", WELL_AGAIN, async || dead_letters::retried(brokers))
        .await
        .unwrap();
}
