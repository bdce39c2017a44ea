//! What the service tells others.

use std::sync::Mutex;
use std::time::Duration;

use social_events::{ConsumeError, Handler, Received, replay, topics};
use social_proto::messaging::v1::message_event::Event;
use social_proto::messaging::v1::*;
use social_testing::{Stores, eventually, unique};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::World;

#[derive(Default)]
struct Told(Mutex<Vec<(Vec<u8>, MessageEvent)>>);

impl Handler for Told {
    async fn apply(&self, event: Received) -> Result<(), ConsumeError> {
        self.0.lock().unwrap().push((event.key().to_vec(), event.decode()?));
        Ok(())
    }
}

#[tokio::test]
async fn each_change_is_told_in_order_without_gaps() {
    let stores = Stores::load().unwrap();
    let prefix = unique("messaging");
    let _topics = stores.topics(&prefix, &[topics::MESSAGE_EVENTS], 3).await.unwrap();
    let kafka = Mutex::new(None);
    let world = World::start_with(1, |settings| {
        settings.kafka.kafka_brokers = stores.kafka_brokers().unwrap().to_owned();
        settings.kafka.kafka_topic_prefix = prefix.clone();
        *kafka.lock().unwrap() = Some(settings.kafka.clone());
    })
    .await;
    let mut messaging = world.messaging();
    let mut users = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    users.sort();
    let [anna, ben, cleo] = users;
    let group = world.begin(anna, &[ben, Uuid::max()]).await;
    let conversation_id = group.conversation_id.clone();
    let message = world.say(ben, &group, "not for others to know").await;
    let put = PutMemberRequest { conversation_id: conversation_id.clone(), user_id: cleo.to_string() };
    messaging.put_member(world.as_user(anna, put)).await.unwrap();
    let delete =
        DeleteMessageRequest { conversation_id: conversation_id.clone(), message_id: message.message_id.clone() };
    messaging.delete_message(world.as_user(ben, delete)).await.unwrap();
    let receipt = SetReceiptRequest { conversation_id: conversation_id.clone(), kind: 2, sequence: 1 };
    messaging.set_receipt(world.as_user(anna, receipt)).await.unwrap();
    let remove = DeleteMemberRequest { conversation_id: conversation_id.clone(), user_id: ben.to_string() };
    messaging.delete_member(world.as_user(anna, remove)).await.unwrap();

    eventually(Duration::from_secs(15), || async {
        let waiting = world.outbox().await;
        anyhow::ensure!(waiting == 0, "{waiting} events wait");
        Ok(())
    })
    .await
    .unwrap();
    let told = Told::default();
    let kafka = kafka.into_inner().unwrap().unwrap();
    replay::read_all(&kafka, &[topics::MESSAGE_EVENTS], &told, &CancellationToken::new()).await.unwrap();
    let told = told.0.into_inner().unwrap();
    for (at, (key, event)) in told.iter().enumerate() {
        assert_eq!((key.as_slice(), &event.conversation_id), (conversation_id.as_bytes(), &conversation_id));
        assert_eq!(event.sequence, at as i64 + 1);
        assert!(event.occur_time.is_some() && event.event_id.parse::<Uuid>().is_ok());
    }
    let joined = |user: Uuid| Event::Joined(MemberJoined { user_id: user.to_string() });
    let expected = [
        joined(anna),
        joined(ben),
        joined(Uuid::max()),
        Event::Sent(MessageSent {
            message_id: message.message_id.clone(),
            sender_id: ben.to_string(),
            recipient_ids: vec![anna.to_string(), Uuid::max().to_string()],
        }),
        joined(cleo),
        Event::Deleted(MessageDeleted { message_id: message.message_id }),
        Event::Left(MemberLeft { user_id: ben.to_string() }),
    ];
    assert_eq!(told.into_iter().map(|(_, event)| event.event.unwrap()).collect::<Vec<_>>(), expected);
    world.stop().await;
}
