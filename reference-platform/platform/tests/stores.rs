//! The five stores as processes: brought up, used through their clients, taken away, given back, brought down.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use neo4rs::{Graph, query};
use platform::folder::Folder;
use platform::limits::Limits;
use platform::native;
use platform::probe;
use platform::progress::Progress;
use platform::stores::{Endpoints, Store, Stores};
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Message as _};
use rustix::process::Signal;
use social_events::topics::ACCOUNT_EVENTS;
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

/// Ends what a test that failed has left.
struct Leftovers(Folder);

impl Drop for Leftovers {
    fn drop(&mut self) {
        for part in self.0.state().unwrap_or_default().parts.values() {
            if let Some(process) = &part.process {
                let _ = process.signal(Signal::KILL);
            }
        }
    }
}

/// With `--nocapture` it is seen how long each step takes.
async fn timed<T>(what: &str, step: impl Future<Output = T>) -> T {
    let begin = Instant::now();
    let result = step.await;
    eprintln!("{what}: {:.1} s", begin.elapsed().as_secs_f32());
    result
}

fn pids(folder: &Folder) -> Vec<u32> {
    folder.state().unwrap().parts.values().map(|part| part.process.as_ref().map_or(0, |process| process.pid)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_from_up_to_down() {
    // PostgreSQL runs as another user when this one is root.
    let root = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    let _leftovers = Leftovers(folder.clone());
    let native = native::Stores::new(folder.clone(), Limits::deployed().unwrap());
    let stores = Stores::Native(native.clone());

    let endpoints = timed("up", stores.up(&Progress::visible())).await.unwrap();
    assert_eq!(folder.endpoints().unwrap().unwrap(), endpoints);

    // Again: what runs is left alone.
    let before = pids(&folder);
    assert_eq!(timed("up again", stores.up(&Progress::silent())).await.unwrap(), endpoints);
    assert_eq!(pids(&folder), before);
    assert!(before.iter().all(|pid| *pid != 0));

    timed("redis", redis_holds_what_is_written(&endpoints)).await;
    timed("clickhouse", clickhouse_answers_its_client(&endpoints)).await;
    timed("neo4j", neo4j_answers_its_client(&endpoints)).await;
    timed("postgres", postgres_write(&endpoints)).await;
    timed("unknown topic", kafka_knows_only_topics_that_were_made(&endpoints)).await;
    timed("produce", kafka_produce(&endpoints, "first")).await;

    // PostgreSQL stops in order, Kafka crashes.
    timed("stop postgres", stores.stop(Store::Postgres)).await.unwrap();
    timed("kill kafka", stores.kill(Store::Kafka)).await.unwrap();
    for store in [Store::Postgres, Store::Kafka] {
        let look = timeout(Duration::from_secs(3), probe::store(store, &endpoints)).await;
        assert!(!matches!(look, Ok(Ok(()))), "{store} still answers");
    }
    probe::store(Store::Redis, &endpoints).await.unwrap();

    timed("start postgres", stores.start(Store::Postgres)).await.unwrap();
    timed("start kafka", stores.start(Store::Kafka)).await.unwrap();
    assert_eq!(native.endpoints().unwrap(), endpoints);
    postgres_has_one_row(&endpoints).await;
    timed("produce", kafka_produce(&endpoints, "second")).await;
    assert_eq!(timed("consume", kafka_consume(&endpoints, 2)).await, ["first", "second"]);

    timed("a start that fails", a_start_that_fails_says_why(&stores, &folder)).await;

    let processes: Vec<_> = folder.state().unwrap().parts.into_values().filter_map(|part| part.process).collect();
    assert_eq!(processes.len(), 5);
    timed("down", stores.down(true, &Progress::visible())).await.unwrap();
    assert!(processes.iter().all(|process| !process.is_alive()));
    assert!(!root.path().join("data").exists());
    assert!(!root.path().join("stores.json").exists());
    assert!(folder.log("kafka").exists());
    stores.down(true, &Progress::silent()).await.unwrap();
}

async fn redis_holds_what_is_written(endpoints: &Endpoints) {
    let client = redis::Client::open(endpoints.redis.url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("SET").arg("greeting").arg("hello").exec_async(&mut connection).await.unwrap();
    let greeting: String = redis::cmd("GET").arg("greeting").query_async(&mut connection).await.unwrap();
    assert_eq!(greeting, "hello");
    let policy: Vec<String> =
        redis::cmd("CONFIG").arg("GET").arg("maxmemory-policy").query_async(&mut connection).await.unwrap();
    assert_eq!(policy, ["maxmemory-policy", "noeviction"]);
}

async fn clickhouse_answers_its_client(endpoints: &Endpoints) {
    let client = clickhouse::Client::default().with_url(&endpoints.clickhouse.url).with_validation(false);
    client.query("CREATE TABLE seen (n UInt32) ENGINE = MergeTree ORDER BY n").execute().await.unwrap();
    client.query("INSERT INTO seen VALUES (1), (2), (3)").execute().await.unwrap();
    let sum: u64 = client.query("SELECT sum(n) FROM seen").fetch_one().await.unwrap();
    assert_eq!(sum, 6);
}

async fn neo4j_answers_its_client(endpoints: &Endpoints) {
    let at = &endpoints.neo4j;
    let graph = Graph::new(&at.uri, &at.user, &at.password).await.unwrap();
    graph.run(query("CREATE (:User {id: 'a'})-[:FOLLOWS]->(:User {id: 'b'})")).await.unwrap();
    let mut rows = graph.execute(query("MATCH (:User {id: 'a'})-[:FOLLOWS]->(u) RETURN u.id AS id")).await.unwrap();
    let row = rows.next().await.unwrap().unwrap();
    assert_eq!(row.get::<String>("id").unwrap(), "b");
}

async fn postgres_write(endpoints: &Endpoints) {
    let mut connection = PgConnection::connect(&endpoints.postgres.url).await.unwrap();
    sqlx::query("CREATE TABLE kept (id int)").execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO kept VALUES (1)").execute(&mut connection).await.unwrap();
    let limit: String = sqlx::query_scalar("SHOW max_connections").fetch_one(&mut connection).await.unwrap();
    assert_eq!(limit, Limits::deployed().unwrap().postgres_max_connections.to_string());
    // The connection stays open: a client that does not go must not keep the store from stopping.
    std::mem::forget(connection);
}

async fn postgres_has_one_row(endpoints: &Endpoints) {
    let mut connection = PgConnection::connect(&endpoints.postgres.url).await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(rows, 1);
}

async fn kafka_produce(endpoints: &Endpoints, value: &str) {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", &endpoints.kafka.brokers)
        .set("acks", "all")
        .set("message.timeout.ms", "15000")
        .create()
        .unwrap();
    let record = FutureRecord::to(ACCOUNT_EVENTS).key("one").payload(value);
    producer.send(record, Duration::from_secs(15)).await.unwrap();
}

/// The broker makes none by itself.
async fn kafka_knows_only_topics_that_were_made(endpoints: &Endpoints) {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", &endpoints.kafka.brokers)
        .set("topic.metadata.propagation.max.ms", "500")
        .create()
        .unwrap();
    let unknown = FutureRecord::<str, str>::to("no.such.topic").payload("lost");
    let (error, _) = producer.send(unknown, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::UnknownTopicOrPartition));
}

async fn kafka_consume(endpoints: &Endpoints, count: usize) -> Vec<String> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &endpoints.kafka.brokers)
        .set("group.id", "test")
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    consumer.subscribe(&[ACCOUNT_EVENTS]).unwrap();
    let read = consumer
        .stream()
        .take(count)
        .map(|message| String::from_utf8(message.unwrap().payload().unwrap().to_vec()).unwrap());
    timeout(Duration::from_secs(30), read.collect()).await.expect("the events do not come")
}

async fn a_start_that_fails_says_why(stores: &Stores, folder: &Folder) {
    stores.stop(Store::Redis).await.unwrap();
    let port = folder.state().unwrap().parts["redis"].port("port");
    let stranger = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let error = format!("{:#}", stores.start(Store::Redis).await.unwrap_err());
    assert!(error.starts_with("redis did not come up: it ended while it started"), "{error}");
    assert!(error.contains("| ") && error.contains("in use"), "{error}");
    assert!(folder.state().unwrap().parts["redis"].process.is_none());
    drop(stranger);
    stores.start(Store::Redis).await.unwrap();
}
