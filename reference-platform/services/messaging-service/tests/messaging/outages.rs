//! What goes on while Redis is away.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use social_proto::messaging::v1::chat_response::Event;
use social_proto::messaging::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::devices::Device;
use crate::world::{World, code};

/// A Redis of this test.
struct Redis {
    port: u16,
    server: Child,
}

impl Redis {
    fn start(port: u16) -> Redis {
        let port =
            if port == 0 { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() } else { port };
        let server = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        Redis { port, server }
    }

    /// As a crash.
    fn kill(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

#[tokio::test]
async fn without_redis_messages_are_stored_and_sessions_look_for_themselves() {
    let mut redis = Redis::start(0);
    let url = format!("redis://127.0.0.1:{}", redis.port);
    let world = World::start_with(2, |settings| settings.redis.url = url.clone()).await;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let mut device = Device::connect(&world, &world.replicas[1], ben, "").await;
    world.say(anna, &conversation, "with Redis").await;
    assert_eq!(device.message().await.text, "with Redis");

    redis.kill();
    let start = Instant::now();
    world.say(anna, &conversation, "without Redis").await;
    let read = SetReceiptRequest { conversation_id: conversation.conversation_id.clone(), kind: 2, sequence: 2 };
    world.messaging().set_receipt(world.as_user(anna, read)).await.unwrap();
    assert_eq!(device.message().await.text, "without Redis");
    assert!(matches!(device.next().await.unwrap(), Event::Receipt(receipt) if receipt.sequence == 2));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    // A session can begin as well.
    let mut of_anna = Device::connect(&world, &world.replicas[0], anna, "").await;
    world.say(ben, &conversation, "still there").await;
    assert_eq!(of_anna.message().await.text, "still there");
    assert_eq!(device.message().await.text, "still there");
    let presence = BatchGetPresenceRequest { user_ids: vec![ben.to_string()] };
    assert_eq!(code(world.messaging().batch_get_presence(world.as_user(anna, presence)).await), Code::Unavailable);

    let _redis = Redis::start(redis.port);
    eventually(Duration::from_secs(10), || async {
        let presence = BatchGetPresenceRequest { user_ids: vec![ben.to_string()] };
        world.messaging().batch_get_presence(world.as_user(anna, presence)).await?;
        Ok(())
    })
    .await
    .unwrap();
    world.say(anna, &conversation, "Redis is back").await;
    assert_eq!(device.message().await.text, "Redis is back");
    assert_eq!(of_anna.message().await.text, "Redis is back");
    world.stop().await;
}

/// What is published can be lost without anybody noticing: then it is found a little later.
#[tokio::test]
async fn what_redis_loses_is_found() {
    let world = World::start_with(1, |settings| settings.sweep_interval = Duration::from_millis(300)).await;
    let (anna, ben) = (Uuid::now_v7(), Uuid::now_v7());
    let conversation = world.begin(anna, &[ben]).await;
    let mut device = Device::connect(&world, &world.replicas[0], ben, "").await;
    // The same database with another prefix: a replica whose publications nobody hears.
    let deaf = world.another(|settings| settings.redis.prefix.push_str("deaf-")).await;
    let mut messaging = deaf.messaging.clone();
    let request = crate::world::saying(&conversation.conversation_id, "lost on the way");
    messaging.send_message(world.as_user(anna, request)).await.unwrap();
    assert_eq!(device.message().await.text, "lost on the way");
    deaf.crash().await;
    world.stop().await;
}
