//! The contracts of `proto/`, as `build.rs` has generated them: messages, clients and servers, one module for each package, and
//! the descriptors of all. Knows no service's code and no transport.

#![forbid(unsafe_code)]

/// The contracts, by package.
#[allow(missing_docs, reason = "fields whose names say all have no comment in the contracts")]
pub mod social {
    pub mod auth {
        pub mod v1 {
            tonic::include_proto!("social.auth.v1");
        }
    }
    pub mod content {
        pub mod v1 {
            tonic::include_proto!("social.content.v1");
        }
    }
    pub mod events {
        pub mod v1 {
            tonic::include_proto!("social.events.v1");
        }
    }
    pub mod feed {
        pub mod v1 {
            tonic::include_proto!("social.feed.v1");
        }
    }
    pub mod media {
        pub mod v1 {
            tonic::include_proto!("social.media.v1");
        }
    }
    pub mod messaging {
        pub mod v1 {
            tonic::include_proto!("social.messaging.v1");
        }
    }
    pub mod notification {
        pub mod v1 {
            tonic::include_proto!("social.notification.v1");
        }
    }
    pub mod search {
        pub mod v1 {
            tonic::include_proto!("social.search.v1");
        }
    }
    pub mod streaming {
        pub mod v1 {
            tonic::include_proto!("social.streaming.v1");
        }
    }
    pub mod user {
        pub mod v1 {
            tonic::include_proto!("social.user.v1");
        }
    }
}

pub use social::{auth, content, events, feed, media, messaging, notification, search, streaming, user};

/// All contracts as an encoded `google.protobuf.FileDescriptorSet`, with comments and imports, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The full names of all services, as health checks and reflection ask for them.
pub const SERVICES: [&str; 10] = [
    auth::v1::auth_service_server::SERVICE_NAME,
    content::v1::content_service_server::SERVICE_NAME,
    events::v1::events_service_server::SERVICE_NAME,
    feed::v1::feed_service_server::SERVICE_NAME,
    media::v1::media_service_server::SERVICE_NAME,
    messaging::v1::messaging_service_server::SERVICE_NAME,
    notification::v1::notification_service_server::SERVICE_NAME,
    search::v1::search_service_server::SERVICE_NAME,
    streaming::v1::streaming_service_server::SERVICE_NAME,
    user::v1::user_service_server::SERVICE_NAME,
];
