//! What must hold of a request before anything is done. Gives the request with its ids parsed.

use std::time::Duration;

use social_proto::media::v1::{BatchGetMediaRequest, ListMediaRequest, SignUrlRequest, UploadHeader};
use social_runtime::Error;
use social_runtime::page::Query;
use social_runtime::validate::Validation;
use uuid::Uuid;

use crate::convert;
use crate::domain::{Kind, VariantName};

const BATCH: usize = 100;
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;
const DEFAULT_LIFETIME: Duration = Duration::from_secs(5 * 60);
const MAX_LIFETIME: Duration = Duration::from_secs(3600);

/// One id that is required.
pub fn id(field: &str, value: &str) -> Result<Uuid, Error> {
    let mut check = Validation::new();
    let id = check.uuid(field, value);
    check.finish().map(|()| id)
}

/// What an uploader promises.
#[derive(Debug)]
pub struct Promise {
    pub request_id: Uuid,
    pub kind: Kind,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
}

/// The header of an upload.
pub fn upload(header: &UploadHeader) -> Result<Promise, Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("header.request_id", &header.request_id);
    let kind = kind(&mut check, "header.kind", header.kind);
    check.range("header.size_bytes", header.size_bytes, 1..=kind.max_bytes());
    check.bytes("header.sha256", &header.sha256, 32..=32);
    check.finish()?;
    Ok(Promise { request_id, kind, size_bytes: header.size_bytes, sha256: header.sha256.clone() })
}

/// A kind that is required; any where it is wrong.
fn kind(check: &mut Validation, field: &str, number: i32) -> Kind {
    let kind = convert::kind_from(number);
    if kind.is_none() {
        check.violation(field, if number == 0 { "is required" } else { "is not known" });
    }
    kind.unwrap_or(Kind::Video)
}

/// 1 to 100 ids, each once.
pub fn batch_get_media(request: &BatchGetMediaRequest) -> Result<Vec<Uuid>, Error> {
    let mut check = Validation::new();
    let ids = check.uuids("media_ids", &request.media_ids, 1..=BATCH);
    check.finish().map(|()| ids)
}

/// The files of these kinds before one.
pub struct MediaPage {
    pub kinds: Vec<Kind>,
    pub before: Uuid,
    pub size: usize,
    pub query: Query,
}

/// A page of the files of an owner.
pub fn list_media(owner_id: Uuid, request: &ListMediaRequest) -> Result<MediaPage, Error> {
    let mut check = Validation::new();
    let kinds =
        if request.kind == 0 { vec![Kind::Image, Kind::Video] } else { vec![kind(&mut check, "kind", request.kind)] };
    let size = check.page_size("page_size", request.page_size, PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListMedia").with(owner_id).with(request.kind);
    let before = query.cursor(&request.page_token)?.unwrap_or(Uuid::max());
    Ok(MediaPage { kinds, before, size: size as usize, query })
}

/// The file, the variant, and for how long its address is good.
pub fn sign_url(request: &SignUrlRequest) -> Result<(Uuid, VariantName, Duration), Error> {
    let mut check = Validation::new();
    let media_id = check.uuid("media_id", &request.media_id);
    check.required("variant", &request.variant);
    let variant = VariantName::parse(&request.variant);
    check.check("variant", request.variant.is_empty() || variant.is_some(), "is not known");
    let lifetime = match request.lifetime {
        None => Some(DEFAULT_LIFETIME),
        Some(lifetime) => Duration::try_from(lifetime).ok(),
    };
    let right = lifetime.filter(|lifetime| (Duration::from_secs(1)..=MAX_LIFETIME).contains(lifetime));
    check.check("lifetime", right.is_some(), "must be 1 second to 1 hour");
    check.finish()?;
    // Both are there, or it would not have come so far.
    Ok((media_id, variant.unwrap_or(VariantName::Original), right.unwrap_or(DEFAULT_LIFETIME)))
}
