//! What is not allowed or makes no sense is refused with the right code, and changes nothing.

use prost_types::FieldMask;
use social_proto::user::v1::*;
use tonic::Code::{InvalidArgument, NotFound, PermissionDenied, Unauthenticated};
use tonic::{Code, Request};
use uuid::Uuid;

use crate::world::{World, code};

/// Who calls, by a token or without one.
struct Bearer(Option<String>);

impl Bearer {
    fn asks<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        request
    }
}

/// The code of each RPC, for requests that are as they should be if the id is one.
async fn codes(world: &World, id: &str, caller: &Bearer) -> Vec<(&'static str, Code)> {
    let users = &world.users;
    let id = id.to_owned();
    let mask = |field: &str| Some(FieldMask { paths: vec![field.to_owned()] });
    vec![
        (
            "GetProfile",
            code(
                users
                    .clone()
                    .get_profile(
                        caller.asks(GetProfileRequest { by: Some(get_profile_request::By::UserId(id.clone())) }),
                    )
                    .await,
            ),
        ),
        (
            "UpdateProfile",
            code(
                users
                    .clone()
                    .update_profile(
                        caller
                            .asks(UpdateProfileRequest { profile: Some(Profile::default()), update_mask: mask("bio") }),
                    )
                    .await,
            ),
        ),
        ("GetSettings", code(users.clone().get_settings(caller.asks(GetSettingsRequest {})).await)),
        (
            "UpdateSettings",
            code(
                users
                    .clone()
                    .update_settings(caller.asks(UpdateSettingsRequest {
                        settings: Some(Settings::default()),
                        update_mask: mask("discoverable"),
                    }))
                    .await,
            ),
        ),
        ("Follow", code(users.clone().follow(caller.asks(FollowRequest { user_id: id.clone() })).await)),
        ("Unfollow", code(users.clone().unfollow(caller.asks(UnfollowRequest { user_id: id.clone() })).await)),
        ("Block", code(users.clone().block(caller.asks(BlockRequest { user_id: id.clone() })).await)),
        ("Unblock", code(users.clone().unblock(caller.asks(UnblockRequest { user_id: id.clone() })).await)),
        (
            "ListMutuals",
            code(
                users
                    .clone()
                    .list_mutuals(caller.asks(ListMutualsRequest { user_id: id.clone(), ..Default::default() }))
                    .await,
            ),
        ),
        ("ListBlocked", code(users.clone().list_blocked(caller.asks(ListBlockedRequest::default())).await)),
        ("ListSuggestions", code(users.clone().list_suggestions(caller.asks(ListSuggestionsRequest::default())).await)),
        (
            "BatchGetProfiles",
            code(
                users
                    .clone()
                    .batch_get_profiles(caller.asks(BatchGetProfilesRequest { user_ids: vec![id.clone()] }))
                    .await,
            ),
        ),
        (
            "GetRelationship",
            code(
                users
                    .clone()
                    .get_relationship(
                        caller.asks(GetRelationshipRequest { user_id: id.clone(), other_user_id: id.clone() }),
                    )
                    .await,
            ),
        ),
        (
            "ListFollowers",
            code(
                users
                    .clone()
                    .list_followers(caller.asks(ListFollowersRequest { user_id: id.clone(), ..Default::default() }))
                    .await,
            ),
        ),
        (
            "ListFollowing",
            code(
                users
                    .clone()
                    .list_following(caller.asks(ListFollowingRequest { user_id: id.clone(), ..Default::default() }))
                    .await,
            ),
        ),
    ]
}

/// Everything that a refusal must not change.
async fn state(world: &World) -> Vec<i64> {
    let counted = sqlx::query_as::<_, (i64, i64, i64, i64)>(
        "SELECT (SELECT count(*) FROM follows), (SELECT count(*) FROM blocks),
                (SELECT sum(version)::bigint FROM profiles), (SELECT sum(event_sequence)::bigint FROM members)",
    );
    let (follows, blocks, versions, events) = counted.fetch_one(world.database.pool()).await.unwrap();
    vec![follows, blocks, versions, events]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_call_is_refused() {
    let world = World::start().await;
    let [ada, bob] = world.users("ada").await;
    let before = state(&world).await;

    for (method, code) in codes(&world, &bob.to_string(), &Bearer(None)).await {
        assert_eq!(code, Unauthenticated, "{method}");
    }
    let expired = Bearer(Some(world.tokens.expired(ada)));
    for (method, code) in codes(&world, &bob.to_string(), &expired).await {
        assert_eq!(code, Unauthenticated, "{method}");
    }
    let service = Bearer(Some(world.tokens.service("feed-service")));
    let for_services = ["BatchGetProfiles", "GetRelationship", "ListFollowers", "ListFollowing"];
    for (method, code) in codes(&world, &bob.to_string(), &service).await {
        let expected = if for_services.contains(&method) { Code::Ok } else { PermissionDenied };
        assert_eq!(code, expected, "{method}");
    }
    let operator = Bearer(Some(world.tokens.operator()));
    for (method, code) in codes(&world, &bob.to_string(), &operator).await {
        assert_eq!(code, PermissionDenied, "{method}");
    }
    // An account whose profile is not there yet.
    let stranger = Bearer(Some(world.tokens.user(Uuid::now_v7())));
    for (method, code) in codes(&world, &bob.to_string(), &stranger).await {
        let expected = match method {
            "GetProfile" | "ListMutuals" | "ListBlocked" | "ListSuggestions" | "BatchGetProfiles" | "ListFollowers"
            | "ListFollowing" => Code::Ok,
            "GetRelationship" => PermissionDenied,
            _ => NotFound,
        };
        assert_eq!(code, expected, "{method}");
    }
    assert_eq!(state(&world).await, before);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused() {
    let world = World::start().await;
    let [ada] = world.users("ada").await;
    let users = &world.users;
    let mask = |field: &str| Some(FieldMask { paths: vec![field.to_owned()] });

    for id in ["", "x", "00000000-0000-0000-0000-00000000000", &"a".repeat(100_000)] {
        for (method, code) in codes(&world, id, &Bearer(Some(world.tokens.user(ada)))).await {
            let without_id = ["UpdateProfile", "GetSettings", "UpdateSettings", "ListBlocked", "ListSuggestions"];
            if !without_id.contains(&method) {
                assert_eq!(code, InvalidArgument, "{method}");
            }
        }
    }
    let before = state(&world).await;
    let by_handle = |handle: &str| Some(get_profile_request::By::Handle(handle.to_owned()));
    for by in [None, by_handle(""), by_handle("a b c"), by_handle("ab"), by_handle(&"a".repeat(31))] {
        assert_eq!(
            code(users.clone().get_profile(world.as_user(ada, GetProfileRequest { by })).await),
            InvalidArgument
        );
    }
    let profile = Profile {
        display_name: "ä".repeat(51),
        bio: "\u{7}".to_owned(),
        avatar_media_id: "x".to_owned(),
        ..Default::default()
    };
    for (profile, update_mask) in [
        (None, mask("bio")),
        (Some(Profile::default()), None),
        (Some(Profile::default()), mask("handle")),
        (Some(profile.clone()), mask("display_name")),
        (Some(profile.clone()), mask("bio")),
        (Some(profile), mask("avatar_media_id")),
        (Some(Profile { bio: "ä".repeat(301), ..Default::default() }), mask("bio")),
        (Some(Profile::default()), Some(FieldMask { paths: vec!["bio".to_owned(); 1000] })),
    ] {
        let request = UpdateProfileRequest { profile, update_mask };
        assert_eq!(code(users.clone().update_profile(world.as_user(ada, request)).await), InvalidArgument);
    }
    let settings =
        Settings { locale: "de_AT".to_owned(), time_zone: "Mars".to_owned(), discoverable: true, message_policy: 9 };
    for (settings, update_mask) in [
        (None, mask("locale")),
        (Some(Settings::default()), None),
        (Some(settings.clone()), mask("secret")),
        (Some(settings.clone()), mask("locale")),
        (Some(settings.clone()), mask("time_zone")),
        (Some(settings), mask("message_policy")),
        (Some(Settings::default()), mask("message_policy")),
    ] {
        let request = UpdateSettingsRequest { settings, update_mask };
        assert_eq!(code(users.clone().update_settings(world.as_user(ada, request)).await), InvalidArgument);
    }
    for user_ids in [vec![], vec![ada.to_string(); 101], vec!["x".to_owned()]] {
        let request = world.as_user(ada, BatchGetProfilesRequest { user_ids });
        assert_eq!(code(users.clone().batch_get_profiles(request).await), InvalidArgument);
    }
    let id = ada.to_string();
    for (page_size, page_token) in [(-1, ""), (101, ""), (i32::MAX, ""), (1, "x"), (1, "AAAA"), (1, "e30")] {
        let page_token = page_token.to_owned();
        let request = ListFollowersRequest { user_id: id.clone(), page_size, page_token: page_token.clone() };
        assert_eq!(code(users.clone().list_followers(world.as_user(ada, request)).await), InvalidArgument);
        let request = ListFollowingRequest { user_id: id.clone(), page_size, page_token: page_token.clone() };
        assert_eq!(code(users.clone().list_following(world.as_user(ada, request)).await), InvalidArgument);
        let request = ListMutualsRequest { user_id: id.clone(), page_size, page_token: page_token.clone() };
        assert_eq!(code(users.clone().list_mutuals(world.as_user(ada, request)).await), InvalidArgument);
        let request = ListBlockedRequest { page_size, page_token: page_token.clone() };
        assert_eq!(code(users.clone().list_blocked(world.as_user(ada, request)).await), InvalidArgument);
        let request = ListSuggestionsRequest { page_size, page_token };
        assert_eq!(code(users.clone().list_suggestions(world.as_user(ada, request)).await), InvalidArgument);
    }
    assert_eq!(state(&world).await, before);
    world.stop().await;
}
