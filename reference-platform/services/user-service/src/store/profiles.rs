//! Reading and changing profiles.

use social_database::{Result, timed};
use social_runtime::Error;
use sqlx::PgConnection;
use uuid::Uuid;

use super::events::tell_profile;
use super::{Store, lock_caller, no_own_profile};
use crate::domain::Viewer;
use crate::domain::profile::{Profile, ProfileChange};

impl Store {
    /// A profile, or none when it is unknown or hidden from the viewer.
    pub async fn profile(&self, user_id: Uuid, viewer: Viewer) -> Result<Option<Profile>> {
        Ok(self.profiles(&[user_id], viewer).await?.pop())
    }

    /// The profile of a handle in small letters, or none when it is unknown or hidden from the viewer.
    pub async fn profile_by_handle(&self, handle: &str, viewer: Viewer) -> Result<Option<Profile>> {
        let user_id = sqlx::query_scalar!("SELECT user_id FROM profiles WHERE handle = $1", handle);
        match timed("profiles.by_handle", user_id.fetch_optional(&self.pool)).await? {
            Some(user_id) => self.profile(user_id, viewer).await,
            None => Ok(None),
        }
    }

    /// Those of at most 100 profiles that are known and not hidden from the viewer.
    pub async fn profiles(&self, user_ids: &[Uuid], viewer: Viewer) -> Result<Vec<Profile>> {
        let mut connection = self.pool.acquire().await?;
        Ok(timed("profiles.by_ids", read(&mut connection, user_ids, viewer)).await?)
    }

    /// Changes the profile of a caller. With an expected version, ABORTED when the profile is at another one, unless
    /// this very change led there: it was then asked for twice.
    pub async fn change_profile(
        &self,
        user_id: Uuid,
        change: &ProfileChange,
        expected: Option<i64>,
    ) -> Result<Profile> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock_caller(&mut tx, user_id).await?;
            let current = read(&mut tx, &[user_id], Viewer::Service).await?.pop().ok_or_else(no_own_profile)?;
            let repeated = expected == Some(current.version - 1) && change.is_done(&current);
            if expected.is_some_and(|version| version != current.version) && !repeated {
                return Err(Error::aborted("the profile has changed since: read it again").into());
            }
            if change.is_done(&current) {
                return Ok(current);
            }
            let (avatar_changes, avatar) = (change.avatar_media_id.is_some(), change.avatar_media_id.flatten());
            let version = sqlx::query_scalar!(
                "UPDATE profiles
                 SET display_name = coalesce($2, display_name), bio = coalesce($3, bio),
                     avatar_media_id = CASE WHEN $4 THEN $5 ELSE avatar_media_id END, version = version + 1
                 WHERE user_id = $1
                 RETURNING version",
                user_id,
                change.display_name.as_deref(),
                change.bio.as_deref(),
                avatar_changes,
                avatar
            )
            .fetch_one(&mut *tx)
            .await?;
            tell_profile(&mut tx, user_id).await?;
            tx.commit().await?;
            Ok(change.applied_to(current, version))
        })
        .await
    }
}

async fn read(connection: &mut PgConnection, user_ids: &[Uuid], viewer: Viewer) -> sqlx::Result<Vec<Profile>> {
    sqlx::query_as!(
        Profile,
        "SELECT p.user_id, p.handle, p.display_name, p.bio, p.avatar_media_id, c.follower_count, c.following_count,
                p.create_time, p.version
         FROM profiles p JOIN counters c ON c.user_id = p.user_id
         WHERE p.user_id = ANY($1)
           AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = $2 AND b.blocked_id = p.user_id)
           AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = p.user_id AND b.blocked_id = $2)
         LIMIT 100",
        user_ids,
        viewer.user_id()
    )
    .fetch_all(connection)
    .await
}
