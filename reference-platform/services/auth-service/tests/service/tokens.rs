//! Tokens: rotation, theft, revocation, introspection, keys.

use std::time::Duration;

use crate::common::*;
use social_auth::Claims;
use social_proto::auth::v1::account_event::Event;
use social_proto::auth::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

#[tokio::test]
async fn a_refresh_token_is_replaced_at_each_use() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let second = fixture.refresh(&user.tokens.refresh_token).await.unwrap();
    let third = fixture.refresh(&second.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, third.refresh_token);
    assert_eq!(third.scopes, user.tokens.scopes);
    assert_eq!(session_of(&third), session_of(&user.tokens));
    assert!(fixture.is_active(&third).await);
    fixture.stop().await;
}

#[tokio::test]
async fn a_spent_refresh_token_that_comes_again_ends_its_family() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let other = fixture.log_in("ada").await;
    let second = fixture.refresh(&user.tokens.refresh_token).await.unwrap();
    assert!(fixture.is_active(&second).await);

    refused(fixture.refresh(&user.tokens.refresh_token).await, Code::Unauthenticated);
    refused(fixture.refresh(&second.refresh_token).await, Code::Unauthenticated);
    assert!(!fixture.is_active(&second).await);
    assert!(fixture.is_active(&other).await, "another session goes on");

    // Registration, then the theft: told once, however often it comes.
    refused(fixture.refresh(&user.tokens.refresh_token).await, Code::Unauthenticated);
    assert_eq!(fixture.sequence(&user.account_id).await, 2);
    let events = fixture.events(2).await;
    assert!(matches!(&events[0].event, Some(Event::Registered(registered)) if registered.handle == "ada"));
    assert_eq!(revoked(&events[1]), (vec![session_of(&second)], RevocationReason::ReuseDetected));
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
    fixture.stop().await;
}

#[tokio::test]
async fn of_two_uses_at_the_same_time_one_is_a_theft() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let token = &user.tokens.refresh_token;
    let (one, other) = tokio::join!(fixture.refresh(token), fixture.refresh(token));
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|done| **done).count(), 1);
    let renewed = one.or(other).unwrap();
    assert!(!fixture.is_active(&renewed).await);
    fixture.stop().await;
}

#[tokio::test]
async fn a_code_that_comes_again_ends_what_it_gave() {
    let fixture = Fixture::new().await;
    let account_id = fixture.register("ada").await;
    let code = fixture.authorize("ada", PASSWORD).await.unwrap();
    let (one, other) = tokio::join!(fixture.exchange(&code), fixture.exchange(&code));
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|done| **done).count(), 1);
    let tokens = one.or(other).unwrap();
    assert!(!fixture.is_active(&tokens).await);
    refused(fixture.refresh(&tokens.refresh_token).await, Code::Unauthenticated);
    assert_eq!(fixture.sequence(&account_id).await, 2);
    fixture.stop().await;
}

#[tokio::test]
async fn refresh_tokens_of_others_and_expired_ones_are_refused_and_nothing_changes() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let token = &user.tokens.refresh_token;
    let of = |client: &str, token: &str| RefreshTokensRequest {
        client_id: client.to_owned(),
        refresh_token: token.to_owned(),
    };
    refused(fixture.client().refresh_tokens(of("other-app", token)).await, Code::Unauthenticated);
    refused(fixture.client().refresh_tokens(of(CLIENT, "unknown")).await, Code::Unauthenticated);
    refused(fixture.client().refresh_tokens(of(CLIENT, "")).await, Code::InvalidArgument);
    refused(fixture.client().refresh_tokens(of(CLIENT, &"x".repeat(5000))).await, Code::InvalidArgument);
    assert!(fixture.is_active(&user.tokens).await);
    fixture.execute("UPDATE refresh_tokens SET expire_time = now()").await;
    refused(fixture.refresh(token).await, Code::Unauthenticated);
    assert_eq!(fixture.sequence(&user.account_id).await, 1);
    fixture.stop().await;
}

#[tokio::test]
async fn either_token_revokes_its_family() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let other = fixture.log_in("ada").await;
    let revoke = |token: &str| RevokeTokenRequest { token: token.to_owned() };
    for _ in 0..2 {
        fixture.client().revoke_token(revoke(&user.tokens.access_token)).await.unwrap();
    }
    assert!(!fixture.is_active(&user.tokens).await);
    refused(fixture.refresh(&user.tokens.refresh_token).await, Code::Unauthenticated);
    assert!(fixture.is_active(&other).await);
    fixture.client().revoke_token(revoke(&other.refresh_token)).await.unwrap();
    assert!(!fixture.is_active(&other).await);

    fixture.client().revoke_token(revoke("unknown")).await.unwrap();
    refused(fixture.client().revoke_token(revoke("")).await, Code::InvalidArgument);
    refused(fixture.client().revoke_token(revoke(&"x".repeat(5000))).await, Code::InvalidArgument);
    let events = fixture.events(3).await;
    assert_eq!(revoked(&events[1]), (vec![session_of(&user.tokens)], RevocationReason::Logout));
    assert_eq!(revoked(&events[2]), (vec![session_of(&other)], RevocationReason::Logout));
    fixture.stop().await;
}

#[tokio::test]
async fn introspection_tells_whose_a_token_is() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let told = fixture.introspect(&user.tokens.access_token).await;
    assert!(told.active);
    assert_eq!(told.account_id, user.account_id);
    assert_eq!(told.session_id, session_of(&user.tokens));
    assert_eq!(told.scopes, ["social:read", "social:write"]);
    let (_, claims) = decoded(&user.tokens.access_token);
    assert_eq!(told.expire_time.unwrap().seconds, claims["exp"].as_i64().unwrap());

    // Nothing but `active` for what is no token of ours.
    let (_, claims) = decoded(&user.tokens.access_token);
    let claims: Claims = serde_json::from_value(claims).unwrap();
    let kid = decoded(&user.tokens.access_token).0["kid"].as_str().unwrap().to_owned();
    let forged = foreign_key(&kid).sign(&claims).unwrap();
    let service = fixture.platform.service("feed-service");
    for token in ["nonsense", "a.b.c", &forged, &user.tokens.refresh_token, &service] {
        assert_eq!(fixture.introspect(token).await, IntrospectTokenResponse::default());
    }
    fixture.stop().await;
}

#[tokio::test]
async fn introspection_is_for_services_and_owners() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.user("ada").await, fixture.user("bob").await);
    let of = |user: &User| IntrospectTokenRequest { access_token: user.tokens.access_token.clone() };
    refused(fixture.client().introspect_token(of(&ada)).await, Code::Unauthenticated);
    refused(
        fixture.client().introspect_token(bearer(&bob.tokens.access_token, of(&ada))).await,
        Code::PermissionDenied,
    );
    let own = fixture.client().introspect_token(bearer(&ada.tokens.access_token, of(&ada))).await.unwrap();
    assert!(own.into_inner().active);
    let empty = IntrospectTokenRequest { access_token: String::new() };
    refused(
        fixture.client().introspect_token(bearer(&fixture.platform.operator(), empty)).await,
        Code::InvalidArgument,
    );
    fixture.stop().await;
}

#[tokio::test]
async fn a_revocation_that_redis_missed_is_seen_when_it_forgets() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    assert!(fixture.is_active(&user.tokens).await);
    fixture.execute("UPDATE sessions SET revoke_time = now()").await;
    eventually(Duration::from_secs(8), || async {
        anyhow::ensure!(!fixture.is_active(&user.tokens).await);
        Ok(())
    })
    .await
    .unwrap();
    fixture.stop().await;
}

#[tokio::test]
async fn keys_rotate_while_their_tokens_go_on_working() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let before = fixture.jwks().await;
    assert_eq!(before.keys.len(), 2);
    assert!(before.max_age.unwrap().seconds > 0);
    let old_kid = decoded(&user.tokens.access_token).0["kid"].clone();

    let rotated = fixture.rotate().await;
    assert!(before.keys.iter().any(|key| key.kid == rotated.current_kid), "it was published before it signs");
    let after = fixture.jwks().await;
    assert_eq!(after.keys.len(), 3);
    assert!(after.keys.iter().any(|key| key.kid == rotated.next_kid));
    assert!(after.keys.iter().any(|key| old_kid == key.kid.as_str()));

    let renewed = fixture.refresh(&user.tokens.refresh_token).await.unwrap();
    assert_eq!(decoded(&renewed.access_token).0["kid"], rotated.current_kid);
    assert!(fixture.is_active(&user.tokens).await && fixture.is_active(&renewed).await);
    // A private key that signs no more is gone.
    assert_eq!(fixture.count("SELECT count(*) FROM signing_keys WHERE sealed_key IS NOT NULL").await, 2);

    // When its tokens have died, the public one is gone too.
    fixture.execute("UPDATE signing_keys SET state_time = now() - interval '20 minutes' WHERE state = 'retired'").await;
    eventually(Duration::from_secs(8), || async {
        anyhow::ensure!(fixture.jwks().await.keys.len() == 2);
        Ok(())
    })
    .await
    .unwrap();
    fixture.stop().await;
}

#[tokio::test]
async fn a_rotation_that_comes_again_rotates_once() {
    let fixture = Fixture::new().await;
    let request = RotateSigningKeyRequest { request_id: Uuid::new_v4().to_string() };
    let operator = fixture.platform.operator();
    let (mut one, mut other) = (fixture.client(), fixture.client());
    let (first, second) = tokio::join!(
        one.rotate_signing_key(bearer(&operator, request.clone())),
        other.rotate_signing_key(bearer(&operator, request.clone()))
    );
    assert_eq!(first.unwrap().into_inner(), second.unwrap().into_inner());
    assert_eq!(fixture.count("SELECT count(*) FROM signing_keys").await, 3);
    fixture.stop().await;
}

#[tokio::test]
async fn keys_are_rotated_by_operators_and_not_too_often() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let request = || RotateSigningKeyRequest { request_id: Uuid::new_v4().to_string() };
    refused(fixture.client().rotate_signing_key(request()).await, Code::Unauthenticated);
    for token in [&user.tokens.access_token, &fixture.platform.service("user-service")] {
        refused(fixture.client().rotate_signing_key(bearer(token, request())).await, Code::PermissionDenied);
    }
    let malformed = RotateSigningKeyRequest { request_id: String::new() };
    let operator = fixture.platform.operator();
    refused(fixture.client().rotate_signing_key(bearer(&operator, malformed)).await, Code::InvalidArgument);
    assert_eq!(fixture.count("SELECT count(*) FROM signing_keys").await, 2);

    for _ in 0..6 {
        fixture.rotate().await;
    }
    assert_eq!(fixture.jwks().await.keys.len(), 8);
    refused(fixture.client().rotate_signing_key(bearer(&operator, request())).await, Code::ResourceExhausted);
    assert!(fixture.is_active(&user.tokens).await, "the oldest of eight keys still verifies");
    fixture.stop().await;
}

#[tokio::test]
async fn replicas_rotate_by_themselves_and_agree() {
    let fixture = Fixture::with(|settings| settings.keys.signing_key_rotation = Duration::from_secs(2)).await;
    let replica = Service::start(&fixture.settings).await;
    let first = fixture.jwks().await;
    eventually(Duration::from_secs(10), || async {
        let keys = fixture.jwks().await.keys;
        anyhow::ensure!(keys.len() >= 3);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM signing_keys WHERE state <> 'retired'").await, 2);
    // Two replicas that look every two seconds have rotated once for each period, not once each.
    assert!(fixture.count("SELECT count(*) FROM signing_keys").await <= 5);
    assert_eq!(first.keys.len(), 2);

    // A token of one replica is known to the other.
    let user = fixture.user("ada").await;
    let request = IntrospectTokenRequest { access_token: user.tokens.access_token.clone() };
    let request = bearer(&fixture.platform.service("messaging-service"), request);
    eventually(Duration::from_secs(8), || async {
        let mut message = tonic::Request::new(request.get_ref().clone());
        *message.metadata_mut() = request.metadata().clone();
        anyhow::ensure!(replica.client.clone().introspect_token(message).await?.into_inner().active);
        Ok(())
    })
    .await
    .unwrap();
    replica.stop().await;
    fixture.stop().await;
}

#[tokio::test]
async fn expired_rows_are_deleted() {
    let fixture = Fixture::with(|settings| settings.purge_interval = Duration::from_millis(300)).await;
    let user = fixture.user("ada").await;
    let kept = fixture.user("bob").await;
    fixture.refresh(&user.tokens.refresh_token).await.unwrap();
    fixture.rotate().await;
    let account_id: Uuid = user.account_id.parse().unwrap();
    for sql in [
        "UPDATE authorization_codes SET expire_time = now() - interval '2 days' WHERE account_id = $1",
        "UPDATE refresh_tokens SET expire_time = now() - interval '2 days' WHERE session_id IN (SELECT session_id FROM sessions WHERE account_id = $1)",
        "UPDATE sessions SET expire_time = now() - interval '2 days' WHERE account_id = $1",
    ] {
        sqlx::query(sql).bind(account_id).execute(fixture.pool()).await.unwrap();
    }
    fixture.execute("UPDATE signing_keys SET state_time = now() - interval '1 hour' WHERE state = 'retired'").await;
    eventually(Duration::from_secs(5), || async {
        let left = fixture.count(
            "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM refresh_tokens) + (SELECT count(*) FROM authorization_codes)
                  + (SELECT count(*) FROM signing_keys)",
        );
        anyhow::ensure!(left.await == 5);
        Ok(())
    })
    .await
    .unwrap();
    assert!(fixture.is_active(&kept.tokens).await);
    fixture.stop().await;
}
