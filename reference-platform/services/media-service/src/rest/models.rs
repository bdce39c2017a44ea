//! What is told in JSON. Names of enums are in lower case, times in RFC 3339.

use serde::{Deserialize, Serialize};
use social_proto::media::v1;
use social_runtime::timestamp;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// An uploaded file. What a camera wrote into it about place and owner is not kept.
#[derive(Serialize, ToSchema)]
pub struct Media {
    pub media_id: String,
    pub owner_id: String,
    pub kind: Option<Kind>,
    pub state: Option<State>,
    /// Found in the bytes, whatever the uploader said.
    pub content_type: String,
    pub size_bytes: i64,
    /// 0 until it is known, and for MPEG-TS.
    pub width_pixels: i32,
    pub height_pixels: i32,
    /// Videos only.
    pub duration_seconds: Option<f64>,
    /// Empty unless ready.
    pub variants: Vec<Variant>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub create_time: Option<OffsetDateTime>,
    /// Why it could not be used; only if failed.
    pub failure: String,
}

impl From<v1::Media> for Media {
    fn from(media: v1::Media) -> Self {
        Media {
            kind: Kind::from_contract(media.kind()),
            state: State::from_contract(media.state()),
            media_id: media.media_id,
            owner_id: media.owner_id,
            content_type: media.content_type,
            size_bytes: media.size_bytes,
            width_pixels: media.width_pixels,
            height_pixels: media.height_pixels,
            duration_seconds: media.duration.map(|time| time.seconds as f64 + f64::from(time.nanos) / 1e9),
            variants: media.variants.into_iter().map(Variant::from).collect(),
            create_time: media.create_time.as_ref().and_then(timestamp::from_proto),
            failure: media.failure,
        }
    }
}

/// One form of a file.
#[derive(Serialize, ToSchema)]
pub struct Variant {
    /// "original", "large", "small", "thumbnail", "poster" or "playlist".
    pub name: String,
    pub content_type: String,
    pub width_pixels: i32,
    pub height_pixels: i32,
    pub size_bytes: i64,
}

impl From<v1::Variant> for Variant {
    fn from(variant: v1::Variant) -> Self {
        Variant {
            name: variant.name,
            content_type: variant.content_type,
            width_pixels: variant.width_pixels,
            height_pixels: variant.height_pixels,
            size_bytes: variant.size_bytes,
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Image,
    Video,
}

impl Kind {
    fn from_contract(kind: v1::MediaKind) -> Option<Self> {
        match kind {
            v1::MediaKind::Image => Some(Kind::Image),
            v1::MediaKind::Video => Some(Kind::Video),
            v1::MediaKind::Unspecified => None,
        }
    }

    /// As the contract says it.
    pub fn to_contract(self) -> v1::MediaKind {
        match self {
            Kind::Image => v1::MediaKind::Image,
            Kind::Video => v1::MediaKind::Video,
        }
    }
}

/// How far a file is.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Processing,
    Ready,
    Failed,
}

impl State {
    fn from_contract(state: v1::MediaState) -> Option<Self> {
        match state {
            v1::MediaState::Processing => Some(State::Processing),
            v1::MediaState::Ready => Some(State::Ready),
            v1::MediaState::Failed => Some(State::Failed),
            v1::MediaState::Unspecified => None,
        }
    }
}

/// A page of files, newest first.
#[derive(Serialize, ToSchema)]
pub struct MediaList {
    pub media: Vec<Media>,
    /// Empty on the last page.
    pub next_page_token: String,
}

/// Which page of which files.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Absent for all kinds.
    pub kind: Option<Kind>,
    /// 0 means 50; at most 100.
    #[serde(default)]
    pub page_size: i32,
    /// Absent for the first page.
    #[serde(default)]
    pub page_token: String,
}

/// What is uploaded.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NewMedia {
    pub kind: Kind,
}

/// For how long an address is to be good.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Lifetime {
    /// Absent means 300; at most 3600.
    pub lifetime_seconds: Option<u32>,
}

/// An address by which a variant can be fetched.
#[derive(Serialize, ToSchema)]
pub struct SignedUrl {
    pub url: String,
    #[serde(with = "time::serde::rfc3339::option")]
    pub expire_time: Option<OffsetDateTime>,
}

/// What makes an address a signed one.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Signature {
    /// Unix time in seconds.
    pub expires: i64,
    pub signature: String,
}
