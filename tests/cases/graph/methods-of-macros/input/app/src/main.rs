//! Methods of enums that macros write, and an extractor that the framework runs before a handler.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

#[enum_dispatch::enum_dispatch]
trait Store {
    async fn save(&self);
}

struct Remote;

impl Store for Remote {
    async fn save(&self) {
        reqwest::get("http://store/save").await.ok();
    }
}

#[enum_dispatch::enum_dispatch(Store)]
enum AnyStore {
    Remote(Remote),
}

trait Run {
    async fn run(self);
}

trait Dispatch {
    async fn dispatch(self);
}

struct Show;

impl Run for Show {
    async fn run(self) {
        reqwest::get("http://shop/items").await.ok();
    }
}

#[derive(macros::Dispatch)]
enum Command {
    Show(Show),
}

struct User(String);

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let user = reqwest::get("http://accounts/me").await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        Ok(User(user.text().await.unwrap_or_default()))
    }
}

async fn me(user: User) -> String {
    user.0
}

async fn work() {
    let store: AnyStore = Remote.into();
    store.save().await;
    Command::Show(Show).dispatch().await;
}

#[tokio::main]
async fn main() {
    let router = axum::Router::new().route("/me", axum::routing::get(me)).route("/work", axum::routing::post(work));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
