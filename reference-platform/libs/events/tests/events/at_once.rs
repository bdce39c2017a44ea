//! Several events of one partition in hand at the same time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::producer::{FutureProducer, FutureRecord};
use social_events::topics::{self, CONTENT_EVENTS};
use social_events::{ConsumeError, Policy, Publisher, applied};
use social_proto::content::v1::ContentEvent;
use tokio::sync::Semaphore;

use crate::support::{GROUP, Shared, Stage, by_post, event, tell};
use crate::{fast, headers, records};

fn eight() -> Policy {
    Policy { at_once: 8, ..fast() }
}

/// What is in hand, and the most that was.
#[derive(Default)]
struct InHand {
    keys: Mutex<HashSet<String>>,
    most: AtomicUsize,
}

impl InHand {
    fn begin(&self, key: &str) {
        let mut keys = self.keys.lock().unwrap();
        assert!(keys.insert(key.to_owned()), "two events of {key} at the same time");
        self.most.fetch_max(keys.len(), Ordering::SeqCst);
    }

    fn end(&self, key: &str) {
        self.keys.lock().unwrap().remove(key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_on_beside_each_other_and_each_in_its_order() {
    let stage = Stage::new(1).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    let posts: Vec<String> = (0..5).map(|post| format!("post-{post}")).collect();
    let events: Vec<_> = (1..=40).flat_map(|sequence| posts.iter().map(move |post| event(post, sequence))).collect();
    publisher.publish_all(CONTENT_EVENTS, &events).await.unwrap();

    let in_hand = Arc::new(InHand::default());
    let inside = in_hand.clone();
    let (handler, told) = tell(move |_, event: ContentEvent| {
        let inside = inside.clone();
        async move {
            inside.begin(&event.post_id);
            tokio::time::sleep(Duration::from_millis(10)).await;
            inside.end(&event.post_id);
            Ok(())
        }
    });
    let consumer = stage.consume(Shared(handler), eight());
    let all: Vec<i64> = (1..=40).collect();
    assert_eq!(by_post(&told.next(200).await), posts.iter().map(|post| (post.clone(), all.clone())).collect());
    assert_eq!(in_hand.most.load(Ordering::SeqCst), posts.len(), "eight in a row are of all five posts");
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_within_what_is_in_hand_loses_nothing_and_applies_nothing_twice() {
    let stage = Stage::new(1).await;
    sqlx::raw_sql("CREATE TABLE effects (post text, sequence bigint)").execute(&stage.pool).await.unwrap();
    let publisher = Publisher::new(&stage.settings).unwrap();
    let posts = ["a", "b", "c", "d"];
    let events: Vec<_> = (1..=6).flat_map(|sequence| posts.map(|post| event(post, sequence))).collect();
    publisher.publish_all(CONTENT_EVENTS, &events).await.unwrap();

    let reached = Arc::new(Semaphore::new(0));
    let handler = |hangs: bool| {
        let (pool, reached) = (stage.pool.clone(), reached.clone());
        tell(move |received, event: ContentEvent| {
            let (pool, reached) = (pool.clone(), reached.clone());
            async move {
                if hangs && (event.post_id.as_str(), event.sequence) == ("a", 1) {
                    // Meanwhile the others come, so that what is taken next is as many as may be.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                if hangs && (event.post_id.as_str(), event.sequence) == ("b", 3) {
                    reached.add_permits(1);
                    std::future::pending::<()>().await;
                }
                let mut transaction = pool.begin().await?;
                if applied::first_time(&mut transaction, GROUP, received.id()?).await? {
                    let effect = sqlx::query("INSERT INTO effects VALUES ($1, $2)");
                    effect.bind(event.post_id).bind(event.sequence).execute(&mut *transaction).await?;
                }
                transaction.commit().await?;
                Ok(())
            }
        })
    };
    let policy = Policy { apply_timeout: Duration::from_secs(60), ..eight() };
    let (hanging, told) = handler(true);
    let consumer = stage.consume(Shared(hanging), policy.clone());
    reached.acquire().await.unwrap().forget();
    // Longer than the time between commits, and than the others of the batch need.
    tokio::time::sleep(Duration::from_millis(600)).await;
    let before = told.within(Duration::ZERO).await;
    assert!(before.iter().any(|seen| seen.post != "b" && seen.sequence >= 3), "others go on: {before:?}");
    assert!(before.iter().all(|seen| seen.post != "b" || seen.sequence < 3), "later ones of b wait: {before:?}");
    consumer.kill().await;

    let (handler, told) = handler(false);
    let consumer = stage.consume(Shared(handler), policy);
    let mut after = told.next(1).await;
    while after.iter().filter(|seen| seen.sequence == 6).count() < posts.len() {
        after.extend(told.next(1).await);
    }
    assert!(after.iter().any(|seen| before.contains(seen)), "what was in hand came again, or this shows nothing");
    consumer.stop().await;
    let effects: Vec<(String, i64)> = sqlx::query_as("SELECT post, sequence FROM effects ORDER BY post, sequence")
        .fetch_all(&stage.pool)
        .await
        .unwrap();
    let expected: Vec<_> =
        posts.iter().flat_map(|post| (1..=6).map(|sequence| ((*post).to_owned(), sequence))).collect();
    assert_eq!(effects, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_and_what_is_exhausted_leave_the_others_in_hand_alone() {
    let stage = Stage::new(1).await;
    let raw: FutureProducer = stage.client().create().unwrap();
    let name = stage.name(CONTENT_EVENTS);
    let publisher = Publisher::new(&stage.settings).unwrap();
    publisher.publish_all(CONTENT_EVENTS, &[event("good", 1), event("fails", 1)]).await.unwrap();
    raw.send(FutureRecord::to(&name).key("k").payload("no message"), Duration::from_secs(5)).await.unwrap();
    publisher.publish_all(CONTENT_EVENTS, &["never", "good", "fails"].map(|post| event(post, 2))).await.unwrap();

    let (handler, told) = tell(async |received: social_events::Received, event: ContentEvent| {
        match (event.post_id.as_str(), received.attempt()) {
            ("fails", 1 | 2) | ("never", _) => Err(ConsumeError::transient(anyhow::anyhow!("not now"))),
            _ => Ok(()),
        }
    });
    let consumer = stage.consume(Shared(handler), eight());
    assert_eq!(
        by_post(&told.next(4).await),
        [("good".to_owned(), vec![1, 2]), ("fails".to_owned(), vec![1, 2])].into()
    );
    let dead = records(&stage, &topics::dead_letter(CONTENT_EVENTS, GROUP), 2).await;
    let mut reasons: Vec<_> = dead.iter().map(|letter| headers(letter)["attempts"].clone()).collect();
    reasons.sort();
    assert_eq!(reasons, ["1", "3"], "poison at once, the other after all attempts");
    consumer.stop().await;

    // All of it is committed: nothing comes again.
    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), eight());
    publisher.publish(CONTENT_EVENTS, &event("good", 3)).await.unwrap();
    assert_eq!(by_post(&told.next(1).await)["good"], [3]);
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_hand_ends_before_a_consumer_does_and_comes_not_again() {
    let stage = Stage::new(1).await;
    let publisher = Publisher::new(&stage.settings).unwrap();
    // While the first one lasts the others come. What is taken next has `a` three times: two of them have not begun when the
    // consumer is told to stop.
    let posts = ["first", "a", "a", "a", "b", "c"].into_iter().chain(["later"; 20]);
    let events: Vec<_> = posts.zip(1..).map(|(post, sequence)| event(post, sequence)).collect();
    publisher.publish_all(CONTENT_EVENTS, &events).await.unwrap();

    let begun = Arc::new(Semaphore::new(0));
    let begin = begun.clone();
    let (handler, told) = tell(move |_, event: ContentEvent| {
        let begin = begin.clone();
        async move {
            if event.post_id == "b" {
                begin.add_permits(1);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            Ok(())
        }
    });
    let consumer = stage.consume(Shared(handler), eight());
    begun.acquire().await.unwrap().forget();
    consumer.stop().await;
    let first = told.within(Duration::ZERO).await;
    assert_eq!(by_post(&first)["a"], [2, 3, 4]);

    let (handler, told) = tell(async |_, _| Ok(()));
    let consumer = stage.consume(Shared(handler), eight());
    let rest = told.next(events.len() - first.len()).await;
    let mut all: Vec<i64> = first.iter().chain(&rest).map(|seen| seen.sequence).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=26).collect::<Vec<_>>());
    assert!(!rest.is_empty(), "no more than eight were taken");
    consumer.stop().await;
}
