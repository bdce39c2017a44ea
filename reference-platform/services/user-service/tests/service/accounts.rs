//! Profiles begin and end with their accounts.

use std::collections::HashMap;
use std::time::Duration;

use prost::Message;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use social_events::topics;
use social_proto::user::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::world::{SOON, World, code, deleted, registered};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_lives_as_long_as_its_account() {
    let world = World::start().await;
    let [ada, bob, eve] = world.users("ada").await;
    let profile = world.profile(bob, ada).await.unwrap();
    assert_eq!((profile.handle.as_str(), profile.display_name.as_str(), profile.bio.as_str()), ("ada_0", "ada_0", ""));

    // An event that comes twice is applied once, also when another event of the same account comes in between.
    let cleo = Uuid::now_v7();
    let begin = registered(cleo, "Cleo");
    world.publish(&[begin.clone(), begin.clone(), registered(cleo, "other")]).await;
    eventually(SOON, || async { Ok(world.profile(bob, cleo).await?) }).await.unwrap();

    world.follow(ada, bob).await.unwrap();
    world.follow(bob, ada).await.unwrap();
    world.follow(eve, ada).await.unwrap();
    world.block(eve, bob).await.unwrap();
    world.publish(&[deleted(ada), begin]).await;
    eventually(SOON, || async {
        anyhow::ensure!(code(world.profile(bob, ada).await) == Code::NotFound);
        anyhow::ensure!(world.counts(bob).await == (0, 0), "{:?}", world.counts(bob).await);
        anyhow::ensure!(world.counts(eve).await == (0, 0));
        Ok(())
    })
    .await
    .unwrap();
    // The block between others stands.
    assert_eq!(code(world.profile(bob, eve).await), Code::NotFound);
    let left = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM follows WHERE $1 IN (follower_id, followee_id)")
        .bind(ada)
        .fetch_one(world.database.pool())
        .await
        .unwrap();
    assert_eq!(left, 0);

    // The handle is free again; the account is not: a registration that comes late makes no profile.
    let heir = Uuid::now_v7();
    world.publish(&[registered(ada, "ada_again"), registered(heir, "ADA_0")]).await;
    eventually(SOON, || async { Ok(world.profile(bob, heir).await?) }).await.unwrap();
    assert_eq!(code(world.profile(bob, ada).await), Code::NotFound);
    assert_eq!(code(world.follow(bob, ada).await), Code::NotFound);
    assert_eq!(code(world.follow(ada, bob).await), Code::NotFound);

    // What was told: without gaps, and nothing twice.
    let told = eventually(SOON, || async {
        let events = world.events::<UserEvent>().await;
        anyhow::ensure!(events.iter().any(|event| event.user_id == heir.to_string()));
        Ok(events)
    })
    .await
    .unwrap();
    let mut kinds: HashMap<&str, Vec<(i64, &str)>> = HashMap::new();
    for event in &told {
        let kind = match event.event {
            Some(user_event::Event::Created(_)) => "created",
            Some(user_event::Event::Updated(_)) => "updated",
            Some(user_event::Event::Deleted(_)) => "deleted",
            None => "nothing",
        };
        kinds.entry(&event.user_id).or_default().push((event.sequence, kind));
    }
    assert_eq!(kinds[ada.to_string().as_str()], [(1, "created"), (2, "deleted")]);
    assert_eq!(kinds[cleo.to_string().as_str()], [(1, "created")]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_is_put_aside_and_a_taken_handle_waits() {
    let world = World::start().await;
    let [ada, bob] = world.users("ada").await;
    let log = Log::new(&world);
    for partition in 0..3 {
        log.send(partition, None, b"no message").await;
    }
    let no_handle = registered(Uuid::now_v7(), "no handle!");
    log.send(0, Some(&no_handle.event_id), &no_handle.encode_to_vec()).await;

    // The end of the account that has the handle is in another partition than the beginning of the next one.
    let heir = Uuid::now_v7();
    let (beginning, end) = (registered(heir, "ada_1"), deleted(bob));
    log.send(0, Some(&beginning.event_id), &beginning.encode_to_vec()).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(code(world.profile(ada, heir).await), Code::NotFound);
    log.send(1, Some(&end.event_id), &end.encode_to_vec()).await;
    eventually(SOON, || async { Ok(world.profile(ada, heir).await?) }).await.unwrap();
    assert_eq!(code(world.profile(ada, bob).await), Code::NotFound);
    eventually(SOON, || async {
        let dead = log.dead_letters();
        anyhow::ensure!(dead == 4, "{dead} dead letters");
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
}

/// Writes into partitions of account events what no publisher would.
struct Log {
    producer: FutureProducer,
    topic: String,
}

impl Log {
    fn new(world: &World) -> Self {
        let kafka = &world.settings.kafka;
        let producer = ClientConfig::new().set("bootstrap.servers", &kafka.kafka_brokers).create().unwrap();
        Self { producer, topic: format!("{}{}", kafka.kafka_topic_prefix, topics::ACCOUNT_EVENTS) }
    }

    /// How many there are in the dead-letter topic.
    fn dead_letters(&self) -> i64 {
        let topic = topics::dead_letter(&self.topic, "user-service");
        let marks = |partition| self.producer.client().fetch_watermarks(&topic, partition, SOON).unwrap();
        (0..3).map(marks).map(|(low, high)| high - low).sum()
    }

    async fn send(&self, partition: i32, event_id: Option<&str>, value: &[u8]) {
        let header = Header { key: "event-id", value: event_id };
        let record = FutureRecord::<str, _>::to(&self.topic).partition(partition).payload(value);
        self.producer.send(record.headers(OwnedHeaders::new().insert(header)), SOON).await.unwrap();
    }
}
