//! Use cases of files that are there.

use social_auth::Caller;
use social_proto::media::v1::{
    BatchGetMediaRequest, BatchGetMediaResponse, DeleteMediaRequest, DeleteMediaResponse, GetMediaRequest,
    GetMediaResponse, ListMediaRequest, ListMediaResponse, SignUrlRequest, SignUrlResponse,
};
use social_runtime::{Error, timestamp};
use time::OffsetDateTime;

use super::{App, input, not_found, viewer};
use crate::convert;
use crate::domain::{State, VariantName};

impl App {
    /// One file.
    pub async fn get_media(&self, caller: &Caller, request: GetMediaRequest) -> Result<GetMediaResponse, Error> {
        let viewer = viewer(caller)?;
        let media_id = input::id("media_id", &request.media_id)?;
        let media = self.shown(viewer, media_id).await?;
        Ok(GetMediaResponse { media: Some(convert::media(&media)) })
    }

    /// Files by ids.
    pub async fn batch_get_media(
        &self,
        caller: &Caller,
        request: BatchGetMediaRequest,
    ) -> Result<BatchGetMediaResponse, Error> {
        let viewer = viewer(caller)?;
        let media_ids = input::batch_get_media(&request)?;
        let media = self.store.media_by_ids(&media_ids).await?;
        let shown = media.iter().filter(|media| media.visible_to(viewer));
        Ok(BatchGetMediaResponse { media: shown.map(convert::media).collect() })
    }

    /// A page of the files of the caller.
    pub async fn list_media(&self, caller: &Caller, request: ListMediaRequest) -> Result<ListMediaResponse, Error> {
        let owner_id = caller.account_id()?;
        let page = input::list_media(owner_id, &request)?;
        // One more than asked for tells whether there is another page.
        let limit = page.size as i64 + 1;
        let mut media = self.store.media_of(owner_id, &page.kinds, page.before, limit).await?;
        let more = media.len() > page.size;
        media.truncate(page.size);
        let next_page_token = match media.last() {
            Some(last) if more => page.query.token(&last.id),
            Some(_) | None => String::new(),
        };
        Ok(ListMediaResponse { media: media.iter().map(convert::media).collect(), next_page_token })
    }

    /// An address of a variant.
    pub async fn sign_url(&self, caller: &Caller, request: SignUrlRequest) -> Result<SignUrlResponse, Error> {
        let viewer = viewer(caller)?;
        let (media_id, variant, lifetime) = input::sign_url(&request)?;
        let media = self.shown(viewer, media_id).await?;
        if media.state != State::Ready {
            return Err(Error::failed_precondition("the file is not ready"));
        }
        if !media.variants.iter().any(|one| one.name == variant) {
            return Err(Error::not_found("the file has no such variant"));
        }
        // Whole seconds, so that it is not longer than asked for.
        let expires = (OffsetDateTime::now_utc() + lifetime).unix_timestamp();
        let query = self.signer.query(media_id, variant, expires);
        let url = format!("{}/v1/media/{media_id}/{}?{query}", self.public_url, variant.as_str());
        let expire_time = OffsetDateTime::from_unix_timestamp(expires).map_err(Error::internal)?;
        Ok(SignUrlResponse { url, expire_time: Some(timestamp::to_proto(expire_time)) })
    }

    /// Deletes a file of the caller. That it is not there any more is told at once; the bytes follow.
    pub async fn delete_media(
        &self,
        caller: &Caller,
        request: DeleteMediaRequest,
    ) -> Result<DeleteMediaResponse, Error> {
        let owner_id = caller.account_id()?;
        let media_id = input::id("media_id", &request.media_id)?;
        let Some(media) = self.store.media(media_id).await? else { return Ok(DeleteMediaResponse {}) };
        if media.owner_id != owner_id {
            let visible = media.visible_to(viewer(caller)?);
            let denied = || Error::permission_denied("only the owner deletes a file");
            return Err(if visible { denied() } else { not_found() });
        }
        self.store.delete_media(media_id).await?;
        self.wake.notify_one();
        Ok(DeleteMediaResponse {})
    }

    /// Whether an address was signed here and is good now: the seconds that are left.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub(super) fn seconds_left(
        &self,
        media_id: uuid::Uuid,
        variant: VariantName,
        expires: i64,
        signature: &str,
    ) -> Result<u64, Error> {
        if !self.signer.verify(media_id, variant, expires, signature) {
            return Err(Error::permission_denied("the address is not signed").with_reason("NOT_SIGNED"));
        }
        let left = expires - OffsetDateTime::now_utc().unix_timestamp();
        match u64::try_from(left) {
            Ok(left) if left > 0 => Ok(left),
            _ => Err(Error::permission_denied("the address has expired").with_reason("EXPIRED")),
        }
    }
}
