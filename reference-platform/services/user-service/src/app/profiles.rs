//! Profiles: reading and changing them.

use social_runtime::validate::{ONE_LINE, TEXT, Validation};
use social_runtime::{Error, Result};
use uuid::Uuid;

use super::App;
use crate::domain::Viewer;
use crate::domain::profile::{self, BIO_LIMIT, DISPLAY_NAME_LIMIT, Profile, ProfileChange};

/// By what a profile is asked for.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    UserId(&'a str),
    Handle(&'a str),
}

/// A profile as its owner wants it. Only fields that are named beside it count.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProfileInput<'a> {
    pub display_name: &'a str,
    pub bio: &'a str,
    /// Empty takes the image away.
    pub avatar_media_id: &'a str,
    /// Empty: whatever the current version is.
    pub etag: &'a str,
}

impl App {
    /// One profile. NOT_FOUND when it is unknown or hidden from the caller.
    pub async fn get_profile(&self, caller: Uuid, by: Option<By<'_>>) -> Result<Profile> {
        let viewer = Viewer::User(caller);
        let found = match by {
            Some(By::UserId(user_id)) => {
                let mut request = Validation::new();
                let user_id = request.uuid("user_id", user_id);
                request.finish()?;
                self.store.profile(user_id, viewer).await?
            }
            Some(By::Handle(handle)) => {
                let handle = profile::handle(handle).map_err(|why| Error::invalid("handle", why))?;
                self.store.profile_by_handle(&handle, viewer).await?
            }
            None => return Err(Error::invalid("by", "is required")),
        };
        found.ok_or_else(|| Error::not_found("there is no such profile"))
    }

    /// The profile of the caller.
    pub async fn own_profile(&self, caller: Uuid) -> Result<Profile> {
        let found = self.store.profile(caller, Viewer::User(caller)).await?;
        found.ok_or_else(|| Error::not_found("you have no profile yet"))
    }

    /// Profiles by 1 to 100 ids, without those that are unknown or hidden.
    pub async fn batch_get_profiles(&self, viewer: Viewer, user_ids: &[String]) -> Result<Vec<Profile>> {
        let mut request = Validation::new();
        let user_ids = request.uuids("user_ids", user_ids, 1..=100);
        request.finish()?;
        Ok(self.store.profiles(&user_ids, viewer).await?)
    }

    /// Changes the caller's profile in the named fields.
    pub async fn update_profile(
        &self,
        caller: Uuid,
        input: Option<ProfileInput<'_>>,
        fields: &[String],
    ) -> Result<Profile> {
        let mut request = Validation::new();
        let input = request.present("profile", input.as_ref()).copied().unwrap_or_default();
        let change = profile_change(&mut request, &input, fields);
        request.finish()?;
        // An etag that was never given out is not the current one either.
        let expected = (!input.etag.is_empty()).then(|| profile::version_of(input.etag).unwrap_or(-1));
        Ok(self.store.change_profile(caller, &change, expected).await?)
    }
}

fn profile_change(request: &mut Validation, input: &ProfileInput<'_>, fields: &[String]) -> ProfileChange {
    let mut change = ProfileChange::default();
    if !request.list("update_mask", fields, 1..=10) {
        return change;
    }
    for field in fields {
        match field.as_str() {
            "display_name" => {
                request.text("profile.display_name", input.display_name, 0..=DISPLAY_NAME_LIMIT);
                request.characters("profile.display_name", input.display_name, ONE_LINE);
                change.display_name = Some(input.display_name.to_owned());
            }
            "bio" => {
                request.text("profile.bio", input.bio, 0..=BIO_LIMIT);
                request.characters("profile.bio", input.bio, TEXT);
                change.bio = Some(input.bio.to_owned());
            }
            "avatar_media_id" => {
                change.avatar_media_id = Some(request.optional_uuid("profile.avatar_media_id", input.avatar_media_id));
            }
            _ => request.violation("update_mask", "may name display_name, bio and avatar_media_id"),
        }
    }
    change
}
