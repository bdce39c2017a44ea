//! Many say something at once, on two replicas: publications overtake each other, and still each device hears all in one order.

use std::collections::HashMap;

use social_proto::messaging::v1::chat_response::Event;
use uuid::Uuid;

use crate::devices::Device;
use crate::world::{World, saying};

#[tokio::test]
async fn each_device_hears_all_once_and_in_one_order() {
    const EACH: usize = 12;
    let world = World::start_with(2, |_| {}).await;
    let listener = Uuid::now_v7();
    let senders = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let group = world.begin(listener, &senders).await;
    let other = world.begin(senders[0], &[listener, senders[1], senders[2]]).await;
    let mut devices = Vec::new();
    for replica in &world.replicas {
        devices.push(Device::connect(&world, replica, listener, "").await);
    }
    let sending = senders.iter().enumerate().map(|(number, sender)| {
        let mut messaging = world.replicas[number % 2].messaging.clone();
        let (world, group, other) = (&world, &group, &other);
        async move {
            for at in 0..EACH {
                let conversation = if at % 2 == number % 2 { group } else { other };
                let request = saying(&conversation.conversation_id, "text");
                messaging.send_message(world.as_user(*sender, request)).await.unwrap();
            }
        }
    });
    futures::future::join_all(sending).await;

    let mut heard = Vec::new();
    for device in &mut devices {
        let (mut order, mut last) = (Vec::new(), HashMap::new());
        while order.len() < EACH * senders.len() {
            let Event::Message(message) = device.next().await.unwrap() else { continue };
            let before = last.insert(message.conversation_id.clone(), message.sequence).unwrap_or_default();
            assert_eq!(message.sequence, before + 1, "neither a gap nor a repetition");
            order.push(message.message_id);
        }
        assert!(device.is_silent().await);
        heard.push(order);
    }
    assert_eq!(heard[0], heard[1]);
    world.stop().await;
}
