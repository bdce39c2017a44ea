//! Events while each process of the chain is killed in turn, with duplicates and poison put into the log: nothing is lost, nothing
//! applied twice, each key in order, poison with the dead letters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, ensure};
use platform::client::{Api, Authorized, Channels, Session};
use platform::eventually::eventually;
use platform::progress::Progress;
use platform::seed::{self, Size};
use platform::services::Replicas;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use social_events::Event as _;
use social_events::topics::{CONTENT_EVENTS, dead_letter};
use social_proto::content::v1::content_event::Event;
use social_proto::content::v1::content_service_client::ContentServiceClient;
use social_proto::content::v1::{ContentEvent, CreateCommentRequest, CreatePostRequest, Visibility};
use social_proto::events::v1::{ProductMetric, QueryProductMetricRequest, TimeWindow};
use social_proto::feed::v1::{FeedOrder, ListFeedRequest};
use social_proto::notification::v1::{ListDeadLettersRequest, ListNotificationsRequest, NotificationKind};
use social_proto::search::v1::{SearchPostsRequest, SearchTagsRequest};
use tokio::time::sleep;
use tonic::Status;
use uuid::Uuid;

use crate::running::Running;

/// Killed in this order while events flow: who publishes and relays, who consumes.
const VICTIMS: [&str; 10] = [
    "content-1",
    "feed-1",
    "search-1",
    "notification-1",
    "events-1",
    "content-2",
    "feed-2",
    "user-1",
    "notification-1",
    "content-1",
];
/// Between a start and the next kill.
const PAUSE: Duration = Duration::from_secs(3);
const POISON: usize = 3;
/// Consumers that died come back to their partitions only when their group has noticed.
const CAUGHT_UP: Duration = Duration::from_secs(120);
const PEOPLE: usize = 4;

type Content = ContentServiceClient<Authorized>;

/// What a client was told is done: post, author, and how many comments.
type Done = BTreeMap<String, (usize, usize)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes four minutes"]
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
    let writers: Vec<_> = (0..PEOPLE).map(|author| tokio::spawn(write(people.clone(), author, stop.clone()))).collect();
    for (round, victim) in VICTIMS.into_iter().enumerate() {
        sleep(PAUSE).await;
        if !running.services.replicas().unwrap().iter().any(|replica| replica == victim) {
            continue;
        }
        running.services.kill(victim).await.unwrap();
        progress.say(&format!("{victim:<20} killed"));
        match round {
            2 | 6 => duplicate(&brokers).await,
            4 => poison(&brokers).await,
            _ => {}
        }
        running.services.start(victim).await.unwrap();
    }
    sleep(PAUSE).await;
    stop.store(true, Ordering::Relaxed);
    let mut done = Done::new();
    for writer in writers {
        done.extend(writer.await.unwrap());
    }
    let comments: usize = done.values().map(|(_, comments)| comments).sum();
    progress.say(&format!("{} posts and {comments} comments were acknowledged", done.len()));
    assert!(done.len() > 20, "there were too few");

    let events = eventually("all events are in the log", CAUGHT_UP, async || the_log(&brokers, &done)).await.unwrap();
    progress.say(&format!("{events} events in the log, in order for each post, none missing"));
    for (number, reader) in people.iter().enumerate() {
        eventually("a feed has each post once", CAUGHT_UP, async || feed(reader, number, &done).await).await.unwrap();
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

/// Posts, and comments of the next one on them, until it is told to stop. What fails is sent again with the same id.
async fn write(people: Arc<Vec<Session>>, author: usize, stop: Arc<AtomicBool>) -> Done {
    let mut done = Done::new();
    while !stop.load(Ordering::Relaxed) {
        let request = CreatePostRequest {
            request_id: Uuid::new_v4().to_string(),
            text: "One of many #crashed".to_owned(),
            media_ids: Vec::new(),
            visibility: Visibility::Public.into(),
        };
        let content = people[author].api.content();
        let post_id = until_done(|| create_post(content.clone(), request.clone())).await;
        let commenter = &people[(author + 1) % PEOPLE];
        let request = CreateCommentRequest {
            request_id: Uuid::new_v4().to_string(),
            post_id: post_id.clone(),
            parent_id: String::new(),
            text: "Seen".to_owned(),
        };
        let content = commenter.api.content();
        until_done(|| create_comment(content.clone(), request.clone())).await;
        done.insert(post_id, (author, 1));
        sleep(Duration::from_millis(500)).await;
    }
    done
}

async fn create_post(mut content: Content, request: CreatePostRequest) -> Result<String, Status> {
    Ok(content.create_post(request).await?.into_inner().post.unwrap_or_default().post_id)
}

async fn create_comment(mut content: Content, request: CreateCommentRequest) -> Result<(), Status> {
    content.create_comment(request).await?;
    Ok(())
}

async fn until_done<T, C: Future<Output = Result<T, Status>>>(call: impl Fn() -> C) -> T {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        match call().await {
            Ok(answer) => return answer,
            Err(status) => {
                assert!(tokio::time::Instant::now() < until, "still {status}");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn producer(brokers: &str) -> FutureProducer {
    ClientConfig::new().set("bootstrap.servers", brokers).set("acks", "all").create().unwrap()
}

/// Puts every third event into the log again, as it was, where it was.
async fn duplicate(brokers: &str) {
    let producer = producer(brokers);
    for record in read(brokers, CONTENT_EVENTS).iter().step_by(3) {
        let again = FutureRecord::to(CONTENT_EVENTS)
            .partition(record.partition())
            .key(record.key().unwrap_or_default())
            .payload(record.payload().unwrap_or_default())
            .headers(record.headers().cloned().unwrap_or_default());
        producer.send(again, Duration::from_secs(15)).await.unwrap();
    }
}

/// Bytes that no consumer can read.
async fn poison(brokers: &str) {
    let producer = producer(brokers);
    for number in 0..POISON {
        let (key, payload) = (format!("poison {number}"), [0xff; 16]);
        let record = FutureRecord::to(CONTENT_EVENTS).key(&key).payload(payload.as_slice());
        producer.send(record, Duration::from_secs(15)).await.unwrap();
    }
}

/// All that is in a topic now.
fn read(brokers: &str, topic: &str) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "look")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let limit = Duration::from_secs(10);
    let metadata = consumer.fetch_metadata(Some(topic), limit).unwrap();
    let mut ends = BTreeMap::new();
    let mut assignment = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        let (begin, end) = consumer.fetch_watermarks(topic, partition.id(), limit).unwrap();
        if end > begin {
            assignment.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
            ends.insert(partition.id(), end);
        }
    }
    consumer.assign(&assignment).unwrap();
    let mut records = Vec::new();
    while !ends.is_empty() {
        let record = consumer.poll(limit).unwrap().unwrap().detach();
        // What comes behind the end as it was belongs to the next look.
        if ends.get(&record.partition()).is_some_and(|end| record.offset() + 1 >= *end) {
            ends.remove(&record.partition());
        }
        records.push(record);
    }
    records
}

/// Each post's events are all there, and first came in the order of their numbers.
fn the_log(brokers: &str, done: &Done) -> anyhow::Result<usize> {
    let mut known = BTreeSet::new();
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    let (mut published, mut comments) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    for record in read(brokers, CONTENT_EVENTS) {
        let Ok(event) = <ContentEvent as prost::Message>::decode(record.payload().unwrap_or_default()) else {
            continue;
        };
        if !known.insert(event.event_id.clone()) {
            continue;
        }
        let before = last.insert(event.post_id.clone(), event.sequence).unwrap_or(0);
        assert_eq!(event.sequence, before + 1, "the events of {} are out of order", event.post_id);
        match event.event {
            Some(Event::PostPublished(_)) => {
                published.insert(event.post_id);
            }
            Some(Event::CommentCreated(_)) => *comments.entry(event.post_id).or_default() += 1,
            _ => {}
        }
    }
    for (post_id, (_, wanted)) in done {
        ensure!(published.contains(post_id), "{post_id} was not published");
        let found = comments.get(post_id).copied().unwrap_or(0);
        ensure!(found == *wanted, "{found} of {wanted} comments on {post_id}");
    }
    assert_eq!(published.len(), done.len(), "more was published than clients were told");
    debug_assert_eq!(ContentEvent::TOPIC, CONTENT_EVENTS);
    Ok(known.len())
}

async fn feed(reader: &Session, number: usize, done: &Done) -> anyhow::Result<()> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListFeedRequest { order: FeedOrder::Latest.into(), page_size: 100, page_token };
        let page = reader.api.feed().list_feed(request).await?.into_inner();
        found.extend(page.entries.into_iter().map(|entry| entry.post_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let once: BTreeSet<&String> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "a feed has a post twice");
    let wanted = done.iter().filter(|(_, (author, _))| *author != number);
    let missing = wanted.filter(|(post_id, _)| !once.contains(post_id)).count();
    ensure!(missing == 0, "{missing} are missing");
    Ok(())
}

async fn search(reader: &Session, done: &Done) -> anyhow::Result<()> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let tag = "crashed".to_owned();
        let request = SearchPostsRequest { tag, page_size: 100, page_token, ..SearchPostsRequest::default() };
        let page = reader.api.search().search_posts(request).await?.into_inner();
        found.extend(page.hits.into_iter().map(|hit| hit.post_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let once: BTreeSet<&String> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "search finds a post twice");
    ensure!(once.len() == done.len(), "{} of {}", once.len(), done.len());
    let request = SearchTagsRequest { prefix: "crashed".to_owned(), ..SearchTagsRequest::default() };
    let tags = reader.api.search().search_tags(request).await?.into_inner().hits;
    let count = tags.first().context("no tag")?.post_count;
    ensure!(usize::try_from(count)? == done.len(), "the tag counts {count} of {}", done.len());
    Ok(())
}

async fn notifications(author: &Session, number: usize, done: &Done) -> anyhow::Result<()> {
    let mut told = BTreeMap::<String, usize>::new();
    let mut page_token = String::new();
    loop {
        let request = ListNotificationsRequest { unread_only: false, page_size: 100, page_token };
        let page = author.api.notifications().list_notifications(request).await?.into_inner();
        let comments = page.notifications.into_iter().filter(|one| one.kind() == NotificationKind::Commented);
        comments.for_each(|one| *told.entry(one.subject_id).or_default() += 1);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    for (post_id, (_, comments)) in done.iter().filter(|(_, (author, _))| *author == number) {
        let times = told.get(post_id).copied().unwrap_or(0);
        assert!(times <= *comments, "{times} times told of {comments} comments");
        ensure!(times == *comments, "told of {times} of {comments} comments on {post_id}");
    }
    Ok(())
}

/// Each poison once by its place in the log; a crash may have sent it twice.
fn dead_letters(brokers: &str, group: &str) -> anyhow::Result<()> {
    let mut places = BTreeSet::new();
    for record in read(brokers, &dead_letter(CONTENT_EVENTS, group)) {
        assert_eq!(record.payload(), Some([0xff; 16].as_slice()), "{group} gave up on an event that can be read");
        let headers = record.headers().context("no headers")?;
        let value = |name: &str| {
            let header = headers.iter().find(|header| header.key == name)?;
            Some(String::from_utf8_lossy(header.value?).into_owned())
        };
        places.insert((value("source-partition"), value("source-offset")));
    }
    let wanted = poisoned(brokers);
    ensure!(places.len() == wanted, "{} of {wanted} in the dead letters of {group}", places.len());
    Ok(())
}

/// notification-service keeps dead letters itself, for operators.
async fn buried(operator: &Api, brokers: &str) -> anyhow::Result<()> {
    let request = ListDeadLettersRequest { page_size: 100, ..ListDeadLettersRequest::default() };
    let letters = operator.notifications().list_dead_letters(request).await?.into_inner().dead_letters;
    let wanted = poisoned(brokers);
    ensure!(letters.len() == wanted, "{} of {wanted}: {letters:?}", letters.len());
    Ok(())
}

/// How often poison is in the log: what was put in, and what of it was put in again.
fn poisoned(brokers: &str) -> usize {
    let records = read(brokers, CONTENT_EVENTS);
    let count = records.iter().filter(|record| record.payload() == Some([0xff; 16].as_slice())).count();
    assert!(count >= POISON);
    count
}
