use redis::streams::{StreamReadOptions, StreamReadReply};
use redis::AsyncCommands;

#[tokio::main]
async fn main() {
    let client = redis::Client::open("redis://redis:6379").unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let _: String = connection.xadd("orders", "*", &[("a", "b")]).await.unwrap();
    let mut pipe = redis::pipe();
    pipe.xadd("piped", "*", &[("a", "b")]);
    pipe.cmd("XADD").arg("commanded").arg("*").arg("a").arg("b");
    let _: () = pipe.query_async(&mut connection).await.unwrap();
    let _: () = redis::pipe().publish("announced", "b").query_async(&mut connection).await.unwrap();
    let options = StreamReadOptions::default().group("billing", "one").block(0);
    let _: StreamReadReply = connection.xread_options(&["orders"], &[">"], &options).await.unwrap();
    let mut read = redis::cmd("XREADGROUP");
    read.arg("GROUP").arg("audit").arg("one").arg("STREAMS").arg("piped").arg(">");
    let _: StreamReadReply = read.query_async(&mut connection).await.unwrap();
    connection.psubscribe("events.*").await.unwrap();
}
