//! Events while each process of the chain is killed in turn, with duplicates and poison put into the log: nothing is lost, nothing
//! applied twice, each key in order, poison with the dead letters.

mod log;
mod seen;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use platform::client::Channels;
use platform::eventually::eventually;
use platform::progress::Progress;
use platform::seed::{self, Size};
use platform::services::Replicas;
use social_proto::events::v1::ProductMetric;
use social_proto::feed::v1::ListFeedRequest;
use tokio::time::sleep;

use crate::running::Running;
use write::{Done, Writer};

/// Killed in this order while events flow: who publishes and relays, who consumes.
const VICTIMS: [&str; 14] = [
    "content-1",
    "feed-1",
    "search-1",
    "notification-1",
    "events-1",
    "auth-1",
    "content-2",
    "messaging-1",
    "feed-2",
    "media-1",
    "user-1",
    "streaming-1",
    "notification-1",
    "content-1",
];
/// Between a start and the next kill.
const PAUSE: Duration = Duration::from_secs(3);
/// Consumers that died come back to their partitions only when their group has noticed.
const CAUGHT_UP: Duration = Duration::from_secs(120);
const PEOPLE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes five minutes"]
async fn events_survive_crashes_duplicates_and_poison() {
    let running = Running::up(&Replicas::from([("content", 2), ("feed", 2)]), "0s").await;
    let progress = Progress::visible();
    let channels = Channels::to(&running.services).unwrap();
    // Each follows all others.
    let size = Size { users: PEOPLE, follows: PEOPLE - 1, posts: 0, images: 0 };
    let people = Arc::new(seed::run(&channels, &size, &progress).await.unwrap().people);
    // A feed exists from when it is first read; from then on only events keep it.
    for reader in people.iter() {
        reader.api.feed().list_feed(ListFeedRequest::default()).await.unwrap();
    }
    let brokers = running.folder.endpoints().unwrap().unwrap().kafka.brokers;

    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..PEOPLE)
        .map(|number| {
            let (channels, people, stop) = (channels.clone(), people.clone(), stop.clone());
            tokio::spawn(Writer { channels, people, number, stop }.run())
        })
        .collect();
    for (round, victim) in VICTIMS.into_iter().enumerate() {
        sleep(PAUSE).await;
        running.services.kill(victim).await.unwrap();
        progress.say(&format!("{victim:<20} killed"));
        match round {
            2 | 7 | 11 => log::duplicate(&brokers).await,
            4 => log::poison(&brokers).await,
            _ => {}
        }
        running.services.start(victim).await.unwrap();
    }
    sleep(PAUSE).await;
    stop.store(true, Ordering::Relaxed);
    let mut done = Done::default();
    for writer in writers {
        done.add(writer.await.unwrap());
    }
    let Done { posts, messages, files, streams, accounts } = &done;
    let comments: usize = posts.values().map(|(_, comments)| comments).sum();
    let messages: usize = messages.values().map(|(_, messages)| messages).sum();
    progress.say(&format!(
        "acknowledged: {} posts, {comments} comments, {messages} messages, {} files, {} streams, {} accounts",
        posts.len(),
        files.len(),
        streams.len(),
        accounts.len()
    ));
    assert!(posts.len() > 20 && files.len() > PEOPLE, "there were too few");

    let events =
        eventually("all events are in the log", CAUGHT_UP, async || log::the_log(&brokers, &done)).await.unwrap();
    progress.say(&format!("{events} events of content in the log, in order for each post, none missing"));
    for (number, reader) in people.iter().enumerate() {
        let feed = async || seen::feed(reader, number, &done).await;
        eventually("a feed has each post once", CAUGHT_UP, feed).await.unwrap();
    }
    progress.say("feeds have each post once");
    let search = async || seen::search(&people[0], &done).await;
    eventually("search finds each post once", CAUGHT_UP, search).await.unwrap();
    progress.say("search finds each post once");
    for (number, reader) in people.iter().enumerate() {
        let told = async || seen::notifications(reader, number, &done).await;
        eventually("people are told of each thing once", CAUGHT_UP, told).await.unwrap();
    }
    progress.say("people were told of each comment, message, file and stream once");
    let profiles = async || seen::profiles(&people[0], &done).await;
    eventually("accounts have profiles", CAUGHT_UP, profiles).await.unwrap();
    progress.say("each account has a profile");

    let operator = channels.operator(&running.services).unwrap();
    for (metric, wanted) in [
        (ProductMetric::Posts, posts.len()),
        (ProductMetric::Messages, messages),
        (ProductMetric::Registrations, accounts.len() + PEOPLE),
    ] {
        let count = async || seen::count(&operator, metric, wanted).await;
        eventually("analytics count each thing once", CAUGHT_UP, count).await.unwrap();
    }
    progress.say("analytics count each post, message and registration once");
    for group in ["feed-service", "search-service-0", "events-service"] {
        let found = async || log::dead_letters(&brokers, group);
        eventually("poison is with the dead letters", CAUGHT_UP, found).await.unwrap();
    }
    let found = async || seen::buried(&operator, &brokers).await;
    eventually("poison is with the dead letters of notification-service", CAUGHT_UP, found).await.unwrap();
    progress.say("poison is with the dead letters of each group, and nothing else is");
    running.down().await;
}
