//! What an owner does with an account: password, sessions, deletion.

use crate::common::*;
use social_proto::auth::v1::account_event::Event;
use social_proto::auth::v1::*;
use tonic::Code;
use uuid::Uuid;

const NEW_PASSWORD: &str = "another horse battery";

fn change(current: &str, new: &str) -> ChangePasswordRequest {
    ChangePasswordRequest { current_password: current.to_owned(), new_password: new.to_owned() }
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let others = [fixture.log_in("ada").await, fixture.log_in("ada").await];
    let waiting = fixture.authorize("ada", PASSWORD).await.unwrap();
    assert!(fixture.is_active(&others[0]).await);

    let request = bearer(&user.tokens.access_token, change(PASSWORD, NEW_PASSWORD));
    fixture.client().change_password(request).await.unwrap();
    refused(fixture.authorize("ada", PASSWORD).await, Code::Unauthenticated);
    assert!(fixture.authorize("ada", NEW_PASSWORD).await.is_ok());
    assert!(fixture.is_active(&user.tokens).await);
    for other in &others {
        assert!(!fixture.is_active(other).await);
        refused(fixture.refresh(&other.refresh_token).await, Code::Unauthenticated);
    }
    // A code from before would open a session for whoever knew the old password.
    refused(fixture.exchange(&waiting).await, Code::Unauthenticated);

    let events = fixture.events(3).await;
    assert!(matches!(events[1].event, Some(Event::PasswordChanged(_))));
    let mut ended: Vec<_> = others.iter().map(session_of).collect();
    ended.sort();
    assert_eq!(revoked(&events[2]), (ended, RevocationReason::PasswordChanged));
    fixture.stop().await;
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let fixture = Fixture::with(|settings| settings.logins.login_attempts_per_login = 3).await;
    let user = fixture.user("ada").await;
    let ask = |request| bearer(&user.tokens.access_token, request);
    refused(fixture.client().change_password(change(PASSWORD, NEW_PASSWORD)).await, Code::Unauthenticated);
    for wrong in [
        change(PASSWORD, "short"),
        change(PASSWORD, PASSWORD),
        change("", NEW_PASSWORD),
        change(PASSWORD, &"x".repeat(129)),
    ] {
        refused(fixture.client().change_password(ask(wrong)).await, Code::InvalidArgument);
    }
    let service = bearer(&fixture.platform.service("user-service"), change(PASSWORD, NEW_PASSWORD));
    refused(fixture.client().change_password(service).await, Code::PermissionDenied);
    for _ in 0..3 {
        refused(
            fixture.client().change_password(ask(change("wrong password", NEW_PASSWORD))).await,
            Code::PermissionDenied,
        );
    }
    refused(fixture.client().change_password(ask(change(PASSWORD, NEW_PASSWORD))).await, Code::ResourceExhausted);
    assert_eq!(fixture.sequence(&user.account_id).await, 1);
    fixture.stop().await;
}

#[tokio::test]
async fn of_two_changes_at_the_same_time_one_wins() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let (mut one, mut other) = (fixture.client(), fixture.client());
    let (first, second) = tokio::join!(
        one.change_password(bearer(&user.tokens.access_token, change(PASSWORD, "first new password"))),
        other.change_password(bearer(&user.tokens.access_token, change(PASSWORD, "second new password")))
    );
    let done = [first.is_ok(), second.is_ok()];
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{first:?} {second:?}");
    assert_eq!(fixture.authorize("ada", "first new password").await.is_ok(), done[0]);
    fixture.stop().await;
}

#[tokio::test]
async fn sessions_are_listed_to_the_end() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    fixture.user("bob").await;
    let mut all = vec![session_of(&user.tokens)];
    for _ in 0..6 {
        all.push(session_of(&fixture.log_in("ada").await));
    }
    let used = fixture.refresh(&user.tokens.refresh_token).await.unwrap();
    all.reverse();
    all.rotate_right(1); // the first one was used last

    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListSessionsRequest { page_size: 3, page_token };
        let page = fixture.client().list_sessions(bearer(&used.access_token, request)).await.unwrap().into_inner();
        assert!(page.sessions.len() <= 3);
        seen.extend(page.sessions.into_iter().map(|session| {
            assert_eq!(session.client_id, CLIENT);
            assert!(session.user_agent.contains("tonic"), "{}", session.user_agent);
            assert!(session.create_time.unwrap().seconds <= session.last_used_time.unwrap().seconds);
            session.session_id
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, all);

    let ask = |request| bearer(&used.access_token, request);
    let default = fixture.client().list_sessions(ask(ListSessionsRequest::default())).await.unwrap().into_inner();
    assert_eq!((default.sessions.len(), default.next_page_token.as_str()), (7, ""));
    fixture.stop().await;
}

#[tokio::test]
async fn wrong_pages_are_refused() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.user("ada").await, fixture.user("bob").await);
    fixture.log_in("ada").await;
    refused(fixture.client().list_sessions(ListSessionsRequest::default()).await, Code::Unauthenticated);
    let ask = |user: &User, page_size, page_token: &str| {
        bearer(&user.tokens.access_token, ListSessionsRequest { page_size, page_token: page_token.to_owned() })
    };
    for (page_size, page_token) in [(-1, ""), (101, ""), (1, "nonsense"), (1, &*"x".repeat(5000))] {
        refused(fixture.client().list_sessions(ask(&ada, page_size, page_token)).await, Code::InvalidArgument);
    }
    let page = fixture.client().list_sessions(ask(&ada, 1, "")).await.unwrap().into_inner();
    refused(fixture.client().list_sessions(ask(&bob, 1, &page.next_page_token)).await, Code::InvalidArgument);
    fixture.stop().await;
}

#[tokio::test]
async fn all_sessions_end_or_all_but_one() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let (other, bob) = (fixture.log_in("ada").await, fixture.user("bob").await);
    let ask = |keep_current| bearer(&user.tokens.access_token, RevokeSessionsRequest { keep_current });
    for _ in 0..2 {
        fixture.client().revoke_sessions(ask(true)).await.unwrap();
    }
    assert!(fixture.is_active(&user.tokens).await && !fixture.is_active(&other).await);
    for _ in 0..2 {
        fixture.client().revoke_sessions(ask(false)).await.unwrap();
    }
    assert!(!fixture.is_active(&user.tokens).await && fixture.is_active(&bob.tokens).await);
    refused(fixture.refresh(&user.tokens.refresh_token).await, Code::Unauthenticated);

    // Its signature is good, but it cannot do anything with the account, nor end the sessions that come after it.
    let stale = &user.tokens.access_token;
    refused(fixture.client().list_sessions(bearer(stale, ListSessionsRequest::default())).await, Code::Unauthenticated);
    refused(
        fixture.client().change_password(bearer(stale, change(PASSWORD, NEW_PASSWORD))).await,
        Code::Unauthenticated,
    );
    let later = fixture.log_in("ada").await;
    refused(fixture.client().revoke_sessions(ask(false)).await, Code::Unauthenticated);
    assert!(fixture.is_active(&later).await);

    let events: Vec<_> =
        fixture.events(4).await.into_iter().filter(|event| event.account_id == user.account_id).collect();
    assert_eq!(revoked(&events[1]), (vec![session_of(&other)], RevocationReason::Logout));
    assert_eq!(revoked(&events[2]), (vec![session_of(&user.tokens)], RevocationReason::Logout));
    fixture.stop().await;
}

#[tokio::test]
async fn an_event_tells_a_hundred_sessions_at_most() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    sqlx::query(
        "INSERT INTO sessions (session_id, account_id, client_id, scopes, user_agent, expire_time)
         SELECT gen_random_uuid(), $1, 'social-app', ARRAY['social:read'], '', now() + interval '1 day' FROM generate_series(1, 204)",
    )
    .bind(user.account_id.parse::<Uuid>().unwrap())
    .execute(fixture.pool())
    .await
    .unwrap();
    let request = bearer(&user.tokens.access_token, RevokeSessionsRequest { keep_current: false });
    fixture.client().revoke_sessions(request).await.unwrap();
    let events = fixture.events(4).await;
    let sizes: Vec<_> = events[1..].iter().map(|event| revoked(event).0.len()).collect();
    assert_eq!(sizes, [100, 100, 5]);
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
    fixture.stop().await;
}

#[tokio::test]
async fn an_account_is_deleted_by_who_knows_its_password() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    assert!(fixture.is_active(&user.tokens).await);
    let delete = |password: &str| DeleteAccountRequest { password: password.to_owned() };
    let ask = |password: &str| bearer(&user.tokens.access_token, delete(password));
    refused(fixture.client().delete_account(delete(PASSWORD)).await, Code::Unauthenticated);
    refused(
        fixture.client().delete_account(bearer(&fixture.platform.operator(), delete(PASSWORD))).await,
        Code::PermissionDenied,
    );
    refused(fixture.client().delete_account(ask("")).await, Code::InvalidArgument);
    refused(fixture.client().delete_account(ask("wrong password")).await, Code::PermissionDenied);
    assert_eq!(fixture.count("SELECT count(*) FROM accounts").await, 1);

    for _ in 0..2 {
        fixture.client().delete_account(ask(PASSWORD)).await.unwrap();
    }
    assert!(!fixture.is_active(&user.tokens).await);
    refused(fixture.refresh(&user.tokens.refresh_token).await, Code::Unauthenticated);
    refused(fixture.authorize("ada", PASSWORD).await, Code::Unauthenticated);
    let left = "SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM refresh_tokens)
                     + (SELECT count(*) FROM authorization_codes)";
    assert_eq!(fixture.count(left).await, 0);

    let events = fixture.events(2).await;
    assert!(matches!(events[1].event, Some(Event::Deleted(_))));
    assert_eq!(events[1].sequence, 2);
    // The names are free again, for another account.
    assert_ne!(fixture.register("ada").await, user.account_id);
    fixture.stop().await;
}
