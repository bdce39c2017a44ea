//! The platform from its clients' side: typed clients of the ten APIs, calls balanced between replicas, and who calls. It knows
//! the contracts, never how a service does what they say.

mod account;
mod encoder;
mod socket;
mod upload;

use std::time::Duration;

use anyhow::Result;
use social_auth::TokenSettings;
use social_client::{GrpcChannel, Policy, with_bearer};
use social_proto::auth::v1::auth_service_client::AuthServiceClient;
use social_proto::content::v1::content_service_client::ContentServiceClient;
use social_proto::events::v1::events_service_client::EventsServiceClient;
use social_proto::feed::v1::feed_service_client::FeedServiceClient;
use social_proto::media::v1::media_service_client::MediaServiceClient;
use social_proto::messaging::v1::messaging_service_client::MessagingServiceClient;
use social_proto::notification::v1::notification_service_client::NotificationServiceClient;
use social_proto::search::v1::search_service_client::SearchServiceClient;
use social_proto::streaming::v1::streaming_service_client::StreamingServiceClient;
use social_proto::user::v1::user_service_client::UserServiceClient;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::{Request, Status};

pub use account::{Session, log_in, profile_made, register};
pub use encoder::{Encoder, SEGMENT, content};
pub use socket::Socket;
pub use upload::{image, upload};

use crate::keys::{TOKEN_AUDIENCE, TOKEN_ISSUER};
use crate::services::Services;

/// A client far away waits longer than a service does for another one.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long an operator's token holds.
const OPERATOR: Duration = Duration::from_secs(3600);

/// The channels to all services. Clones share connections.
#[derive(Clone, Debug)]
pub struct Channels {
    auth: GrpcChannel,
    user: GrpcChannel,
    content: GrpcChannel,
    feed: GrpcChannel,
    media: GrpcChannel,
    messaging: GrpcChannel,
    search: GrpcChannel,
    notification: GrpcChannel,
    events: GrpcChannel,
    streaming: GrpcChannel,
}

impl Channels {
    /// To the replicas that `services` has now, whether they run or not. Connections are made when they are used.
    pub fn to(services: &Services) -> Result<Self> {
        // Breaker and retries protect services from each other; who measures wants to see each call as it ends.
        let policy = Policy {
            deadline: DEADLINE,
            attempts: 2,
            retry_ratio: 1.0,
            concurrency: 4096,
            breaker_ratio: 1.1,
            ..Policy::default()
        };
        let channel = |service: &str, callee: &'static str| {
            social_client::channel(&services.urls(service)?, policy.clone(), callee)
        };
        Ok(Self {
            auth: channel("auth", "auth-service")?,
            user: channel("user", "user-service")?,
            content: channel("content", "content-service")?,
            feed: channel("feed", "feed-service")?,
            media: channel("media", "media-service")?,
            messaging: channel("messaging", "messaging-service")?,
            search: channel("search", "search-service")?,
            notification: channel("notification", "notification-service")?,
            events: channel("events", "events-service")?,
            streaming: channel("streaming", "streaming-service")?,
        })
    }

    /// For who has no token yet.
    pub fn auth(&self) -> AuthServiceClient<GrpcChannel> {
        AuthServiceClient::new(self.auth.clone())
    }

    /// All APIs, for the holder of `token`.
    pub fn with_token(&self, token: &str) -> Api {
        Api { channels: self.clone(), bearer: Bearer(token.to_owned()) }
    }

    /// All APIs, for an operator.
    pub fn operator(&self, services: &Services) -> Result<Api> {
        let key = services.key()?;
        let settings = TokenSettings {
            token_issuer: TOKEN_ISSUER.to_owned(),
            token_audience: TOKEN_AUDIENCE.to_owned(),
            service_token_public_key: key.public_pem(),
            service_token_key: None,
        };
        Ok(self.with_token(&social_auth::mint_operator(&key, &settings, "launcher", OPERATOR)?))
    }
}

/// Names the caller in each call.
#[derive(Clone)]
pub struct Bearer(String);

impl Interceptor for Bearer {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        with_bearer(request, &self.0)
    }
}

/// A channel on which each call has the token of its caller.
pub type Authorized = InterceptedService<GrpcChannel, Bearer>;

/// The ten APIs for one caller. Cheap to clone, as are the clients that it gives.
#[derive(Clone)]
pub struct Api {
    channels: Channels,
    bearer: Bearer,
}

impl Api {
    /// auth-service.
    pub fn auth(&self) -> AuthServiceClient<Authorized> {
        AuthServiceClient::with_interceptor(self.channels.auth.clone(), self.bearer.clone())
    }

    /// user-service.
    pub fn users(&self) -> UserServiceClient<Authorized> {
        UserServiceClient::with_interceptor(self.channels.user.clone(), self.bearer.clone())
    }

    /// content-service.
    pub fn content(&self) -> ContentServiceClient<Authorized> {
        ContentServiceClient::with_interceptor(self.channels.content.clone(), self.bearer.clone())
    }

    /// feed-service.
    pub fn feed(&self) -> FeedServiceClient<Authorized> {
        FeedServiceClient::with_interceptor(self.channels.feed.clone(), self.bearer.clone())
    }

    /// media-service.
    pub fn media(&self) -> MediaServiceClient<Authorized> {
        MediaServiceClient::with_interceptor(self.channels.media.clone(), self.bearer.clone())
    }

    /// messaging-service.
    pub fn messaging(&self) -> MessagingServiceClient<Authorized> {
        MessagingServiceClient::with_interceptor(self.channels.messaging.clone(), self.bearer.clone())
    }

    /// One replica of messaging-service, whose URL that is: for a session that shall be at another one than somebody else's.
    pub fn messaging_at(&self, url: &str) -> Result<MessagingServiceClient<Authorized>> {
        let channel = social_client::channel(url, Policy::default(), "messaging-service")?;
        Ok(MessagingServiceClient::with_interceptor(channel, self.bearer.clone()))
    }

    /// search-service.
    pub fn search(&self) -> SearchServiceClient<Authorized> {
        SearchServiceClient::with_interceptor(self.channels.search.clone(), self.bearer.clone())
    }

    /// notification-service.
    pub fn notifications(&self) -> NotificationServiceClient<Authorized> {
        NotificationServiceClient::with_interceptor(self.channels.notification.clone(), self.bearer.clone())
    }

    /// events-service.
    pub fn events(&self) -> EventsServiceClient<Authorized> {
        EventsServiceClient::with_interceptor(self.channels.events.clone(), self.bearer.clone())
    }

    /// streaming-service.
    pub fn streaming(&self) -> StreamingServiceClient<Authorized> {
        StreamingServiceClient::with_interceptor(self.channels.streaming.clone(), self.bearer.clone())
    }
}
