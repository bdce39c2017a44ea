//! The library against a real PostgreSQL and a real Kafka.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod at_once;
mod support;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::Message as _;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::{Headers, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use social_events::replay::{self, Replayed};
use social_events::topics::{self, CONTENT_EVENTS};
use social_events::{ConsumeError, Consumer, Error, OnExhausted, Policy, Publisher, Received, applied, outbox};
use social_proto::content::v1::ContentEvent;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use support::{Counting, GROUP, Seen, Shared, Stage, by_post, event, first, settings, tell, until};

fn fast() -> Policy {
    Policy {
        attempts: 3,
        first_pause: Duration::from_millis(20),
        longest_pause: Duration::from_millis(100),
        apply_timeout: Duration::from_secs(1),
        ..Policy::default()
    }
}

/// Each in a transaction of its own, in which the row of the key would be locked.
async fn add(pool: &PgPool, post: &str, sequences: std::ops::RangeInclusive<i64>) {
    for sequence in sequences {
        let mut transaction = pool.begin().await.unwrap();
        outbox::add(&mut transaction, CONTENT_EVENTS, &event(post, sequence)).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

async fn pending(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(pool).await.unwrap()
}

/// The first records of a topic, read by a client of its own.
async fn records(stage: &Stage, topic: &str, count: usize) -> Vec<OwnedMessage> {
    let mut config = stage.client();
    config.set("group.id", "reader").set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    let reader: StreamConsumer = config.create().unwrap();
    reader.subscribe(&[&stage.name(topic)]).unwrap();
    let mut all = Vec::new();
    while all.len() < count {
        let message = tokio::time::timeout(Duration::from_secs(30), reader.recv()).await;
        all.push(message.expect("a record").unwrap().detach());
    }
    all
}

fn headers(message: &OwnedMessage) -> HashMap<String, String> {
    let text = |value: Option<&[u8]>| String::from_utf8(value.unwrap().to_vec()).unwrap();
    message.headers().unwrap().iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_published_in_order_of_its_key() {
    let stage = Stage::new(3).await;
    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), fast());
    let relay = stage.relay();

    let mut never = stage.pool.begin().await.unwrap();
    outbox::add(&mut never, CONTENT_EVENTS, &event("rolled back", 1)).await.unwrap();
    never.rollback().await.unwrap();
    tokio::join!(add(&stage.pool, "a", 1..=150), add(&stage.pool, "b", 1..=150), add(&stage.pool, "c", 1..=150));

    let posts = by_post(&told.next(450).await);
    let all: Vec<i64> = (1..=150).collect();
    assert_eq!(posts, ["a", "b", "c"].map(|post| (post.to_owned(), all.clone())).into());
    until(async || pending(&stage.pool).await == 0).await;
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_with_one_statement_is_published_in_its_order() {
    let stage = Stage::new(3).await;
    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), fast());
    let relay = stage.relay();
    let events: Vec<_> = (1..=500).map(|sequence| event(["a", "b"][sequence as usize % 2], sequence)).collect();
    let mut transaction = stage.pool.begin().await.unwrap();
    outbox::add_all(&mut transaction, CONTENT_EVENTS, &events).await.unwrap();
    transaction.commit().await.unwrap();

    let every_other = |first: usize| (1..=500).skip(first).step_by(2).collect::<Vec<i64>>();
    let expected = [("a".to_owned(), every_other(1)), ("b".to_owned(), every_other(0))].into();
    assert_eq!(by_post(&told.next(500).await), expected);
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_published_twice_is_applied_once() {
    let stage = Stage::new(1).await;
    // Between the acknowledgement and the end of the delete there is always a moment for a crash; here it lasts.
    let crash = "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'crash'; END $$;
                 CREATE TRIGGER crash BEFORE DELETE ON outbox EXECUTE FUNCTION crash();";
    sqlx::raw_sql(crash).execute(&stage.pool).await.unwrap();
    sqlx::raw_sql("CREATE TABLE effects (sequence bigint)").execute(&stage.pool).await.unwrap();

    let pool = stage.pool.clone();
    let (handler, told) = tell(move |received, event: ContentEvent| {
        let pool = pool.clone();
        async move {
            let mut transaction = pool.begin().await?;
            if applied::first_time(&mut transaction, GROUP, received.id()?).await? {
                sqlx::query("INSERT INTO effects VALUES ($1)").bind(event.sequence).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(())
        }
    });
    let consumer = stage.consume(Shared(handler), fast());
    let relay = stage.relay();
    add(&stage.pool, "a", 1..=5).await;
    let mut seen = told.next(6).await;
    sqlx::raw_sql("DROP TRIGGER crash ON outbox").execute(&stage.pool).await.unwrap();
    until(async || pending(&stage.pool).await == 0).await;
    relay.stop().await;
    consumer.stop().await;

    seen.extend(told.within(Duration::ZERO).await);
    assert!(seen.len() > 5);
    let effects: Vec<i64> = sqlx::query_scalar("SELECT sequence FROM effects").fetch_all(&stage.pool).await.unwrap();
    assert_eq!(effects, [1, 2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_relay_takes_over_when_the_leader_is_gone() {
    let stage = Stage::new(3).await;
    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), fast());
    let relays = [stage.relay(), stage.relay()];
    add(&stage.pool, "a", 1..=50).await;
    assert_eq!(by_post(&told.next(50).await)["a"], (1..=50).collect::<Vec<_>>());

    let leader = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let mut seen = Vec::new();
    for round in 1..=3 {
        let leaders = async || -> Vec<i32> { sqlx::query_scalar(leader).fetch_all(&stage.pool).await.unwrap() };
        until(async || !leaders().await.is_empty()).await;
        let leaders = leaders().await;
        assert_eq!(leaders.len(), 1, "one leads");
        let kill = sqlx::query("SELECT pg_terminate_backend($1)").bind(leaders[0]);
        let (_, killed) = tokio::join!(add(&stage.pool, "b", 50 * round - 49..=50 * round), kill.execute(&stage.pool));
        killed.unwrap();
        until(async || pending(&stage.pool).await == 0).await;
    }
    while first(by_post(&seen).get("b").map_or(&[], Vec::as_slice)).len() < 150 {
        seen.extend(told.next(1).await);
    }
    assert_eq!(first(&by_post(&seen)["b"]), (1..=150).collect::<Vec<_>>());
    for relay in relays {
        relay.stop().await;
    }
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_goes_to_the_dead_letters_and_the_next_event_has_its_turn() {
    let stage = Stage::new(1).await;
    let raw: FutureProducer = stage.client().create().unwrap();
    let name = stage.name(CONTENT_EVENTS);
    let garbage = FutureRecord::to(&name).key("k").payload(b"\xff\xff not protobuf".as_slice());
    raw.send(garbage, Duration::from_secs(5)).await.unwrap();
    let tombstone = FutureRecord::<str, [u8]>::to(&name).key("k");
    raw.send(tombstone, Duration::from_secs(5)).await.unwrap();
    let publisher = Publisher::new(&stage.settings).unwrap();
    let traced = [("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".as_slice())];
    let refused = event("refused", 1);
    {
        let _context = social_telemetry::context::extract_pairs(traced.into_iter()).attach();
        futures::executor::block_on(publisher.publish(CONTENT_EVENTS, &refused)).unwrap();
    }
    publisher.publish_all(CONTENT_EVENTS, &[event("good", 1), event("good", 2)]).await.unwrap();

    let (handler, told) =
        tell(
            async |_, event: ContentEvent| {
                if event.post_id == "refused" { Err(ConsumeError::poison("x".repeat(2000))) } else { Ok(()) }
            },
        );
    let consumer = stage.consume(Shared(handler), fast());
    assert_eq!(by_post(&told.next(2).await), HashMap::from([("good".to_owned(), vec![1, 2])]));
    consumer.stop().await;

    let dead = records(&stage, &topics::dead_letter(CONTENT_EVENTS, GROUP), 3).await;
    assert_eq!(dead[0].payload().unwrap(), b"\xff\xff not protobuf");
    assert_eq!(dead[0].key().unwrap(), b"k");
    assert!(dead[1].payload().is_none());
    for (offset, letter) in dead.iter().enumerate() {
        let headers = headers(letter);
        assert_eq!(headers["source-topic"], CONTENT_EVENTS);
        assert_eq!(headers["source-partition"], "0");
        assert_eq!(headers["source-offset"], offset.to_string());
        assert_eq!(headers["attempts"], "1");
    }
    let headers = headers(&dead[2]);
    assert_eq!(headers["reason"].len(), 500);
    assert_eq!(headers["event-id"], refused.event_id);
    assert_eq!(headers["content-type"], "application/protobuf");
    assert_eq!(headers["traceparent"].as_bytes(), traced[0].1);

    // All of it is committed: nothing comes again.
    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), fast());
    publisher.publish(CONTENT_EVENTS, &event("good", 3)).await.unwrap();
    assert_eq!(by_post(&told.next(1).await)["good"], [3]);
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_tried_again_while_later_events_wait() {
    let stage = Stage::new(1).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    let posts = ["fails", "panics", "hangs", "never", "good"];
    publisher.publish_all(CONTENT_EVENTS, &posts.map(|post| event(post, 1))).await.unwrap();

    let (handler, told) =
        tell(async |received: Received, event: ContentEvent| match (event.post_id.as_str(), received.attempt()) {
            ("fails", 1 | 2) | ("never", _) => Err(ConsumeError::transient(anyhow::anyhow!("not now"))),
            ("panics", 1) => panic!("on purpose"),
            ("hangs", 1) => std::future::pending().await,
            _ => Ok(()),
        });
    let consumer = stage.consume(Shared(handler), fast());
    let seen: Vec<_> = told.next(4).await.into_iter().map(|seen| (seen.post, seen.attempt)).collect();
    let expected = [("fails", 3), ("panics", 2), ("hangs", 2), ("good", 1)];
    assert_eq!(seen, expected.map(|(post, attempt)| (post.to_owned(), attempt)));
    consumer.stop().await;

    let dead = records(&stage, &topics::dead_letter(CONTENT_EVENTS, GROUP), 1).await;
    let headers = headers(&dead[0]);
    assert_eq!((headers["attempts"].as_str(), headers["reason"].as_str()), ("3", "not now"));
    assert_eq!(dead[0].key().unwrap(), b"never");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_partition_waits_and_loses_nothing() {
    let stage = Stage::new(1).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    // More than a lane takes: the partition is paused, and goes on.
    let events: Vec<_> = (1..=300).map(|sequence| event("a", sequence)).collect();
    publisher.publish_all(CONTENT_EVENTS, &events).await.unwrap();

    let works = Arc::new(AtomicBool::new(false));
    let answer = works.clone();
    let (handler, told) = tell(move |_, _| {
        let works = answer.load(Ordering::SeqCst);
        async move { if works { Ok(()) } else { Err(ConsumeError::transient(anyhow::anyhow!("not now"))) } }
    });
    let policy = Policy { on_exhausted: OnExhausted::Block, ..fast() };
    let consumer = stage.consume(Shared(handler), policy);
    assert_eq!(told.within(Duration::from_secs(5)).await, []);
    works.store(true, Ordering::SeqCst);
    let seen = told.next(300).await;
    assert!(seen[0].attempt > 3);
    assert_eq!(by_post(&seen)["a"], (1..=300).collect::<Vec<_>>());
    consumer.stop().await;
    assert_eq!(told.within(Duration::ZERO).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_retry_topic_lets_later_events_pass() {
    let stage = Stage::new(1).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    let posts = ["later", "never", "good"];
    publisher.publish_all(CONTENT_EVENTS, &posts.map(|post| event(post, 1))).await.unwrap();

    let failed = Arc::new(Mutex::new(None));
    let last_failure = failed.clone();
    let (handler, told) = tell(move |received: Received, event: ContentEvent| {
        assert_eq!(received.topic(), CONTENT_EVENTS);
        let fails = matches!((event.post_id.as_str(), received.attempt()), ("later", 1..=2) | ("never", _));
        if fails && event.post_id == "later" {
            *last_failure.lock().unwrap() = Some(Instant::now());
        }
        async move { if fails { Err(ConsumeError::transient(anyhow::anyhow!("not now"))) } else { Ok(()) } }
    });
    let delay = Duration::from_secs(1);
    let consumer = stage.consume(Shared(handler), Policy { retry_topic: Some(delay), ..fast() });
    assert_eq!(told.next(1).await, [Seen { post: "good".to_owned(), sequence: 1, attempt: 1 }]);
    assert_eq!(told.next(1).await, [Seen { post: "later".to_owned(), sequence: 1, attempt: 3 }]);
    // The header has whole milliseconds.
    assert!(failed.lock().unwrap().unwrap().elapsed() + Duration::from_millis(1) >= delay);

    let dead = records(&stage, &topics::dead_letter(CONTENT_EVENTS, GROUP), 1).await;
    let headers = headers(&dead[0]);
    assert_eq!((headers["source-topic"].as_str(), headers["source-offset"].as_str()), (CONTENT_EVENTS, "1"));
    assert_eq!(headers["attempts"], "3");
    assert!(!headers.contains_key("not-before"));
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_applied_comes_again_after_a_crash() {
    let stage = Stage::new(1).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    let events: Vec<_> = (1..=4).map(|sequence| event("a", sequence)).collect();
    publisher.publish_all(CONTENT_EVENTS, &events).await.unwrap();

    let reached = Arc::new(Semaphore::new(0));
    let inside = reached.clone();
    let (handler, told) = tell(move |_, event: ContentEvent| {
        let inside = inside.clone();
        async move {
            if event.sequence == 3 {
                inside.add_permits(1);
                std::future::pending::<()>().await;
            }
            Ok(())
        }
    });
    let policy = Policy { apply_timeout: Duration::from_secs(60), ..fast() };
    let consumer = stage.consume(Shared(handler), policy.clone());
    assert_eq!(by_post(&told.next(2).await)["a"], [1, 2]);
    reached.acquire().await.unwrap().forget();
    // Longer than the time between commits.
    tokio::time::sleep(Duration::from_millis(600)).await;
    consumer.kill().await;

    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), policy);
    assert_eq!(by_post(&told.next(2).await)["a"], [3, 4]);
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_in_hand_ends_before_a_consumer_does() {
    let stage = Stage::new(1).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    publisher.publish_all(CONTENT_EVENTS, &[event("a", 1), event("a", 2)]).await.unwrap();

    let (begun, ended) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
    let (begin, end) = (begun.clone(), ended.clone());
    let (handler, _told) = tell(move |_, _| {
        let (begin, end) = (begin.clone(), end.clone());
        async move {
            begin.add_permits(1);
            tokio::time::sleep(Duration::from_millis(500)).await;
            end.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let consumer = stage.consume(Shared(handler), fast());
    begun.acquire().await.unwrap().forget();
    consumer.stop().await;
    assert_eq!(ended.load(Ordering::SeqCst), 1);

    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), fast());
    assert_eq!(by_post(&told.next(1).await)["a"], [2]);
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_and_nothing_is_lost_or_done_twice() {
    members_come_and_go(fast()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_take_several_at_once_come_and_go_and_nothing_is_lost_or_done_twice() {
    members_come_and_go(Policy { at_once: 16, ..fast() }).await;
}

async fn members_come_and_go(policy: Policy) {
    let stage = Stage::new(6).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    let posts: Vec<String> = (0..20).map(|post| format!("post-{post}")).collect();
    let (handler, told) = tell(async |_, _| {
        tokio::time::sleep(Duration::from_millis(3)).await;
        Ok(())
    });
    let publish = async {
        for sequence in 1..=60 {
            let events: Vec<_> = posts.iter().map(|post| event(post, sequence)).collect();
            publisher.publish_all(CONTENT_EVENTS, &events).await.unwrap();
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    };
    let shares = [(); 2].map(|()| Arc::new(AtomicU32::new(0)));
    let members = async {
        let one = stage.consume(Counting(Shared(handler.clone()), shares[0].clone()), policy.clone());
        until(async || shares[0].load(Ordering::SeqCst) > 100).await;
        let two = stage.consume(Counting(Shared(handler.clone()), shares[1].clone()), policy.clone());
        until(async || shares[1].load(Ordering::SeqCst) > 100).await;
        let alone = shares[0].load(Ordering::SeqCst);
        until(async || shares[0].load(Ordering::SeqCst) > alone + 50).await;
        one.stop().await;
        two
    };
    let (seen, (), two) = tokio::join!(told.next(1200), publish, members);
    let all: Vec<i64> = (1..=60).collect();
    assert_eq!(by_post(&seen), posts.iter().map(|post| (post.clone(), all.clone())).collect());
    two.stop().await;
    assert_eq!(told.within(Duration::ZERO).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_reads_what_is_there_and_leaves_the_group_alone() {
    let stage = Stage::new(3).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    for post in ["a", "b", "c", "d"] {
        let events: Vec<_> = (1..=20).map(|sequence| event(post, sequence)).collect();
        publisher.publish_all(CONTENT_EVENTS, &events).await.unwrap();
    }
    let raw: FutureProducer = stage.client().create().unwrap();
    let name = stage.name(CONTENT_EVENTS);
    raw.send(FutureRecord::to(&name).key("k").payload("poison"), Duration::from_secs(5)).await.unwrap();

    let failed = Arc::new(Mutex::new(false));
    let fail_once = failed.clone();
    let (handler, told) = tell(move |_, _| {
        let fails = !std::mem::replace(&mut *fail_once.lock().unwrap(), true);
        async move { if fails { Err(ConsumeError::transient(anyhow::anyhow!("not now"))) } else { Ok(()) } }
    });
    let handler = Shared(handler);
    let token = CancellationToken::new();
    let replayed = replay::read_all(&stage.settings, &[CONTENT_EVENTS], &handler, &token).await.unwrap();
    assert_eq!(replayed, Replayed { applied: 80, poison: 1 });
    let all: Vec<i64> = (1..=20).collect();
    let posts = by_post(&told.next(80).await);
    assert_eq!(posts, ["a", "b", "c", "d"].map(|post| (post.to_owned(), all.clone())).into());

    token.cancel();
    let stopped = replay::read_all(&stage.settings, &[CONTENT_EVENTS], &handler, &token).await;
    assert!(matches!(stopped, Err(Error::Stopped)));

    let consumer = stage.consume(handler, fast());
    told.next(80).await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_brokers_publishing_fails_and_all_stops_in_time() {
    let stage = Stage::new(1).await;
    let mut nowhere = settings("127.0.0.1:1", "");
    nowhere.kafka_delivery_timeout = Duration::from_secs(1);
    nowhere.kafka_request_timeout = Duration::from_secs(1);
    let publisher = Publisher::new(&nowhere).unwrap();
    let begin = Instant::now();
    let error = publisher.publish(CONTENT_EVENTS, &event("a", 1)).await.unwrap_err();
    assert!(matches!(error, Error::Kafka(_)));
    assert!(publisher.ping().await.is_err());
    assert!(begin.elapsed() < Duration::from_secs(8));
    Publisher::new(&stage.settings).unwrap().ping().await.unwrap();

    let token = CancellationToken::new();
    let (handler, _told) = tell(async |_, _| Ok(()));
    let consumer = Consumer::new(&nowhere, GROUP, &[CONTENT_EVENTS], fast()).unwrap();
    let consumer = tokio::spawn(consumer.run(Shared(handler), token.clone()));
    add(&stage.pool, "a", 1..=3).await;
    let relay = tokio::spawn(outbox::Relay::new(stage.pool.clone(), &nowhere).unwrap().run(token.clone()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    token.cancel();
    let stopped = async { (consumer.await.unwrap(), relay.await.unwrap()) };
    let (consumer, relay) = tokio::time::timeout(Duration::from_secs(12), stopped).await.expect("they do not stop");
    consumer.unwrap();
    relay.unwrap();
    assert_eq!(pending(&stage.pool).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_takes_only_what_its_topic_holds() {
    let stage = Stage::new(1).await;
    let mut connection = stage.pool.acquire().await.unwrap();
    let mine = event("a", 1);
    let refused = outbox::add(&mut connection, topics::USER_EVENTS, &mine).await;
    assert!(matches!(refused, Err(sqlx::Error::Encode(_))));
    outbox::add(&mut connection, CONTENT_EVENTS, &mine).await.unwrap();
    let other = event("b", 1);
    let one_is_bad = [other.clone(), ContentEvent { event_id: "no id".to_owned(), ..event("b", 2) }];
    let refused = outbox::add_all(&mut connection, CONTENT_EVENTS, &one_is_bad).await;
    assert!(matches!(refused, Err(sqlx::Error::Encode(_))));
    assert_eq!(pending(&stage.pool).await, 1, "none of them was added");
    outbox::add_all::<ContentEvent>(&mut connection, CONTENT_EVENTS, &[]).await.unwrap();
    outbox::add_all(&mut connection, CONTENT_EVENTS, &[other]).await.unwrap();
    assert_eq!(pending(&stage.pool).await, 2);
    let twice = outbox::add(&mut connection, CONTENT_EVENTS, &mine).await.unwrap_err();
    assert!(twice.as_database_error().unwrap().is_unique_violation());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_notes_are_purged() {
    let stage = Stage::new(1).await;
    let old = "INSERT INTO applied_events SELECT 'c', gen_random_uuid(), now() - interval '8 days'
               FROM generate_series(1, 1200)";
    sqlx::raw_sql(old).execute(&stage.pool).await.unwrap();
    let mut connection = stage.pool.acquire().await.unwrap();
    let id = Uuid::now_v7();
    assert!(applied::first_time(&mut connection, "c", id).await.unwrap());
    assert!(applied::first_time(&mut connection, "d", id).await.unwrap());
    assert_eq!(applied::purge_older(&stage.pool, Duration::from_secs(7 * 24 * 3600)).await.unwrap(), 1200);
    assert!(!applied::first_time(&mut connection, "c", id).await.unwrap());
}
