//! Pushes that cannot be delivered, and what operators do with them.

use prost::Message as _;
use social_events::topics;
use social_proto::messaging::v1::MessageEvent;
use social_proto::notification::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::provider::Answer;
use crate::world::{SOON, World, code, message};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_nothing_helps_is_a_dead_letter_until_an_operator_delivers_it() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let (refused, failing) = (world.device(ada, PushProvider::Fcm).await, world.device(ada, PushProvider::Apns).await);
    world.fcm.answer(&refused, &[Answer::Status(400)]);
    world.apns.answer(&failing, &[Answer::Status(500); 4]);
    let sent = message(bob, &[ada]);
    world.publish(std::slice::from_ref(&sent)).await;
    let (entries, told) = eventually(SOON, || async {
        let (entries, told) = (world.dead_letters().await, world.events::<DeadLetter>().await);
        anyhow::ensure!(entries.len() == 2 && told.len() == 2, "{entries:?} {told:?}");
        Ok((entries, told))
    })
    .await
    .unwrap();
    let of = |cause| told.iter().find(|one| one.cause() == cause).unwrap();
    let (one, three) = (of(DeadLetterCause::Refused), of(DeadLetterCause::Exhausted));
    assert_eq!((one.attempt_count, one.reason.as_str()), (1, "fcm answered 400"));
    assert_eq!((three.attempt_count, three.reason.as_str()), (3, "apns answered 500"));
    for letter in &told {
        assert_eq!(letter.source_topic, topics::MESSAGE_EVENTS);
        assert_eq!((letter.key.as_slice(), letter.source_offset), (sent.conversation_id.as_bytes(), 0));
        assert_eq!(MessageEvent::decode(letter.value.as_slice()).unwrap(), sent);
    }
    assert!(entries.iter().all(|entry| told.iter().any(|letter| letter.dead_letter_id == entry.dead_letter_id)));
    assert_eq!((world.fcm.seen().len(), world.apns.seen().len()), (1, 3));

    // The fourth attempt fails too, the fifth does not, and there is no sixth.
    assert!(!world.redeliver(&three.dead_letter_id).await.unwrap());
    let entry = world.dead_letters().await.into_iter().find(|one| one.dead_letter_id == three.dead_letter_id).unwrap();
    assert_eq!(entry.attempt_count, 4);
    for _ in 0..2 {
        assert!(world.redeliver(&three.dead_letter_id).await.unwrap());
    }
    let seen = world.apns.seen();
    assert_eq!(seen.len(), 5);
    assert!(seen.iter().all(|push| push.key() == three.dead_letter_id));
    assert_eq!(world.dead_letters().await.len(), 1);

    // Whose device is gone is done with.
    world.fcm.answer(&refused, &[Answer::Status(410)]);
    assert!(world.redeliver(&one.dead_letter_id).await.unwrap());
    assert_eq!((world.devices(ada).await.len(), world.dead_letters().await.len()), (1, 0));
    assert_eq!(code(world.redeliver(&Uuid::now_v7().to_string()).await), Code::NotFound);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_listed_oldest_first_and_tried_by_one_at_a_time() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let device = world.device(ada, PushProvider::Fcm).await;
    world.fcm.always(Some(Answer::Status(400)));
    let messages: Vec<_> = (0..5).map(|_| message(bob, &[ada])).collect();
    world.publish(&messages).await;
    let entries = eventually(SOON, || async {
        let entries = world.dead_letters().await;
        anyhow::ensure!(entries.len() == 5);
        Ok(entries)
    })
    .await
    .unwrap();
    let time = |entry: &DeadLetterEntry| entry.fail_time.map(|time| (time.seconds, time.nanos));
    assert!(entries.windows(2).all(|pair| time(&pair[0]) <= time(&pair[1])));
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListDeadLettersRequest { page_size: 2, page_token };
        let page = world.client.clone().list_dead_letters(world.as_operator(request)).await.unwrap().into_inner();
        assert!(page.dead_letters.len() <= 2);
        found.extend(page.dead_letters);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, entries);

    world.fcm.always(None);
    world.fcm.answer(&device, &[Answer::Slow]);
    let id = &entries[0].dead_letter_id;
    let (first, second) = tokio::join!(world.redeliver(id), async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        world.redeliver(id).await
    });
    assert!(!first.unwrap(), "the provider was too slow");
    assert_eq!(code(second), Code::Aborted);
    assert!(world.redeliver(id).await.unwrap());
    world.stop().await;
}
