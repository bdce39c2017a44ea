//! What others see of a user.

use time::OffsetDateTime;
use uuid::Uuid;

/// The most characters of a display name.
pub const DISPLAY_NAME_LIMIT: usize = 50;
/// The most characters of a bio.
pub const BIO_LIMIT: usize = 300;

/// A profile with its counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub user_id: Uuid,
    pub handle: String,
    pub display_name: String,
    pub bio: String,
    pub avatar_media_id: Option<Uuid>,
    pub follower_count: i64,
    pub following_count: i64,
    pub create_time: OffsetDateTime,
    /// Counts the changes of the profile itself; counters do not move it.
    pub version: i64,
}

impl Profile {
    /// The version as it is shown outside.
    pub fn etag(&self) -> String {
        format!("v{}", self.version)
    }
}

/// The version that an etag of [`Profile::etag`] names, or none when it is not one.
pub fn version_of(etag: &str) -> Option<i64> {
    etag.strip_prefix('v')?.parse().ok().filter(|version| *version >= 1)
}

/// What changes in a profile. A field that is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    pub bio: Option<String>,
    /// `Some(None)` takes the image away.
    pub avatar_media_id: Option<Option<Uuid>>,
}

impl ProfileChange {
    /// Whether the profile already is as this change would make it.
    pub fn is_done(&self, profile: &Profile) -> bool {
        self.display_name.as_ref().is_none_or(|name| *name == profile.display_name)
            && self.bio.as_ref().is_none_or(|bio| *bio == profile.bio)
            && self.avatar_media_id.is_none_or(|avatar| avatar == profile.avatar_media_id)
    }

    /// The profile with this change, which made it the given version.
    pub fn applied_to(&self, profile: Profile, version: i64) -> Profile {
        Profile {
            display_name: self.display_name.clone().unwrap_or(profile.display_name),
            bio: self.bio.clone().unwrap_or(profile.bio),
            avatar_media_id: self.avatar_media_id.unwrap_or(profile.avatar_media_id),
            version,
            ..profile
        }
    }
}

/// A handle in the form in which it is stored: 3 to 30 of `[a-z0-9_]`. Capitals are the same handle.
pub fn handle(text: &str) -> Result<String, &'static str> {
    let handle = text.to_ascii_lowercase();
    let fits = (3..=30).contains(&handle.len())
        && handle.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if fits { Ok(handle) } else { Err("must be 3 to 30 characters of a-z, 0-9 and _") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_have_one_form() {
        assert_eq!(handle("Ada_1"), Ok("ada_1".to_owned()));
        for bad in ["", "ab", &"a".repeat(31), "a-b", "a b", "ä_b_c", "a\0b"] {
            assert!(handle(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn etags_lead_back_to_versions() {
        assert_eq!(version_of("v12"), Some(12));
        for bad in ["", "12", "v", "v0", "v-1", "v1x", "v99999999999999999999"] {
            assert_eq!(version_of(bad), None, "{bad:?}");
        }
    }
}
