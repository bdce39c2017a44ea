#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let topics = ["shop.orders.v1", "shop.refunds.v1"];
    events::consumer::run("kafka:9092", "mail", &topics, |received| received.value.len() > 3).await
}
