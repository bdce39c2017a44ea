//! Rows as the domain knows them. Constraints of the tables see to it that numbers and names are no others.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Kind, Media, State, Variant, VariantName};

pub(super) struct MediaRow {
    pub media_id: Uuid,
    pub owner_id: Uuid,
    pub kind: i16,
    pub state: i16,
    pub content_type: String,
    pub size_bytes: i64,
    pub width_pixels: i32,
    pub height_pixels: i32,
    pub duration_millis: Option<i64>,
    pub failure: String,
    pub create_time: OffsetDateTime,
}

pub(super) struct VariantRow {
    pub media_id: Uuid,
    pub name: String,
    pub content_type: String,
    pub width_pixels: i32,
    pub height_pixels: i32,
    pub size_bytes: i64,
}

/// A file with those of the variants that are its own.
pub(super) fn media(row: MediaRow, variants: &[VariantRow]) -> Media {
    let mut variants: Vec<Variant> =
        variants.iter().filter(|variant| variant.media_id == row.media_id).filter_map(variant).collect();
    variants.sort_by_key(|variant| variant.name);
    Media {
        id: row.media_id,
        owner_id: row.owner_id,
        kind: kind(row.kind),
        state: state(row.state),
        content_type: row.content_type,
        size_bytes: row.size_bytes,
        width_pixels: row.width_pixels,
        height_pixels: row.height_pixels,
        duration: row.duration_millis.map(|millis| Duration::from_millis(millis.unsigned_abs())),
        variants,
        create_time: row.create_time,
        failure: row.failure,
    }
}

fn variant(row: &VariantRow) -> Option<Variant> {
    Some(Variant {
        name: VariantName::parse(&row.name)?,
        content_type: row.content_type.clone(),
        width_pixels: row.width_pixels,
        height_pixels: row.height_pixels,
        size_bytes: row.size_bytes,
    })
}

fn kind(number: i16) -> Kind {
    if number == 1 { Kind::Image } else { Kind::Video }
}

pub(super) fn kind_number(kind: Kind) -> i16 {
    match kind {
        Kind::Image => 1,
        Kind::Video => 2,
    }
}

fn state(number: i16) -> State {
    match number {
        1 => State::Processing,
        2 => State::Ready,
        _ => State::Failed,
    }
}
