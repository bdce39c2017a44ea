//! Profiles and settings of the caller.

use prost_types::FieldMask;
use social_proto::user::v1::*;
use social_testing::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::world::{SOON, World, code};

async fn update(world: &World, caller: Uuid, profile: Profile, fields: &[&str]) -> Result<Profile, Status> {
    let update_mask = Some(mask(fields));
    let request = UpdateProfileRequest { profile: Some(profile), update_mask };
    Ok(world.users.clone().update_profile(world.as_user(caller, request)).await?.into_inner().profile.unwrap())
}

async fn change(world: &World, caller: Uuid, settings: Settings, fields: &[&str]) -> Result<Settings, Status> {
    let update_mask = Some(mask(fields));
    let request = UpdateSettingsRequest { settings: Some(settings), update_mask };
    Ok(world.users.clone().update_settings(world.as_user(caller, request)).await?.into_inner().settings.unwrap())
}

fn mask(fields: &[&str]) -> FieldMask {
    FieldMask { paths: fields.iter().map(|field| (*field).to_owned()).collect() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn profiles_and_settings_change_as_their_owner_says() {
    let world = World::start().await;
    let [ada, bob] = world.users("ada").await;
    let first = world.profile(ada, ada).await.unwrap();

    // Only named fields change, and what the service fills is passed over.
    let avatar = Uuid::now_v7().to_string();
    let wanted = Profile {
        user_id: bob.to_string(),
        handle: "root".to_owned(),
        display_name: "Ada ✨".to_owned(),
        bio: "not named".to_owned(),
        avatar_media_id: avatar.clone(),
        follower_count: 99,
        etag: first.etag.clone(),
        ..Profile::default()
    };
    let second = update(&world, ada, wanted.clone(), &["display_name", "avatar_media_id"]).await.unwrap();
    let expected = Profile {
        display_name: "Ada ✨".to_owned(),
        avatar_media_id: avatar,
        etag: second.etag.clone(),
        ..first.clone()
    };
    assert_eq!(second, expected);
    assert_ne!(second.etag, first.etag);
    assert_eq!(world.profile(bob, ada).await.unwrap(), second);

    // The same once more is the same answer; another change on an old etag is refused.
    assert_eq!(update(&world, ada, wanted.clone(), &["display_name", "avatar_media_id"]).await.unwrap(), second);
    let late = Profile { bio: "late".to_owned(), etag: first.etag.clone(), ..Profile::default() };
    assert_eq!(code(update(&world, ada, late.clone(), &["bio"]).await), Code::Aborted);
    assert_eq!(
        code(update(&world, ada, Profile { etag: "?".to_owned(), ..late.clone() }, &["bio"]).await),
        Code::Aborted
    );
    let third = update(&world, ada, Profile { etag: second.etag.clone(), ..late }, &["bio"]).await.unwrap();
    assert_eq!(third.bio, "late");
    let fourth = update(&world, ada, Profile::default(), &["avatar_media_id"]).await.unwrap();
    assert_eq!(fourth.avatar_media_id, "");

    // By handle, in any case.
    let by = Some(get_profile_request::By::Handle("ADA_0".to_owned()));
    let found = world.users.clone().get_profile(world.as_user(bob, GetProfileRequest { by })).await.unwrap();
    assert_eq!(found.into_inner().profile.unwrap(), fourth);

    // Settings begin somewhere and change in named fields.
    let request = world.as_user(ada, GetSettingsRequest {});
    let settings = world.users.clone().get_settings(request).await.unwrap().into_inner().settings.unwrap();
    assert!(settings.discoverable);
    assert_eq!(settings.message_policy(), MessagePolicy::Everyone);
    let wanted = Settings {
        locale: "de-AT".to_owned(),
        time_zone: "europe/vienna".to_owned(),
        discoverable: false,
        message_policy: MessagePolicy::Nobody.into(),
    };
    let changed = change(&world, ada, wanted.clone(), &["locale", "time_zone"]).await.unwrap();
    let expected = Settings { locale: "de-AT".to_owned(), time_zone: "Europe/Vienna".to_owned(), ..settings };
    assert_eq!(changed, expected);
    let changed = change(&world, ada, wanted, &["discoverable", "message_policy"]).await.unwrap();
    assert!(!changed.discoverable);
    assert_eq!(changed.message_policy(), MessagePolicy::Nobody);

    // Told: three changes of the profile and one of what others see of the settings, each whole.
    let told = eventually(SOON, || async {
        let mut events = world.events::<UserEvent>().await;
        events.retain(|event| event.user_id == ada.to_string());
        anyhow::ensure!(events.len() >= 5, "{} events", events.len());
        Ok(events)
    })
    .await
    .unwrap();
    assert_eq!(told.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let last = ProfileUpdated {
        handle: "ada_0".to_owned(),
        display_name: "Ada ✨".to_owned(),
        bio: "late".to_owned(),
        avatar_media_id: String::new(),
        discoverable: false,
    };
    assert_eq!(told[4].event, Some(user_event::Event::Updated(last)));
    world.stop().await;
}
