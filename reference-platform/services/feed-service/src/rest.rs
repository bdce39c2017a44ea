//! The REST edge: the use cases in JSON, and the document that describes them. Times are in RFC 3339.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use social_auth::{Caller, Verifier};
use social_proto::feed::v1;
use social_runtime::{BearerToken, Error, Problem, timestamp};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "Feed", description = "What a user reads first."),
    paths(list, status, rebuild),
    components(schemas(Problem)),
    modifiers(&BearerToken),
    security(("token" = []))
)]
struct Document;

/// The routes.
pub fn configure(config: &mut web::ServiceConfig, app: App, verifier: Verifier) {
    config.app_data(Data::new(app)).app_data(verifier).service(describe).service(list).service(status).service(rebuild);
}

/// How a feed is ordered.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    /// By freshness and by how near the author is to the reader.
    Ranked,
    /// Newest first.
    Latest,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    /// That of the token, else `ranked`.
    order: Option<Order>,
    /// At most 100; 20 if absent.
    #[serde(default)]
    page_size: i32,
    /// Absent for the first page. Lives for one hour.
    #[serde(default)]
    page_token: String,
}

/// A page of a feed.
#[derive(Serialize, ToSchema)]
struct Feed {
    entries: Vec<Entry>,
    /// Empty on the last page.
    next_page_token: String,
    /// Set while the feed may lack what came after this time.
    #[serde(with = "time::serde::rfc3339::option")]
    stale_since: Option<OffsetDateTime>,
}

/// A post in a feed.
#[derive(Serialize, ToSchema)]
struct Entry {
    post_id: String,
    author_id: String,
    #[serde(with = "time::serde::rfc3339::option")]
    publish_time: Option<OffsetDateTime>,
    /// What entries are ordered by in a ranked feed; comparable within one page only.
    score: f64,
    /// `followed`, or `popular` for one of a very followed account.
    reason: &'static str,
}

impl From<v1::FeedEntry> for Entry {
    fn from(entry: v1::FeedEntry) -> Self {
        Entry {
            reason: if entry.reason() == v1::FeedReason::Popular { "popular" } else { "followed" },
            publish_time: entry.publish_time.as_ref().and_then(timestamp::from_proto),
            post_id: entry.post_id,
            author_id: entry.author_id,
            score: entry.score,
        }
    }
}

/// How fresh a feed is.
#[derive(Serialize, ToSchema)]
struct FeedStatus {
    /// When the newest event that was applied happened.
    #[serde(with = "time::serde::rfc3339::option")]
    fresh_until: Option<OffsetDateTime>,
    entry_count: i64,
}

/// A feed that was built anew.
#[derive(Serialize, ToSchema)]
struct Rebuilt {
    entry_count: i64,
}

#[get("/openapi.json")]
async fn describe() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}

/// A page of the caller's feed.
#[utoipa::path(tag = "feed", params(Page), responses((status = 200, body = Feed), (status = "default", body = Problem)))]
#[get("/v1/feed")]
async fn list(app: Data<App>, caller: Caller, page: Query<Page>) -> Result<Json<Feed>, Error> {
    let Page { order, page_size, page_token } = page.into_inner();
    let order = match order {
        Some(Order::Ranked) => v1::FeedOrder::Ranked,
        Some(Order::Latest) => v1::FeedOrder::Latest,
        None => v1::FeedOrder::Unspecified,
    };
    let request = v1::ListFeedRequest { order: order.into(), page_size, page_token };
    let response = app.list_feed(&caller, request).await?;
    Ok(Json(Feed {
        entries: response.entries.into_iter().map(Entry::from).collect(),
        next_page_token: response.next_page_token,
        stale_since: response.stale_since.as_ref().and_then(timestamp::from_proto),
    }))
}

/// How fresh the caller's feed is.
#[utoipa::path(tag = "feed", responses((status = 200, body = FeedStatus), (status = "default", body = Problem)))]
#[get("/v1/feed/status")]
async fn status(app: Data<App>, caller: Caller) -> Result<Json<FeedStatus>, Error> {
    let response = app.get_feed_status(&caller, v1::GetFeedStatusRequest {}).await?;
    let fresh_until = response.fresh_until.as_ref().and_then(timestamp::from_proto);
    Ok(Json(FeedStatus { fresh_until, entry_count: response.entry_count }))
}

/// Builds the feed of a user anew. For operators.
#[utoipa::path(tag = "feed", params(("user_id" = String, Path)), responses(
    (status = 200, body = Rebuilt), (status = "default", body = Problem)
))]
#[post("/v1/users/{user_id}/feed/rebuild")]
async fn rebuild(app: Data<App>, caller: Caller, user_id: Path<String>) -> Result<Json<Rebuilt>, Error> {
    let request = v1::RebuildFeedRequest { user_id: user_id.into_inner() };
    let response = app.rebuild_feed(&caller, request).await?;
    Ok(Json(Rebuilt { entry_count: response.entry_count }))
}
