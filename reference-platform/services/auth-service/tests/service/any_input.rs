//! Whatever comes in is answered with a proper status, never with INTERNAL or UNKNOWN.

use crate::common::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use social_proto::auth::v1::*;
use tonic::{Code, Status};

/// Text that is meant to hurt, and values that are nearly right.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("\0".to_owned()),
        Just("ada".to_owned()),
        Just(CLIENT.to_owned()),
        Just(REDIRECT.to_owned()),
        Just(CHALLENGE.to_owned()),
        Just(PASSWORD.to_owned()),
        Just("ada\0@example.org".to_owned()),
        Just("5f0c4d9e-8a3b-4c64-9d6d-0f5a5d2d9d11".to_owned()),
        "\\PC{0,60}",
        any::<Vec<char>>().prop_map(|characters| characters.into_iter().collect()),
        (0..6000_usize).prop_map(|length| "é".repeat(length)),
    ]
}

#[track_caller]
fn proper<T>(what: &str, answer: Result<T, Status>) {
    if let Err(status) = answer {
        let wrong = matches!(
            status.code(),
            Code::Internal | Code::Unknown | Code::DataLoss | Code::Unavailable | Code::DeadlineExceeded
        );
        assert!(!wrong, "{what}: {status:?}");
    }
}

#[tokio::test]
async fn every_rpc_answers_properly() {
    let fixture = Fixture::new().await;
    let user = fixture.user("ada").await;
    let (token, service, operator) =
        (user.tokens.access_token.clone(), fixture.platform.service("messaging-service"), fixture.platform.operator());
    let mut runner = TestRunner::deterministic();
    let mut any = || text().new_tree(&mut runner).unwrap().current();
    for round in 0..60 {
        let mut client = fixture.client();
        let register = RegisterRequest { request_id: any(), handle: any(), email: any(), password: any() };
        proper("Register", client.register(register).await);
        let authorize = AuthorizeRequest {
            client_id: any(),
            redirect_uri: any(),
            code_challenge: any(),
            scopes: (0..round % 13).map(|_| any()).collect(),
            login: any(),
            password: any(),
        };
        proper("Authorize", client.authorize(authorize).await);
        let login = AuthorizeRequest { login: any(), password: any(), ..authorization() };
        proper("Authorize", client.authorize(login).await);
        let exchange = ExchangeCodeRequest { client_id: any(), code: any(), redirect_uri: any(), code_verifier: any() };
        proper("ExchangeCode", client.exchange_code(exchange).await);
        let refresh = RefreshTokensRequest { client_id: any(), refresh_token: any() };
        proper("RefreshTokens", client.refresh_tokens(refresh).await);
        proper("RevokeToken", client.revoke_token(RevokeTokenRequest { token: any() }).await);
        let introspect = IntrospectTokenRequest { access_token: any() };
        proper("IntrospectToken", client.introspect_token(bearer(&service, introspect)).await);
        let rotate = RotateSigningKeyRequest { request_id: any() };
        proper("RotateSigningKey", client.rotate_signing_key(bearer(&operator, rotate)).await);
        let change = ChangePasswordRequest { current_password: any(), new_password: any() };
        proper("ChangePassword", client.change_password(bearer(&token, change)).await);
        let list = ListSessionsRequest { page_size: round - 30, page_token: any() };
        proper("ListSessions", client.list_sessions(bearer(&token, list)).await);
        let delete = DeleteAccountRequest { password: format!("x{}", any()) };
        proper("DeleteAccount", client.delete_account(bearer(&token, delete)).await);
    }
    assert_eq!(fixture.count("SELECT count(*) FROM accounts WHERE handle = 'ada'").await, 1);
    fixture.stop().await;
}

/// A message that is no message of the contract, or too long for any.
#[tokio::test]
async fn a_message_that_is_too_long_is_refused() {
    let fixture = Fixture::new().await;
    let request = RevokeTokenRequest { token: "x".repeat(100_000) };
    refused(fixture.client().revoke_token(request).await, Code::OutOfRange);
    fixture.stop().await;
}
