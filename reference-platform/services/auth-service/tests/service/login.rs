//! From registration to tokens: accounts, codes, limits.

use crate::common::*;
use social_proto::auth::v1::*;
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

#[tokio::test]
async fn a_person_registers_logs_in_and_gets_tokens() {
    let fixture = Fixture::new().await;
    let account_id = fixture.register("ada").await;
    let code = fixture.authorize("ada", PASSWORD).await.unwrap();
    let tokens = fixture.exchange(&code).await.unwrap();
    assert_eq!(tokens.expires_in.unwrap().seconds, 900);
    assert_eq!(tokens.scopes, ["social:read", "social:write"]);

    let (header, claims) = decoded(&tokens.access_token);
    assert_eq!(header["alg"], "ES256");
    assert!(fixture.jwks().await.keys.iter().any(|key| key.kid == header["kid"]));
    assert_eq!(claims["sub"], account_id);
    assert_eq!(claims["scope"], "social:read social:write");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);

    // The address in another case is the same address.
    assert!(fixture.authorize("Ada@Example.ORG", PASSWORD).await.is_ok());
    fixture.stop().await;
}

#[tokio::test]
async fn only_hashes_of_secrets_are_stored() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let code = fixture.authorize("ada", PASSWORD).await.unwrap();
    let tokens = fixture.exchange(&code).await.unwrap();
    let dump: String = sqlx::query_scalar(
        "SELECT concat((SELECT string_agg(t::text, ' ') FROM accounts t), (SELECT string_agg(t::text, ' ') FROM authorization_codes t),
                       (SELECT string_agg(t::text, ' ') FROM refresh_tokens t), (SELECT string_agg(t::text, ' ') FROM signing_keys t),
                       (SELECT string_agg(t::text, ' ') FROM sessions t), (SELECT string_agg(t::text, ' ') FROM stored_answers t))",
    )
    .fetch_one(fixture.pool())
    .await
    .unwrap();
    assert!(dump.contains("$argon2id$"));
    let hidden = [PASSWORD, code.as_str(), tokens.refresh_token.as_str(), tokens.access_token.as_str(), "PRIVATE KEY"];
    for secret in hidden {
        assert!(!dump.contains(secret));
    }
    let pem: i64 = fixture
        .count("SELECT count(*) FROM signing_keys WHERE position('PRIVATE KEY'::bytea IN sealed_key) > 0 OR length(sealed_key) < 100")
        .await;
    assert_eq!(pem, 0);
    fixture.stop().await;
}

#[tokio::test]
async fn a_registration_that_comes_again_gets_the_same_answer() {
    let fixture = Fixture::new().await;
    let request = registration("ada");
    let (mut one, mut other) = (fixture.client(), fixture.client());
    let (first, second) = tokio::join!(one.register(request.clone()), other.register(request.clone()));
    let account_id = first.unwrap().into_inner().account_id;
    assert_eq!(second.unwrap().into_inner().account_id, account_id);
    assert_eq!(fixture.count("SELECT count(*) FROM accounts").await, 1);
    assert_eq!(fixture.sequence(&account_id).await, 1);

    // The same id for something else is a mistake.
    let other = RegisterRequest { handle: "eve".to_owned(), ..request };
    refused(fixture.client().register(other).await, Code::FailedPrecondition);
    fixture.stop().await;
}

#[tokio::test]
async fn a_handle_or_an_address_belongs_to_one() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let same_handle = RegisterRequest { email: "other@example.org".to_owned(), ..registration("ada") };
    refused(fixture.client().register(same_handle).await, Code::AlreadyExists);
    let same_address = RegisterRequest { email: "ADA@example.org".to_owned(), ..registration("other") };
    refused(fixture.client().register(same_address).await, Code::AlreadyExists);
    assert_eq!(fixture.count("SELECT count(*) FROM accounts").await, 1);
    fixture.stop().await;
}

#[tokio::test]
async fn malformed_registrations_are_refused_with_all_that_is_wrong() {
    let fixture = Fixture::new().await;
    let wrong = RegisterRequest {
        request_id: "1".to_owned(),
        handle: "A".to_owned(),
        email: "nobody".to_owned(),
        password: "short".to_owned(),
    };
    let status = refused(fixture.client().register(wrong).await, Code::InvalidArgument);
    let details = status.get_error_details();
    let fields: Vec<_> = details.bad_request().unwrap().field_violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["request_id", "handle", "email", "password"]);
    assert!(!format!("{status:?}").contains("short"));
    let long = RegisterRequest { password: "x".repeat(129), ..registration("ada") };
    refused(fixture.client().register(long).await, Code::InvalidArgument);
    assert_eq!(
        fixture.count("SELECT count(*) FROM accounts").await + fixture.count("SELECT count(*) FROM outbox").await,
        0
    );
    fixture.stop().await;
}

#[tokio::test]
async fn nothing_tells_an_unknown_account_from_a_wrong_password() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let wrong = refused(fixture.authorize("ada", "wrong password").await, Code::Unauthenticated);
    for login in ["nobody", "nobody@example.org", "No Body"] {
        let unknown = refused(fixture.authorize(login, PASSWORD).await, Code::Unauthenticated);
        assert_eq!((unknown.message(), unknown.details()), (wrong.message(), wrong.details()));
    }
    assert_eq!(fixture.count("SELECT count(*) FROM authorization_codes").await, 0);
    fixture.stop().await;
}

#[tokio::test]
async fn a_code_is_for_a_client_an_address_and_scopes_that_were_registered() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let right = AuthorizeRequest { login: "ada".to_owned(), ..authorization() };
    for wrong in [
        AuthorizeRequest { client_id: "other-app".to_owned(), ..right.clone() },
        AuthorizeRequest { client_id: String::new(), ..right.clone() },
        AuthorizeRequest { redirect_uri: "http://127.0.0.1:7878/callback/".to_owned(), ..right.clone() },
        AuthorizeRequest { redirect_uri: "https://evil.example".to_owned(), ..right.clone() },
        AuthorizeRequest { code_challenge: "plain".to_owned(), ..right.clone() },
        AuthorizeRequest { scopes: vec!["operator".to_owned()], ..right.clone() },
        AuthorizeRequest { scopes: vec!["social:read".to_owned(); 11], ..right.clone() },
        AuthorizeRequest { scopes: vec!["with space".to_owned()], ..right.clone() },
        AuthorizeRequest { login: String::new(), ..right.clone() },
        AuthorizeRequest { login: "x".repeat(255), ..right.clone() },
        AuthorizeRequest { password: String::new(), ..right.clone() },
        AuthorizeRequest { password: "x".repeat(129), ..right.clone() },
    ] {
        refused(fixture.client().authorize(wrong).await, Code::InvalidArgument);
    }
    assert_eq!(fixture.count("SELECT count(*) FROM authorization_codes").await, 0);

    // What can be granted is, what cannot is left out.
    let scopes = vec!["social:read".to_owned(), "operator".to_owned(), "internal".to_owned()];
    let code = fixture.client().authorize(AuthorizeRequest { scopes, ..right }).await.unwrap().into_inner().code;
    assert_eq!(fixture.exchange(&code).await.unwrap().scopes, ["social:read"]);
    fixture.stop().await;
}

#[tokio::test]
async fn a_code_needs_its_verifier_client_and_address() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let code = fixture.authorize("ada", PASSWORD).await.unwrap();
    let right = exchange_of(&code);
    for wrong in [
        ExchangeCodeRequest { code_verifier: "x".repeat(43), ..right.clone() },
        ExchangeCodeRequest { client_id: "other-app".to_owned(), ..right.clone() },
        ExchangeCodeRequest { redirect_uri: "http://[::1]:7878/callback".to_owned(), ..right.clone() },
        ExchangeCodeRequest { code: "unknown".to_owned(), ..right.clone() },
    ] {
        refused(fixture.client().exchange_code(wrong).await, Code::Unauthenticated);
    }
    for malformed in [
        ExchangeCodeRequest { code_verifier: "short".to_owned(), ..right.clone() },
        ExchangeCodeRequest { client_id: String::new(), ..right.clone() },
        ExchangeCodeRequest { redirect_uri: String::new(), ..right.clone() },
        ExchangeCodeRequest { code: "x".repeat(5000), ..right.clone() },
    ] {
        refused(fixture.client().exchange_code(malformed).await, Code::InvalidArgument);
    }
    assert_eq!(fixture.count("SELECT count(*) FROM sessions").await, 0);
    // It was not spent by any of these.
    assert!(fixture.exchange(&code).await.is_ok());
    fixture.stop().await;
}

#[tokio::test]
async fn a_code_lives_for_a_minute() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let code = fixture.authorize("ada", PASSWORD).await.unwrap();
    let left: f64 =
        sqlx::query_scalar("SELECT extract(epoch FROM expire_time - now())::float8 FROM authorization_codes")
            .fetch_one(fixture.pool())
            .await
            .unwrap();
    assert!((50.0..=60.0).contains(&left), "{left}");
    fixture.execute("UPDATE authorization_codes SET expire_time = now()").await;
    refused(fixture.exchange(&code).await, Code::Unauthenticated);
    fixture.stop().await;
}

#[tokio::test]
async fn attempts_are_limited_per_login() {
    let fixture = Fixture::with(|settings| settings.logins.login_attempts_per_login = 3).await;
    fixture.register("ada").await;
    fixture.register("bob").await;
    for _ in 0..3 {
        refused(fixture.authorize("ada", "wrong password").await, Code::Unauthenticated);
    }
    // The right password does not help any more; when it will is told.
    let status = refused(fixture.authorize("ada", PASSWORD).await, Code::ResourceExhausted);
    assert!(status.get_error_details().retry_info().unwrap().retry_delay.unwrap().as_secs() > 10);
    assert!(fixture.authorize("bob", PASSWORD).await.is_ok());
    // Accounts that do not exist are limited alike.
    for _ in 0..3 {
        refused(fixture.authorize("nobody", PASSWORD).await, Code::Unauthenticated);
    }
    refused(fixture.authorize("nobody", PASSWORD).await, Code::ResourceExhausted);
    fixture.stop().await;
}

#[tokio::test]
async fn attempts_are_limited_per_address() {
    let fixture = Fixture::with(|settings| {
        settings.logins.login_attempts_per_address = 2;
        settings.logins.trusted_proxies = 1;
    })
    .await;
    let from = |address: &'static str, login: &str| {
        let mut request = tonic::Request::new(AuthorizeRequest { login: login.to_owned(), ..authorization() });
        request.metadata_mut().insert("x-forwarded-for", address.parse().unwrap());
        request
    };
    for login in ["one", "two"] {
        refused(fixture.client().authorize(from("6.6.6.6, 1.1.1.1", login)).await, Code::Unauthenticated);
    }
    // What the client itself claims does not matter.
    refused(fixture.client().authorize(from("7.7.7.7, 1.1.1.1", "three")).await, Code::ResourceExhausted);
    refused(fixture.client().authorize(from("6.6.6.6, 2.2.2.2", "three")).await, Code::Unauthenticated);
    fixture.stop().await;
}

#[tokio::test]
async fn without_redis_nobody_logs_in_but_sessions_go_on() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let mut settings = fixture.settings.clone();
    settings.redis.url = social_testing::nobody().await.unwrap().replace("http", "redis");
    let replica = Service::start(&settings).await;
    let request = AuthorizeRequest { login: "ada".to_owned(), ..authorization() };
    refused(replica.client.clone().authorize(request).await, Code::Unavailable);

    let request = RefreshTokensRequest { client_id: CLIENT.to_owned(), refresh_token: user.tokens.refresh_token };
    let tokens = replica.client.clone().refresh_tokens(request).await.unwrap().into_inner().tokens.unwrap();
    let introspection = |token: &str| {
        bearer(
            &fixture.platform.service("messaging-service"),
            IntrospectTokenRequest { access_token: token.to_owned() },
        )
    };
    let mut client = replica.client.clone();
    assert!(client.introspect_token(introspection(&tokens.access_token)).await.unwrap().into_inner().active);
    client.revoke_token(RevokeTokenRequest { token: tokens.refresh_token }).await.unwrap();
    assert!(!client.introspect_token(introspection(&tokens.access_token)).await.unwrap().into_inner().active);
    replica.stop().await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_request_id_is_a_uuid() {
    let fixture = Fixture::new().await;
    for request_id in ["", "x", &format!("{}0", Uuid::new_v4())] {
        let request = RegisterRequest { request_id: request_id.to_owned(), ..registration("ada") };
        refused(fixture.client().register(request).await, Code::InvalidArgument);
    }
    fixture.stop().await;
}
