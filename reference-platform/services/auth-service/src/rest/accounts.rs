//! `/accounts`.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use social_auth::Caller;
use social_runtime::{Error, Problem};
use utoipa::ToSchema;

use crate::app::{App, Registration};

#[derive(Deserialize, ToSchema)]
struct NewAccount {
    /// 3 to 30 characters of `[a-z0-9_]`.
    handle: String,
    #[schema(format = "email")]
    email: String,
    /// 12 to 128 characters.
    #[schema(format = "password")]
    password: String,
}

#[derive(Serialize, ToSchema)]
struct AccountCreated {
    account_id: String,
}

#[derive(Deserialize, ToSchema)]
struct PasswordChange {
    #[schema(format = "password")]
    current_password: String,
    /// 12 to 128 characters, other than the current one.
    #[schema(format = "password")]
    new_password: String,
}

#[derive(Deserialize, ToSchema)]
struct Deletion {
    /// So that a stolen token is not enough.
    #[schema(format = "password")]
    password: String,
}

/// Creates an account.
#[utoipa::path(
    params(("Idempotency-Key" = String, Header, description = "a UUID; the same one gives the stored answer again")),
    request_body = NewAccount,
    responses(
        (status = 201, body = AccountCreated),
        (status = 400, body = Problem),
        (status = 409, description = "the handle or the address is taken", body = Problem),
    )
)]
#[post("/accounts")]
pub async fn register(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Json<NewAccount>,
) -> Result<HttpResponse, Error> {
    let NewAccount { handle, email, password } = body.into_inner();
    let request_id = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let registration = Registration { request_id: request_id.to_owned(), handle, email, password };
    let account_id = app.register(registration).await?;
    Ok(HttpResponse::Created().json(AccountCreated { account_id }))
}

/// Sets a new password and ends all sessions but the one that asks.
#[utoipa::path(
    request_body = PasswordChange,
    security(("token" = [])),
    responses(
        (status = 204),
        (status = 400, body = Problem),
        (status = 401, body = Problem),
        (status = 403, description = "the current password is not right", body = Problem),
        (status = 429, description = "too many attempts", body = Problem),
    )
)]
#[post("/accounts/password")]
pub async fn change_password(
    app: web::Data<App>,
    caller: Caller,
    body: web::Json<PasswordChange>,
) -> Result<HttpResponse, Error> {
    let PasswordChange { current_password, new_password } = body.into_inner();
    app.change_password(&caller, current_password, new_password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Deletes the account of the caller, and what other services hold of it.
#[utoipa::path(
    request_body = Deletion,
    security(("token" = [])),
    responses(
        (status = 204),
        (status = 400, body = Problem),
        (status = 401, body = Problem),
        (status = 403, description = "the password is not right", body = Problem),
        (status = 429, description = "too many attempts", body = Problem),
    )
)]
#[post("/accounts/deletion")]
pub async fn delete(app: web::Data<App>, caller: Caller, body: web::Json<Deletion>) -> Result<HttpResponse, Error> {
    app.delete_account(&caller, body.into_inner().password).await?;
    Ok(HttpResponse::NoContent().finish())
}
