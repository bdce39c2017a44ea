//! The operations, one for each entry point that clients use much or that depends on something of its own.

use std::collections::HashMap;
use std::time::SystemTime;

use social_proto::auth::v1::{GetJwksRequest, ListSessionsRequest};
use social_proto::content::v1::{
    BatchGetPostsRequest, CreateCommentRequest, CreatePostRequest, GetPostRequest, ListPostsRequest, ReactionKind,
    SetReactionRequest, Visibility,
};
use social_proto::events::v1::{
    ClientEvent, IngestEventsRequest, ProductMetric, QueryProductMetricRequest, TimeWindow,
};
use social_proto::feed::v1::ListFeedRequest;
use social_proto::media::v1::upload_media_request::Part;
use social_proto::media::v1::{GetMediaRequest, MediaKind, SignUrlRequest, UploadHeader, UploadMediaRequest};
use social_proto::messaging::v1::{CreateConversationRequest, ListMessagesRequest, SendMessageRequest};
use social_proto::notification::v1::{ListNotificationsRequest, Preferences, PutPreferencesRequest};
use social_proto::search::v1::{SearchPostsRequest, SearchTagsRequest};
use social_proto::streaming::v1::{GetPlaylistRequest, GetStreamRequest, PutViewerRequest, SendChatMessageRequest};
use social_proto::user::v1::get_profile_request::By;
use social_proto::user::v1::{
    FollowRequest, GetProfileRequest, GetRelationshipRequest, ListFollowersRequest, ListSuggestionsRequest, Settings,
    UpdateSettingsRequest,
};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::World;
use crate::client::{Api, image, log_in};
use crate::seed::PASSWORD;

/// No operation takes longer; whoever waits has gone.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

/// Before a stream is sent once more.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// How an operation was answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// As it should be.
    Whole,
    /// The service left something out, or said that it may be old.
    Less,
}

/// One use of one API.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Operation {
    /// Keys that verify tokens.
    GetJwks,
    /// Password for tokens.
    LogIn,
    /// Where one has logged in.
    ListSessions,
    /// Somebody's profile.
    GetProfile,
    /// What two are to each other.
    GetRelationship,
    /// Who follows somebody.
    ListFollowers,
    /// Whom one could follow.
    ListSuggestions,
    /// One follows somebody, mostly again.
    Follow,
    /// Sets a setting.
    UpdateSettings,
    /// A post for all.
    GetPost,
    /// Some posts.
    BatchGetPosts,
    /// Posts of an author whom one follows, one of them for followers only.
    ListPosts,
    /// A new post.
    CreatePost,
    /// A new post with an image.
    CreatePostWithImage,
    /// A comment.
    CreateComment,
    /// A reaction.
    SetReaction,
    /// The feed.
    ListFeed,
    /// One file.
    GetMedia,
    /// An address for a file.
    SignUrl,
    /// A new image.
    Upload,
    /// Begins a conversation, or gives the one that there is.
    CreateConversation,
    /// Says something.
    SendMessage,
    /// What was said.
    ListMessages,
    /// Posts by their words.
    SearchPosts,
    /// Tags by their beginning.
    SearchTags,
    /// What one was told.
    ListNotifications,
    /// What one wants to be told.
    PutPreferences,
    /// A client's event.
    IngestEvents,
    /// A number of the product.
    QueryMetric,
    /// A stream that is live.
    GetStream,
    /// Its playlist.
    GetPlaylist,
    /// One watches.
    PutViewer,
    /// One says something in its chat.
    SendChat,
}

impl Operation {
    /// All.
    pub const ALL: [Self; 33] = [
        Self::GetJwks,
        Self::LogIn,
        Self::ListSessions,
        Self::GetProfile,
        Self::GetRelationship,
        Self::ListFollowers,
        Self::ListSuggestions,
        Self::Follow,
        Self::UpdateSettings,
        Self::GetPost,
        Self::BatchGetPosts,
        Self::ListPosts,
        Self::CreatePost,
        Self::CreatePostWithImage,
        Self::CreateComment,
        Self::SetReaction,
        Self::ListFeed,
        Self::GetMedia,
        Self::SignUrl,
        Self::Upload,
        Self::CreateConversation,
        Self::SendMessage,
        Self::ListMessages,
        Self::SearchPosts,
        Self::SearchTags,
        Self::ListNotifications,
        Self::PutPreferences,
        Self::IngestEvents,
        Self::QueryMetric,
        Self::GetStream,
        Self::GetPlaylist,
        Self::PutViewer,
        Self::SendChat,
    ];

    /// The service and the operation, as `content/create-post`.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetJwks => "auth/get-jwks",
            Self::LogIn => "auth/log-in",
            Self::ListSessions => "auth/list-sessions",
            Self::GetProfile => "user/get-profile",
            Self::GetRelationship => "user/get-relationship",
            Self::ListFollowers => "user/list-followers",
            Self::ListSuggestions => "user/list-suggestions",
            Self::Follow => "user/follow",
            Self::UpdateSettings => "user/update-settings",
            Self::GetPost => "content/get-post",
            Self::BatchGetPosts => "content/batch-get-posts",
            Self::ListPosts => "content/list-posts",
            Self::CreatePost => "content/create-post",
            Self::CreatePostWithImage => "content/create-post-with-image",
            Self::CreateComment => "content/create-comment",
            Self::SetReaction => "content/set-reaction",
            Self::ListFeed => "feed/list-feed",
            Self::GetMedia => "media/get-media",
            Self::SignUrl => "media/sign-url",
            Self::Upload => "media/upload",
            Self::CreateConversation => "messaging/create-conversation",
            Self::SendMessage => "messaging/send-message",
            Self::ListMessages => "messaging/list-messages",
            Self::SearchPosts => "search/search-posts",
            Self::SearchTags => "search/search-tags",
            Self::ListNotifications => "notification/list-notifications",
            Self::PutPreferences => "notification/put-preferences",
            Self::IngestEvents => "events/ingest-events",
            Self::QueryMetric => "events/query-metric",
            Self::GetStream => "streaming/get-stream",
            Self::GetPlaylist => "streaming/get-playlist",
            Self::PutViewer => "streaming/put-viewer",
            Self::SendChat => "streaming/send-chat",
        }
    }

    /// The service whose API it is.
    pub fn service(self) -> &'static str {
        self.name().split('/').next().unwrap_or_default()
    }

    /// Something is stored.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::LogIn
                | Self::Follow
                | Self::UpdateSettings
                | Self::CreatePost
                | Self::CreatePostWithImage
                | Self::CreateComment
                | Self::SetReaction
                | Self::Upload
                | Self::CreateConversation
                | Self::SendMessage
                | Self::PutPreferences
                | Self::IngestEvents
                | Self::PutViewer
                | Self::SendChat
        )
    }

    /// How often clients do it, for the mix of a load: of all weights together.
    pub fn weight(self) -> u32 {
        match self {
            Self::ListFeed => 200,
            Self::BatchGetPosts => 150,
            Self::GetProfile => 80,
            Self::GetPost | Self::ListMessages | Self::GetPlaylist => 60,
            Self::ListPosts | Self::SignUrl | Self::ListNotifications => 40,
            Self::SearchPosts | Self::SetReaction | Self::SendMessage | Self::IngestEvents => 30,
            Self::GetRelationship | Self::ListFollowers | Self::SearchTags | Self::GetStream | Self::PutViewer => 20,
            Self::GetMedia | Self::CreatePost | Self::CreateComment | Self::SendChat => 10,
            Self::ListSuggestions | Self::Follow | Self::CreateConversation => 5,
            Self::GetJwks | Self::ListSessions | Self::UpdateSettings | Self::PutPreferences | Self::QueryMetric => 3,
            Self::CreatePostWithImage => 2,
            // A password costs 50 ms of a core by design, an image its variants.
            Self::LogIn | Self::Upload => 1,
        }
    }

    /// Does it once, for the one whose turn it is.
    pub async fn run(self, world: &World) -> Result<Answer, Status> {
        match tokio::time::timeout(LIMIT, self.attempt(world)).await {
            Ok(answer) => answer,
            Err(_) => Err(Status::deadline_exceeded("the client has waited for 10 s")),
        }
    }

    async fn attempt(self, world: &World) -> Result<Answer, Status> {
        let number = world.next();
        let me = world.person(number);
        // Whom one follows.
        let other = world.person(number + 1);
        let api = &me.api;
        let whole = Ok(Answer::Whole);
        match self {
            Self::GetJwks => {
                world.channels.auth().get_jwks(GetJwksRequest {}).await?;
                whole
            }
            Self::LogIn => {
                log_in(&world.channels, &me.handle, PASSWORD).await?;
                whole
            }
            Self::ListSessions => {
                api.auth().list_sessions(ListSessionsRequest::default()).await?;
                whole
            }
            Self::GetProfile => {
                let by = Some(By::UserId(other.account_id.clone()));
                api.users().get_profile(GetProfileRequest { by }).await?;
                whole
            }
            Self::GetRelationship => {
                let (user_id, other_user_id) = (me.account_id.clone(), other.account_id.clone());
                api.users().get_relationship(GetRelationshipRequest { user_id, other_user_id }).await?;
                whole
            }
            Self::ListFollowers => {
                let user_id = other.account_id.clone();
                api.users().list_followers(ListFollowersRequest { user_id, ..Default::default() }).await?;
                whole
            }
            Self::ListSuggestions => {
                api.users().list_suggestions(ListSuggestionsRequest::default()).await?;
                whole
            }
            Self::Follow => {
                api.users().follow(FollowRequest { user_id: other.account_id.clone() }).await?;
                whole
            }
            Self::UpdateSettings => {
                let settings = Settings { time_zone: "Europe/Vienna".to_owned(), ..Settings::default() };
                let update_mask = Some(prost_types::FieldMask { paths: vec!["time_zone".to_owned()] });
                api.users().update_settings(UpdateSettingsRequest { settings: Some(settings), update_mask }).await?;
                whole
            }
            Self::GetPost => {
                let post_id = post_of(world, number + 1)?;
                api.content().get_post(GetPostRequest { post_id }).await?;
                whole
            }
            Self::BatchGetPosts => {
                let people = number..number + 10.min(world.seeded.people.len());
                let mut post_ids = people.map(|number| post_of(world, number)).collect::<Result<Vec<_>, _>>()?;
                post_ids.dedup();
                let wanted = post_ids.len();
                let posts = api.content().batch_get_posts(BatchGetPostsRequest { post_ids }).await?.into_inner().posts;
                Ok(if posts.len() < wanted { Answer::Less } else { Answer::Whole })
            }
            Self::ListPosts => {
                let (author_id, page_size) = (other.account_id.clone(), 100);
                let request = ListPostsRequest { author_id, page_size, ..Default::default() };
                let posts = api.content().list_posts(request).await?.into_inner();
                let has_all = posts.posts.iter().any(|post| post.visibility() == Visibility::Followers);
                Ok(if has_all || !posts.next_page_token.is_empty() { Answer::Whole } else { Answer::Less })
            }
            Self::CreatePost => {
                api.content().create_post(new_post(Vec::new())).await?;
                whole
            }
            Self::CreatePostWithImage => {
                let (owner, media_id) = media(world, number)?;
                world.person(owner).api.content().create_post(new_post(vec![media_id])).await?;
                whole
            }
            Self::CreateComment => {
                let request = CreateCommentRequest {
                    request_id: Uuid::new_v4().to_string(),
                    post_id: post_of(world, number + 1)?,
                    parent_id: String::new(),
                    text: "Seen".to_owned(),
                };
                api.content().create_comment(request).await?;
                whole
            }
            Self::SetReaction => {
                let request =
                    SetReactionRequest { post_id: post_of(world, number + 1)?, kind: ReactionKind::Like.into() };
                api.content().set_reaction(request).await?;
                whole
            }
            Self::ListFeed => {
                let feed = api.feed().list_feed(ListFeedRequest::default()).await?.into_inner();
                Ok(if feed.stale_since.is_some() { Answer::Less } else { Answer::Whole })
            }
            Self::GetMedia => {
                let (owner, media_id) = media(world, number)?;
                world.person(owner).api.media().get_media(GetMediaRequest { media_id }).await?;
                whole
            }
            Self::SignUrl => {
                let (owner, media_id) = media(world, number)?;
                let request = SignUrlRequest { media_id, variant: "thumbnail".to_owned(), lifetime: None };
                world.person(owner).api.media().sign_url(request).await?;
                whole
            }
            Self::Upload => upload(world, number).await,
            Self::CreateConversation => {
                let request = CreateConversationRequest {
                    request_id: Uuid::new_v4().to_string(),
                    // With three it is a new one each time.
                    member_ids: vec![other.account_id.clone(), world.person(number + 2).account_id.clone()],
                    title: "Looms".to_owned(),
                };
                api.messaging().create_conversation(request).await?;
                whole
            }
            Self::SendMessage => {
                let request = SendMessageRequest {
                    request_id: Uuid::new_v4().to_string(),
                    conversation_id: conversation(world, number)?,
                    text: "Still there?".to_owned(),
                    media_ids: Vec::new(),
                };
                api.messaging().send_message(request).await?;
                whole
            }
            Self::ListMessages => {
                let conversation_id = conversation(world, number)?;
                let request = ListMessagesRequest { conversation_id, ..Default::default() };
                api.messaging().list_messages(request).await?;
                whole
            }
            Self::SearchPosts => {
                let request = SearchPostsRequest { query: "looms".to_owned(), ..Default::default() };
                api.search().search_posts(request).await?;
                whole
            }
            Self::SearchTags => {
                api.search().search_tags(SearchTagsRequest { prefix: "loom".to_owned(), ..Default::default() }).await?;
                whole
            }
            Self::ListNotifications => {
                api.notifications().list_notifications(ListNotificationsRequest::default()).await?;
                whole
            }
            Self::PutPreferences => {
                let preferences = Some(Preferences::default());
                api.notifications().put_preferences(PutPreferencesRequest { preferences }).await?;
                whole
            }
            Self::IngestEvents => {
                let event = ClientEvent {
                    event_id: Uuid::new_v4().to_string(),
                    name: "post_viewed".to_owned(),
                    schema_version: 1,
                    occur_time: Some(SystemTime::now().into()),
                    properties: HashMap::from([("post_id".to_owned(), post_of(world, number)?)]),
                };
                again(|| ingest(api, event.clone())).await?;
                whole
            }
            Self::QueryMetric => {
                let request =
                    QueryProductMetricRequest { metric: ProductMetric::Posts.into(), window: Some(last_hour()) };
                world.operator.events().query_product_metric(request).await?;
                whole
            }
            Self::GetStream => {
                api.streaming().get_stream(GetStreamRequest { stream_id: stream(world)? }).await?;
                whole
            }
            Self::GetPlaylist => {
                api.streaming().get_playlist(GetPlaylistRequest { stream_id: stream(world)? }).await?;
                whole
            }
            Self::PutViewer => {
                let request = PutViewerRequest { stream_id: stream(world)?, viewer_id: me.account_id.clone() };
                api.streaming().put_viewer(request).await?;
                whole
            }
            Self::SendChat => {
                let request = SendChatMessageRequest {
                    request_id: Uuid::new_v4().to_string(),
                    stream_id: stream(world)?,
                    text: "Nice".to_owned(),
                };
                api.streaming().send_chat_message(request).await?;
                whole
            }
        }
    }
}

/// The first post for all of a person.
fn post_of(world: &World, number: usize) -> Result<String, Status> {
    let posts = &world.seeded.public_posts;
    let first = posts.get(number % posts.len().max(1)).and_then(|posts| posts.first());
    Ok(first.ok_or_else(|| missing("post"))?.post_id.clone())
}

fn media(world: &World, number: usize) -> Result<(usize, String), Status> {
    let media = &world.seeded.media;
    media.get(number % media.len().max(1)).cloned().ok_or_else(|| missing("image"))
}

fn conversation(world: &World, number: usize) -> Result<String, Status> {
    world.conversations.get(number).cloned().ok_or_else(|| missing("conversation"))
}

fn stream(world: &World) -> Result<String, Status> {
    Ok(world.live.as_ref().ok_or_else(|| missing("stream"))?.stream_id())
}

fn missing(what: &str) -> Status {
    Status::failed_precondition(format!("the world was prepared without a {what}"))
}

fn new_post(media_ids: Vec<String>) -> CreatePostRequest {
    CreatePostRequest {
        request_id: Uuid::new_v4().to_string(),
        text: "A thread more #loom".to_owned(),
        media_ids,
        visibility: Visibility::Public.into(),
    }
}

/// An upload without waiting for its variants.
async fn upload(world: &World, number: usize) -> Result<Answer, Status> {
    use sha2::{Digest as _, Sha256};
    let bytes = image(rand::random()).map_err(|error| Status::internal(format!("{error:#}")))?;
    let header = UploadHeader {
        request_id: Uuid::new_v4().to_string(),
        kind: MediaKind::Image.into(),
        size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: Sha256::digest(&bytes).to_vec(),
    };
    let parts = [Part::Header(header), Part::Chunk(bytes)].map(|part| UploadMediaRequest { part: Some(part) });
    let api = &world.person(number).api;
    again(|| send_parts(api, parts.clone())).await?;
    Ok(Answer::Whole)
}

async fn send_parts(api: &Api, parts: [UploadMediaRequest; 2]) -> Result<(), Status> {
    api.media().upload_media(limited(tokio_stream::iter(parts))).await?;
    Ok(())
}

async fn ingest(api: &Api, event: ClientEvent) -> Result<(), Status> {
    let batch = tokio_stream::iter([IngestEventsRequest { events: vec![event] }]);
    api.events().ingest_events(limited(batch)).await?;
    Ok(())
}

/// A channel does not repeat a stream. Who sends one does, where its contract says that it counts once.
async fn again<C: Future<Output = Result<(), Status>>>(call: impl Fn() -> C) -> Result<(), Status> {
    match call().await {
        Err(status) if status.code() == Code::Unavailable => {
            tokio::time::sleep(PAUSE).await;
            call().await
        }
        answer => answer,
    }
}

/// Streams have no deadline of the channel.
fn limited<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(LIMIT);
    request
}

fn last_hour() -> TimeWindow {
    let end = SystemTime::now();
    let hour = std::time::Duration::from_secs(3600);
    let step = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    TimeWindow { begin_time: Some((end - hour).into()), end_time: Some(end.into()), step }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::services::Service;

    #[test]
    fn names_differ_and_begin_with_a_service() {
        let names: BTreeSet<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
        assert_eq!(names.len(), Operation::ALL.len());
        assert!(Operation::ALL.iter().all(|operation| Service::named(operation.service()).is_some()));
    }

    #[test]
    fn a_mix_reads_more_than_it_writes() {
        let weight =
            |writes| Operation::ALL.iter().filter(|one| one.writes() == writes).map(|one| one.weight()).sum::<u32>();
        assert!(weight(false) > 3 * weight(true));
        assert!(Operation::ALL.iter().all(|operation| operation.weight() > 0));
    }
}
