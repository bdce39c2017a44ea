//! The REST edge: OAuth as clients speak it, accounts and sessions, the documents.

use crate::common::*;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

async fn post_form(fixture: &Fixture, path: &str, fields: &[(&str, &str)]) -> Response {
    let request =
        reqwest::Client::new().post(fixture.url(path)).header("content-type", "application/x-www-form-urlencoded");
    request.header("user-agent", "test/1").body(encoded(fields)).send().await.unwrap()
}

async fn register(fixture: &Fixture, handle: &str, key: &str) -> Response {
    let account = json!({ "handle": handle, "email": format!("{handle}@example.org"), "password": PASSWORD });
    reqwest::Client::new()
        .post(fixture.url("/accounts"))
        .header("idempotency-key", key)
        .json(&account)
        .send()
        .await
        .unwrap()
}

fn login<'a>() -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("scope", "social:read"),
        ("state", "a state"),
        ("login", "ada"),
        ("password", PASSWORD),
    ]
}

fn grant(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]
}

#[tokio::test]
async fn the_code_flow_from_registration_to_revocation() {
    let fixture = Fixture::new().await;
    let key = Uuid::new_v4().to_string();
    let created = register(&fixture, "ada", &key).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let account_id = body(created).await["account_id"].clone();
    assert_eq!(body(register(&fixture, "ada", &key).await).await["account_id"], account_id);
    let taken = register(&fixture, "ada", &Uuid::new_v4().to_string()).await;
    assert_eq!(taken.status(), StatusCode::CONFLICT);

    let authorized = post_form(&fixture, "/oauth/authorize", &login()).await;
    assert_eq!(authorized.status(), StatusCode::OK);
    assert_eq!(authorized.headers()["cache-control"], "no-store");
    let authorized = body(authorized).await;
    assert_eq!(authorized["state"], "a state");
    assert_eq!(authorized["iss"], fixture.settings.tokens.token_issuer);

    let code = authorized["code"].as_str().unwrap();
    let answered = post_form(&fixture, "/oauth/token", &grant(code)).await;
    assert_eq!(answered.status(), StatusCode::OK);
    assert_eq!(answered.headers()["cache-control"], "no-store");
    let tokens = body(answered).await;
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"], &tokens["scope"]),
        (&json!("Bearer"), &json!(900), &json!("social:read"))
    );

    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", refresh_token)];
    let renewed = body(post_form(&fixture, "/oauth/token", &refresh).await).await;
    let access_token = renewed["access_token"].as_str().unwrap();
    assert!(fixture.introspect(access_token).await.active);

    let listed = reqwest::Client::new().get(fixture.url("/sessions")).bearer_auth(access_token).send().await.unwrap();
    let listed = body(listed).await;
    assert_eq!(listed["sessions"][0]["user_agent"], "test/1");
    assert_eq!(listed["next_page_token"], "");

    let revoked = post_form(&fixture, "/oauth/revoke", &[("token", renewed["refresh_token"].as_str().unwrap())]).await;
    assert_eq!(revoked.status(), StatusCode::OK);
    assert!(!fixture.introspect(access_token).await.active);
    fixture.stop().await;
}

#[tokio::test]
async fn the_token_endpoint_errs_as_rfc_6749_says() {
    let fixture = Fixture::new().await;
    for (fields, error) in [
        (grant("unknown"), "invalid_grant"),
        (vec![("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", "unknown")], "invalid_grant"),
        (vec![("grant_type", "password"), ("client_id", CLIENT)], "unsupported_grant_type"),
        (vec![("grant_type", "authorization_code"), ("client_id", CLIENT)], "invalid_request"),
        (vec![("client_id", CLIENT)], "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "invalid_request"),
    ] {
        let response = post_form(&fixture, "/oauth/token", &fields).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{error}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(body(response).await["error"], error);
    }
    let response = post_form(&fixture, "/oauth/revoke", &[("token", "unknown")]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let response = post_form(&fixture, "/oauth/revoke", &[]).await;
    assert_eq!(body(response).await["error"], "invalid_request");
    fixture.stop().await;
}

#[tokio::test]
async fn authorization_takes_json_and_refuses_what_it_does_not_serve() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let post = |input: Value| reqwest::Client::new().post(fixture.url("/oauth/authorize")).json(&input).send();
    let right = json!({ "client_id": CLIENT, "redirect_uri": REDIRECT, "code_challenge": CHALLENGE, "login": "ada", "password": PASSWORD });
    assert_eq!(post(right.clone()).await.unwrap().status(), StatusCode::OK);
    for (field, value, status) in [
        ("response_type", json!("token"), StatusCode::BAD_REQUEST),
        ("code_challenge_method", json!("plain"), StatusCode::BAD_REQUEST),
        ("state", json!("x".repeat(513)), StatusCode::BAD_REQUEST),
        ("redirect_uri", json!("https://evil.example"), StatusCode::BAD_REQUEST),
        ("password", json!("wrong password"), StatusCode::UNAUTHORIZED),
        ("password", json!(7), StatusCode::BAD_REQUEST),
    ] {
        let mut wrong = right.clone();
        wrong[field] = value;
        let response = post(wrong).await.unwrap();
        assert_eq!(response.status(), status, "{field}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    let big = "x".repeat(100_000);
    let refused = post(json!({ "login": big })).await.unwrap();
    assert!(refused.status().is_client_error());
    fixture.stop().await;
}

#[tokio::test]
async fn owners_change_and_delete_their_accounts() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let other = fixture.log_in("ada").await;
    let post = |path: &str, input: Value| {
        reqwest::Client::new().post(fixture.url(path)).bearer_auth(&user.tokens.access_token).json(&input).send()
    };
    let new = "another horse battery";
    let change = |current: &str| json!({ "current_password": current, "new_password": new });
    assert_eq!(post("/accounts/password", change("wrong password")).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(post("/accounts/password", change(PASSWORD)).await.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(!fixture.is_active(&other).await);

    let quoted =
        post("/accounts/password", json!({ "current_password": 123456, "new_password": "secret" })).await.unwrap();
    assert_eq!(quoted.status(), StatusCode::BAD_REQUEST);
    assert!(!quoted.text().await.unwrap().contains("123456"));

    let url = fixture.url("/sessions?keep_current=true");
    let response = reqwest::Client::new().delete(url).bearer_auth(&user.tokens.access_token).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(reqwest::get(fixture.url("/sessions")).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(post("/accounts/deletion", json!({ "password": new })).await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(fixture.count("SELECT count(*) FROM accounts").await, 0);
    fixture.stop().await;
}

#[tokio::test]
async fn documents_say_what_there_is() {
    let fixture = Fixture::new().await;
    let jwks = reqwest::get(fixture.url("/.well-known/jwks.json")).await.unwrap();
    assert_eq!(jwks.headers()["cache-control"], "public, max-age=300");
    let jwks = body(jwks).await;
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 2);
    for key in jwks["keys"].as_array().unwrap() {
        assert_eq!(
            (&key["kty"], &key["alg"], &key["crv"], &key["use"]),
            (&json!("EC"), &json!("ES256"), &json!("P-256"), &json!("sig"))
        );
        assert!(key.get("d").is_none());
    }
    let metadata = body(reqwest::get(fixture.url("/.well-known/oauth-authorization-server")).await.unwrap()).await;
    assert_eq!(metadata["issuer"], "https://auth.test");
    assert_eq!(metadata["token_endpoint"], "https://auth.test/oauth/token");
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));

    let document = body(reqwest::get(fixture.url("/openapi.json")).await.unwrap()).await;
    for path in [
        "/oauth/authorize",
        "/oauth/token",
        "/oauth/revoke",
        "/accounts",
        "/accounts/password",
        "/accounts/deletion",
        "/sessions",
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
    ] {
        assert!(document["paths"].get(path).is_some(), "{path}");
    }
    assert!(document["components"]["schemas"]["TokenAnswer"]["properties"].get("refresh_token").is_some());
    fixture.stop().await;
}
