//! What users want to be told, when and in which language.

use std::time::Duration;

use social_proto::notification::v1::*;
use social_testing::eventually;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::world::{SOON, World, comment, message, reaction, with_token};

fn preference(kind: NotificationKind, channels: &[NotificationChannel]) -> Preference {
    Preference { kind: kind.into(), channels: channels.iter().map(|channel| (*channel).into()).collect() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_goes_on_its_ways() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    let token = world.device(ada, PushProvider::Fcm).await;

    let request = world.as_user(ada, GetPreferencesRequest {});
    let defaults = world.client.clone().get_preferences(request).await.unwrap().into_inner().preferences.unwrap();
    assert_eq!(defaults.preferences.len(), 6);
    assert!(defaults.preferences.iter().all(|one| one.channels.len() == 2) && defaults.quiet_hours.is_none());

    let wanted = Preferences {
        preferences: vec![
            preference(NotificationKind::Commented, &[NotificationChannel::Push]),
            preference(NotificationKind::Reacted, &[]),
            preference(NotificationKind::Message, &[NotificationChannel::InApp]),
        ],
        quiet_hours: None,
    };
    let stored = world.prefer(ada, wanted.clone()).await;
    assert_eq!(world.prefer(ada, wanted).await, stored);
    let channels: Vec<usize> = stored.preferences.iter().map(|one| one.channels.len()).collect();
    assert_eq!(channels, [2, 1, 0, 1, 2, 2]);

    world.publish(&[reaction(Uuid::now_v7(), ada, bob, 1), comment(ada, bob)]).await;
    world.publish(&[message(bob, &[ada])]).await;
    let told = world.told(ada, 1).await;
    assert_eq!((told[0].kind(), world.unread(ada).await), (NotificationKind::Message, 1));
    eventually(SOON, || async {
        let pushed = world.fcm.seen_by(&token);
        anyhow::ensure!(pushed.len() == 1);
        assert_eq!(pushed[0].body["message"]["data"]["kind"], "commented");
        Ok(())
    })
    .await
    .unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((world.fcm.seen().len(), world.list(ada).await.len()), (1, 1));
    // What is only pushed can be read too.
    let data = &world.fcm.seen()[0].body["message"]["data"];
    let request = SetReadRequest { notification_id: data["notification_id"].as_str().unwrap().to_owned() };
    world.client.clone().set_read(world.as_user(ada, request)).await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_pushed_in_quiet_hours_of_the_users_clock() {
    let world = World::start().await;
    let [ada, bob, eve] = [(); 3].map(|()| Uuid::now_v7());
    let bearer = world.tokens.user(ada);
    // Thirteen hours ahead or behind: no minute of an hour around now is the same in UTC.
    world.users.settings(&bearer, "en", "Pacific/Tongatapu");
    let device = world.device(ada, PushProvider::Fcm).await;
    let other = world.device(eve, PushProvider::Fcm).await;
    let now = OffsetDateTime::now_utc() + Duration::from_secs(13 * 3600);
    let minute = i32::from(now.hour()) * 60 + i32::from(now.minute());
    let around = QuietHours { begin_minute: (minute + 1380) % 1440, end_minute: (minute + 60) % 1440 };
    let quiet = |hours| Preferences { preferences: Vec::new(), quiet_hours: Some(hours) };
    let put = async |hours| {
        let request = with_token(&bearer, PutPreferencesRequest { preferences: Some(quiet(hours)) });
        world.client.clone().put_preferences(request).await.unwrap().into_inner().preferences.unwrap()
    };
    assert_eq!(put(around).await.quiet_hours, Some(around));
    // The other one has the same hours by the clock of Greenwich.
    world.prefer(eve, quiet(around)).await;

    world.publish(&[message(bob, &[ada, eve])]).await;
    world.told(ada, 1).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen_by(&other).len() == 1);
        Ok(())
    })
    .await
    .unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(world.fcm.seen_by(&device).is_empty());
    let waits = "SELECT extract(epoch FROM next_attempt_time - now())::bigint FROM deliveries";
    let seconds = world.count(waits).await;
    assert!((3400..=3660).contains(&seconds), "{seconds}");

    // Without user-service the clock stays known, and what waits is looked at again when the hours change.
    world.users.down(true);
    put(QuietHours { begin_minute: (minute + 60) % 1440, end_minute: (minute + 120) % 1440 }).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.fcm.seen_by(&device).len() == 1);
        Ok(())
    })
    .await
    .unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_is_not_pushed() {
    let world = World::start().await;
    let [ada, bob] = [(); 2].map(|()| Uuid::now_v7());
    world.device(ada, PushProvider::Fcm).await;
    let now = OffsetDateTime::now_utc();
    let minute = i32::from(now.hour()) * 60 + i32::from(now.minute());
    let hours = QuietHours { begin_minute: (minute + 1380) % 1440, end_minute: (minute + 60) % 1440 };
    world.prefer(ada, Preferences { preferences: Vec::new(), quiet_hours: Some(hours) }).await;
    world.publish(&[message(bob, &[ada])]).await;
    let told = world.told(ada, 1).await;
    let request = SetReadRequest { notification_id: told[0].notification_id.clone() };
    world.client.clone().set_read(world.as_user(ada, request)).await.unwrap();
    world.prefer(ada, Preferences::default()).await;
    eventually(SOON, || async {
        anyhow::ensure!(world.count("SELECT count(*) FROM deliveries").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    assert!(world.fcm.seen().is_empty());
    world.stop().await;
}
