//! The domain as the contract says it, and back.

use social_proto::media::v1;
use social_proto::media::v1::media_event;
use social_runtime::timestamp;
use uuid::Uuid;

use crate::domain::{Kind, Media, State, Variant, now};

/// A file.
pub fn media(media: &Media) -> v1::Media {
    v1::Media {
        media_id: media.id.to_string(),
        owner_id: media.owner_id.to_string(),
        kind: kind(media.kind).into(),
        state: state(media.state).into(),
        content_type: media.content_type.clone(),
        size_bytes: media.size_bytes,
        width_pixels: media.width_pixels,
        height_pixels: media.height_pixels,
        // Of a processed file at most some days: what its reader lets pass.
        duration: media.duration.and_then(|duration| prost_types::Duration::try_from(duration).ok()),
        variants: media.variants.iter().map(variant).collect(),
        create_time: Some(timestamp::to_proto(media.create_time)),
        failure: media.failure.clone(),
    }
}

fn variant(variant: &Variant) -> v1::Variant {
    v1::Variant {
        name: variant.name.as_str().to_owned(),
        content_type: variant.content_type.clone(),
        width_pixels: variant.width_pixels,
        height_pixels: variant.height_pixels,
        size_bytes: variant.size_bytes,
    }
}

/// What happened to a file.
pub fn event(media_id: Uuid, owner_id: Uuid, sequence: i64, event: media_event::Event) -> v1::MediaEvent {
    v1::MediaEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(timestamp::to_proto(now())),
        media_id: media_id.to_string(),
        owner_id: owner_id.to_string(),
        sequence,
        event: Some(event),
    }
}

/// What a file is.
pub fn kind(kind: Kind) -> v1::MediaKind {
    match kind {
        Kind::Image => v1::MediaKind::Image,
        Kind::Video => v1::MediaKind::Video,
    }
}

/// `None` for what is unspecified or unknown.
pub fn kind_from(number: i32) -> Option<Kind> {
    match v1::MediaKind::try_from(number) {
        Ok(v1::MediaKind::Image) => Some(Kind::Image),
        Ok(v1::MediaKind::Video) => Some(Kind::Video),
        Ok(v1::MediaKind::Unspecified) | Err(_) => None,
    }
}

fn state(state: State) -> v1::MediaState {
    match state {
        State::Processing => v1::MediaState::Processing,
        State::Ready => v1::MediaState::Ready,
        State::Failed => v1::MediaState::Failed,
    }
}
