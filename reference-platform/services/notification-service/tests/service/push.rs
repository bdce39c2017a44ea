//! Pushes: what providers get, and what happens when they fail.

use std::time::Duration;

use social_proto::notification::v1::*;
use social_testing::eventually;
use uuid::Uuid;

use crate::provider::Answer;
use crate::world::{SOON, World, message};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_provider_gets_its_form_and_one_that_is_off_nothing() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    world.users.name(bob, "Bob");
    let phone = world.device(ada, PushProvider::Fcm).await;
    let tablet = world.device(ada, PushProvider::Apns).await;
    world.device(ada, PushProvider::WebPush).await;
    let sent = message(bob, &[ada]);
    world.publish(&[sent.clone(), sent.clone()]).await;
    let notification = world.told(ada, 1).await.remove(0);
    let (fcm, apns) = eventually(SOON, || async {
        let (fcm, apns) = (world.fcm.seen_by(&phone), world.apns.seen_by(&tablet));
        anyhow::ensure!(fcm.len() == 1 && apns.len() == 1);
        anyhow::ensure!(world.count("SELECT count(*) FROM deliveries").await == 0);
        Ok((fcm[0].clone(), apns[0].clone()))
    })
    .await
    .unwrap();
    for push in [&fcm, &apns] {
        assert_eq!(push.text(), ("New message".to_owned(), "Bob wrote to you.".to_owned()));
        assert!(Uuid::parse_str(push.key()).is_ok());
    }
    assert_eq!((fcm.path.as_str(), fcm.headers["authorization"].as_str()), ("/send", "Bearer fcm secret"));
    assert_eq!((apns.path.as_str(), apns.headers.get("authorization")), (format!("/3/device/{tablet}").as_str(), None));
    assert_eq!(apns.headers["apns-id"], apns.key());
    let data = &fcm.body["message"]["data"];
    assert_eq!(data["notification_id"], notification.notification_id);
    assert_eq!((&data["kind"], &data["subject_id"]), (&"message".into(), &sent.conversation_id.into()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_is_tried_again_with_the_same_key() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let mut tokens = Vec::new();
    for answers in [&[Answer::Status(503), Answer::Status(429)][..], &[Answer::Slow], &[Answer::Later(503, "2")]] {
        let token = world.device(ada, PushProvider::Fcm).await;
        world.fcm.answer(&token, answers);
        tokens.push(token);
    }
    let start = std::time::Instant::now();
    world.publish(&[message(bob, &[ada])]).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen().len() == 7, "{}", world.fcm.seen().len());
        anyhow::ensure!(world.count("SELECT count(*) FROM deliveries").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    assert!(start.elapsed() > Duration::from_secs(2), "the provider said when");
    let counts: Vec<usize> = tokens.iter().map(|token| world.fcm.seen_by(token).len()).collect();
    assert_eq!(counts, [3, 2, 2]);
    for token in &tokens {
        let seen = world.fcm.seen_by(token);
        assert!(seen.iter().all(|push| push.key() == seen[0].key()));
    }
    assert_eq!((world.devices(ada).await.len(), world.dead_letters().await.len()), (3, 0));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_whose_token_is_gone_is_forgotten() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let kept = Uuid::new_v4();
    for (provider, answer) in [
        (PushProvider::Fcm, Answer::Status(410)),
        (PushProvider::Fcm, Answer::Text(404, r#"{"error":{"details":[{"errorCode":"UNREGISTERED"}]}}"#)),
        (PushProvider::Apns, Answer::Text(400, r#"{"reason":"BadDeviceToken"}"#)),
    ] {
        let token = world.device(ada, provider).await;
        world.fcm.answer(&token, &[answer]);
        world.apns.answer(&token, &[answer]);
    }
    world.put_device(ada, kept, PushProvider::Fcm, "kept").await.unwrap();
    // A URL that is wrong for a while costs nobody a device.
    world.fcm.answer("kept", &[Answer::Status(404)]);
    world.publish(&[message(bob, &[ada])]).await;
    eventually(SOON, || async {
        let devices: Vec<String> = world.devices(ada).await.into_iter().map(|one| one.device_id).collect();
        anyhow::ensure!(devices == [kept.to_string()], "{devices:?}");
        anyhow::ensure!(world.fcm.seen_by("kept").len() == 2);
        anyhow::ensure!(world.count("SELECT count(*) FROM deliveries").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(world.dead_letters().await.len(), 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_down_is_left_alone_and_holds_up_no_other() {
    let world = World::start_with(|settings| {
        settings.push.push_breaker_failures = 3;
        settings.push.push_concurrency = 2;
        settings.push.push_attempts = 100;
    })
    .await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    world.device(ada, PushProvider::Fcm).await;
    world.device(ada, PushProvider::Apns).await;
    world.fcm.always(Some(Answer::Slow));
    let messages: Vec<_> = (0..12).map(|_| message(bob, &[ada])).collect();
    world.publish(&messages).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.apns.seen().len() == 12, "{}", world.apns.seen().len());
        Ok(())
    })
    .await
    .unwrap();
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen().len() >= 4);
        Ok(())
    })
    .await
    .unwrap();
    // Open: one attempt in each pause and timeout.
    let before = world.fcm.seen().len();
    tokio::time::sleep(Duration::from_millis(2400)).await;
    let tries = world.fcm.seen().len() - before;
    assert!((1..=4).contains(&tries), "{tries} attempts");

    world.fcm.always(None);
    eventually(SOON, || async {
        let left = world.count("SELECT count(*) FROM deliveries").await;
        anyhow::ensure!(left == 0, "{left}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!((world.apns.seen().len(), world.dead_letters().await.len()), (12, 0));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_recipient_gets_no_more_than_the_limit() {
    let world = World::start_with(|settings| settings.push.push_limit = 3).await;
    let [ada, bob, eve] = [(); 3].map(|()| Uuid::now_v7());
    let (device, other) = (world.device(ada, PushProvider::Fcm).await, world.device(eve, PushProvider::Fcm).await);
    let mut messages: Vec<_> = (0..8).map(|_| message(bob, &[ada])).collect();
    messages.push(message(bob, &[eve]));
    world.publish(&messages).await;
    world.told(ada, 8).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen_by(&other).len() == 1);
        anyhow::ensure!(world.count("SELECT count(*) FROM deliveries").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(world.fcm.seen_by(&device).len(), 3);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_replica_had_in_hand_is_taken_over_and_what_is_late_dropped() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let device = world.device(ada, PushProvider::Fcm).await;
    world.fcm.always(Some(Answer::Later(503, "3600")));
    world.publish(&[message(bob, &[ada]), message(bob, &[ada])]).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM deliveries WHERE attempt_count = 1").await == 2);
        Ok(())
    })
    .await
    .unwrap();
    world.fcm.always(None);
    // One is in the hand of a replica whose lease has just ended, the other one was never tried and is too late.
    for query in [
        "UPDATE deliveries SET expire_time = now(), attempt_count = 0
         WHERE delivery_id = (SELECT min(delivery_id::text)::uuid FROM deliveries)",
        "UPDATE deliveries SET lease_id = gen_random_uuid(), next_attempt_time = now()",
    ] {
        sqlx::query(query).execute(world.database.pool()).await.unwrap();
    }
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM deliveries").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(world.fcm.seen_by(&device).len(), 3);
    assert_eq!(world.dead_letters().await.len(), 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_belong_to_whoever_set_them_last() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let device = Uuid::new_v4();
    world.put_device(ada, device, PushProvider::Fcm, "shared").await.unwrap();
    world.put_device(ada, device, PushProvider::Fcm, "shared").await.unwrap();
    assert_eq!(world.devices(ada).await.len(), 1);
    let taken = world.put_device(bob, device, PushProvider::Fcm, "shared").await.unwrap();
    assert_eq!(taken.device_id, device.to_string());
    assert_eq!((world.devices(ada).await.len(), world.devices(bob).await), (0, vec![taken]));
    // The same id without the token takes nothing away.
    world.put_device(ada, device, PushProvider::Apns, "other").await.unwrap();
    assert_eq!((world.devices(ada).await.len(), world.devices(bob).await.len()), (1, 1));
    world.publish(&[message(Uuid::now_v7(), &[bob])]).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen_by("shared").len() == 1);
        Ok(())
    })
    .await
    .unwrap();

    // At the same time, too.
    let crowd: Vec<Uuid> = (0..8).map(|_| Uuid::now_v7()).collect();
    let puts = crowd.iter().map(|user| world.put_device(*user, device, PushProvider::Apns, "crowded"));
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    assert_eq!(world.count("SELECT count(*) FROM devices WHERE token = 'crowded'").await, 1);

    // The one that was not set for the longest time makes room.
    let mut set = vec![device];
    for number in 0..20 {
        set.push(Uuid::new_v4());
        world.put_device(ada, set[number + 1], PushProvider::Fcm, &format!("token {number}")).await.unwrap();
    }
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListDevicesRequest { page_size: 7, page_token };
        let page = world.client.clone().list_devices(world.as_user(ada, request)).await.unwrap().into_inner();
        found.extend(page.devices.into_iter().map(|one| one.device_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let expected: Vec<String> = set[1..].iter().rev().map(Uuid::to_string).collect();
    assert_eq!(found, expected);
    for _ in 0..2 {
        let request = DeleteDeviceRequest { device_id: expected[0].clone() };
        world.client.clone().delete_device(world.as_user(ada, request)).await.unwrap();
    }
    let request = DeleteDeviceRequest { device_id: expected[1].clone() };
    world.client.clone().delete_device(world.as_user(bob, request)).await.unwrap();
    assert_eq!(world.devices(ada).await.len(), 19);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_the_work_and_one_that_stops_loses_nothing() {
    let world = World::start_with(|settings| settings.push.push_limit = 1000).await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let device = world.device(ada, PushProvider::Fcm).await;
    let (handle, replica) = world.replica().await;
    let messages: Vec<_> = (0..80).map(|_| message(bob, &[ada])).collect();
    world.publish(&messages).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen().len() >= 10);
        Ok(())
    })
    .await
    .unwrap();
    handle.shutdown();
    tokio::time::timeout(SOON, replica).await.expect("the replica stops").unwrap().unwrap();
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM notifications").await == 80);
        let left = world.count("SELECT count(*) FROM deliveries").await;
        anyhow::ensure!(left == 0, "{left}");
        Ok(())
    })
    .await
    .unwrap();
    let seen = world.fcm.seen_by(&device);
    let keys: std::collections::HashSet<&str> = seen.iter().map(|push| push.key()).collect();
    assert_eq!((keys.len(), seen.len()), (80, 80));
    world.stop().await;
}
