//! Whatever comes in, the answer is a proper one.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost_types::FieldMask;
use social_proto::user::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::world::{World, code};

/// Values from which the requests are made.
#[derive(Clone, Debug)]
struct Input {
    texts: [String; 4],
    paths: Vec<String>,
    number: i32,
    flag: bool,
}

fn text(known: Uuid) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(known.to_string()),
        any::<u128>().prop_map(|id| Uuid::from_u128(id).to_string()),
        Just("u_1".to_owned()),
        Just("eyJxIjowLCJjIjpbMCwiIl19".to_owned()),
        ".{0,60}",
        any::<String>(),
    ]
}

fn input(known: Uuid) -> impl Strategy<Value = Input> {
    let path = prop_oneof!["display_name|bio|avatar_media_id|locale|time_zone|discoverable|message_policy", ".{0,9}"];
    let number = prop_oneof![0..101, any::<i32>()];
    let texts = [(); 4].map(|()| text(known));
    (texts, prop::collection::vec(path, 0..4), number, any::<bool>()).prop_map(|(texts, paths, number, flag)| Input {
        texts,
        paths,
        number,
        flag,
    })
}

async fn codes(world: &World, caller: Uuid, input: Input) -> Vec<Code> {
    let Input { texts: [one, two, three, four], paths, number, flag } = input;
    let users = &world.users;
    let by = Some(if flag {
        get_profile_request::By::Handle(one.clone())
    } else {
        get_profile_request::By::UserId(one.clone())
    });
    let profile = Some(Profile {
        display_name: one.clone(),
        bio: two.clone(),
        avatar_media_id: three.clone(),
        etag: four.clone(),
        ..Profile::default()
    });
    let settings =
        Some(Settings { locale: one.clone(), time_zone: two.clone(), discoverable: flag, message_policy: number });
    let update_mask = Some(FieldMask { paths });
    let (page_size, page_token, id) = (number, two.clone(), one.clone());
    let user_ids = vec![one.clone(), two.clone()];
    vec![
        code(users.clone().get_profile(world.as_user(caller, GetProfileRequest { by })).await),
        code(users.clone().batch_get_profiles(world.as_user(caller, BatchGetProfilesRequest { user_ids })).await),
        code(
            users
                .clone()
                .update_profile(
                    world.as_user(caller, UpdateProfileRequest { profile, update_mask: update_mask.clone() }),
                )
                .await,
        ),
        code(
            users.clone().update_settings(world.as_user(caller, UpdateSettingsRequest { settings, update_mask })).await,
        ),
        code(users.clone().follow(world.as_user(caller, FollowRequest { user_id: id.clone() })).await),
        code(users.clone().unfollow(world.as_user(caller, UnfollowRequest { user_id: id.clone() })).await),
        code(users.clone().block(world.as_user(caller, BlockRequest { user_id: id.clone() })).await),
        code(users.clone().unblock(world.as_user(caller, UnblockRequest { user_id: id.clone() })).await),
        code(
            users
                .clone()
                .get_relationship(
                    world.as_user(caller, GetRelationshipRequest { user_id: id.clone(), other_user_id: two }),
                )
                .await,
        ),
        code(
            users
                .clone()
                .list_followers(world.as_user(
                    caller,
                    ListFollowersRequest { user_id: id.clone(), page_size, page_token: page_token.clone() },
                ))
                .await,
        ),
        code(
            users
                .clone()
                .list_following(world.as_user(
                    caller,
                    ListFollowingRequest { user_id: id.clone(), page_size, page_token: page_token.clone() },
                ))
                .await,
        ),
        code(
            users
                .clone()
                .list_mutuals(
                    world
                        .as_user(caller, ListMutualsRequest { user_id: id, page_size, page_token: page_token.clone() }),
                )
                .await,
        ),
        code(
            users
                .clone()
                .list_blocked(world.as_user(caller, ListBlockedRequest { page_size, page_token: page_token.clone() }))
                .await,
        ),
        code(
            users
                .clone()
                .list_suggestions(world.as_user(caller, ListSuggestionsRequest { page_size, page_token }))
                .await,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_a_proper_one() {
    let world = World::start().await;
    let [caller, other] = world.users("u").await;
    let runtime = tokio::runtime::Handle::current();
    let world = tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
        runner
            .run(&input(other), |input| {
                for code in runtime.block_on(codes(&world, caller, input)) {
                    prop_assert!(
                        matches!(
                            code,
                            Code::Ok
                                | Code::InvalidArgument
                                | Code::NotFound
                                | Code::FailedPrecondition
                                | Code::PermissionDenied
                                | Code::Aborted
                        ),
                        "{code:?}"
                    );
                }
                Ok(())
            })
            .unwrap();
        world
    })
    .await
    .unwrap();
    world.stop().await;
}
