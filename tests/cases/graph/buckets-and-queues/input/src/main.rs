use aws_config::BehaviorVersion;
use google_cloud_pubsub::{client::{Publisher, Subscriber}, model::Message};

#[tokio::main]
async fn main() {
    let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url("http://minio:9000").load().await;
    let s3 = aws_sdk_s3::Client::new(&config);
    s3.put_object().bucket(std::env::var("BUCKET").unwrap()).key("k").send().await.unwrap();
    s3.list_objects_v2().bucket("logs").send().await.unwrap();
    let tables = aws_sdk_dynamodb::Client::new(&aws_config::load_from_env().await);
    tables.put_item().table_name("sessions").send().await.unwrap();
    let sqs = aws_sdk_sqs::Client::new(&aws_config::load_from_env().await);
    sqs.send_message().queue_url(std::env::var("QUEUE_URL").unwrap()).message_body("x").send().await.unwrap();
    let publisher = Publisher::builder("projects/p/topics/carts").build().await.unwrap();
    publisher.publish(Message::new().set_data("x")).await.unwrap();
    let subscriber = Subscriber::builder().build().await.unwrap();
    let mut session = subscriber.subscribe(std::env::var("SUBSCRIPTION").unwrap()).build();
    while let Some((_message, handler)) = session.next().await.transpose().unwrap() {
        handler.ack();
    }
}
