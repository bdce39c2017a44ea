use async_nats::jetstream::{self, consumer::pull};
use deadpool_postgres::{Config, Runtime};
use object_store::{ObjectStore, aws::AmazonS3Builder, path::Path};
use rdkafka::{ClientConfig, consumer::{Consumer, StreamConsumer}, producer::{FutureProducer, FutureRecord}};
use tokio_postgres::NoTls;

#[tokio::main]
async fn main() {
    // A chain on a variable, whose result is dropped.
    let mut settings = ClientConfig::new();
    settings.set("bootstrap.servers", "kafka:9092").set("group.id", "mail");
    let consumer: StreamConsumer = settings.create().unwrap();
    consumer.subscribe(&["shop.orders"]).unwrap();
    let producer: FutureProducer = settings.create().unwrap();

    // Fields of literals, and fields that are assigned.
    let record = FutureRecord { topic: "shop.audit", payload: Some("p"), key: None::<&str>, partition: None, timestamp: None, headers: None };
    producer.send(record, std::time::Duration::ZERO).await.unwrap();
    let carts = Config { host: Some("pg".into()), dbname: Some("carts".into()), ..Default::default() };
    let pool = carts.create_pool(Some(Runtime::Tokio1), NoTls).unwrap();
    pool.get().await.unwrap().execute("DELETE FROM carts", &[]).await.unwrap();
    let mut orders = Config::new();
    orders.url = Some("postgres://pg/orders".into());
    let pool = orders.create_pool(Some(Runtime::Tokio1), NoTls).unwrap();
    pool.get().await.unwrap().execute("DELETE FROM orders", &[]).await.unwrap();
    let nats = jetstream::new(async_nats::ConnectOptions::new().connect("nats://nats:4222").await.unwrap());
    let stream = nats.get_stream("GEO").await.unwrap();
    let only = pull::Config { durable_name: Some("geo".into()), filter_subject: "geo.moved".into(), ..Default::default() };
    stream.create_consumer(only).await.unwrap();
    stream.create_consumer(pull::Config { durable_name: Some("all".into()), ..Default::default() }).await.unwrap();

    // A setter that several types of the crate share.
    let store = AmazonS3Builder::from_env().with_bucket_name("photos").build().unwrap();
    store.put(&Path::from("a"), "x".into()).await.unwrap();
}
