//! Lists of edges, newest first, and what two users are to each other.

use std::collections::HashSet;

use social_database::{Result, timed};
use uuid::Uuid;

use super::Store;
use super::settings::policy;
use crate::domain::Viewer;
use crate::domain::graph::{Entry, Relationship};
use crate::domain::page::Page;

impl Store {
    /// Who follows a user: one more than the page.
    pub async fn followers(&self, user_id: Uuid, viewer: Viewer, page: &Page) -> Result<Vec<Entry>> {
        let entries = sqlx::query_as!(
            Entry,
            "SELECT f.follower_id AS user_id, f.create_time AS since
             FROM follows f JOIN profiles p ON p.user_id = f.follower_id
             WHERE f.followee_id = $1 AND (f.create_time, f.follower_id) < ($2, $3)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = $4 AND b.blocked_id = f.follower_id)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = f.follower_id AND b.blocked_id = $4)
             ORDER BY f.create_time DESC, f.follower_id DESC
             LIMIT $5",
            user_id,
            page.after.time(),
            page.after.id,
            viewer.user_id(),
            page.limit()
        );
        Ok(timed("follows.followers", entries.fetch_all(&self.pool)).await?)
    }

    /// Whom a user follows: one more than the page.
    pub async fn following(&self, user_id: Uuid, viewer: Viewer, page: &Page) -> Result<Vec<Entry>> {
        let entries = sqlx::query_as!(
            Entry,
            "SELECT f.followee_id AS user_id, f.create_time AS since
             FROM follows f JOIN profiles p ON p.user_id = f.followee_id
             WHERE f.follower_id = $1 AND (f.create_time, f.followee_id) < ($2, $3)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = $4 AND b.blocked_id = f.followee_id)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = f.followee_id AND b.blocked_id = $4)
             ORDER BY f.create_time DESC, f.followee_id DESC
             LIMIT $5",
            user_id,
            page.after.time(),
            page.after.id,
            viewer.user_id(),
            page.limit()
        );
        Ok(timed("follows.following", entries.fetch_all(&self.pool)).await?)
    }

    /// Whom a user has blocked: one more than the page.
    pub async fn blocked(&self, user_id: Uuid, page: &Page) -> Result<Vec<Entry>> {
        let entries = sqlx::query_as!(
            Entry,
            "SELECT b.blocked_id AS user_id, b.create_time AS since
             FROM blocks b JOIN profiles p ON p.user_id = b.blocked_id
             WHERE b.blocker_id = $1 AND (b.create_time, b.blocked_id) < ($2, $3)
             ORDER BY b.create_time DESC, b.blocked_id DESC
             LIMIT $4",
            user_id,
            page.after.time(),
            page.after.id,
            page.limit()
        );
        Ok(timed("blocks.blocked", entries.fetch_all(&self.pool)).await?)
    }

    /// What a user is to another one, or none when one of both is unknown.
    pub async fn relationship(&self, user_id: Uuid, other: Uuid) -> Result<Option<Relationship>> {
        let row = sqlx::query!(
            r#"SELECT
                 EXISTS (SELECT FROM follows WHERE follower_id = $1 AND followee_id = $2) AS "follows!",
                 EXISTS (SELECT FROM follows WHERE follower_id = $2 AND followee_id = $1) AS "followed_by!",
                 EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = $2)
                   OR EXISTS (SELECT FROM blocks WHERE blocker_id = $2 AND blocked_id = $1) AS "blocked!",
                 s.message_policy
               FROM profiles p CROSS JOIN settings s
               WHERE p.user_id = $1 AND s.user_id = $2"#,
            user_id,
            other
        );
        let row = timed("relationship.read", row.fetch_optional(&self.pool)).await?;
        Ok(row.map(|row| Relationship {
            follows: row.follows,
            followed_by: row.followed_by,
            blocked: row.blocked,
            message_policy: policy(row.message_policy),
        }))
    }

    /// Those of at most a page of users that the viewer may be shown as mutuals. The graph can lag, the truth does not.
    pub async fn visible(&self, user_ids: &[Uuid], viewer: Uuid) -> Result<HashSet<Uuid>> {
        let visible = sqlx::query_scalar!(
            "SELECT p.user_id FROM profiles p
             WHERE p.user_id = ANY($1)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = $2 AND b.blocked_id = p.user_id)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = p.user_id AND b.blocked_id = $2)
             LIMIT 101",
            user_ids,
            viewer
        );
        let visible = timed("profiles.visible", visible.fetch_all(&self.pool)).await?;
        Ok(visible.into_iter().collect())
    }

    /// Those of at most a page of users that the viewer may be led to.
    pub async fn suggestible(&self, user_ids: &[Uuid], viewer: Uuid) -> Result<HashSet<Uuid>> {
        let suggestible = sqlx::query_scalar!(
            "SELECT s.user_id FROM settings s
             WHERE s.user_id = ANY($1) AND s.discoverable
               AND NOT EXISTS (SELECT FROM follows f WHERE f.follower_id = $2 AND f.followee_id = s.user_id)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = $2 AND b.blocked_id = s.user_id)
               AND NOT EXISTS (SELECT FROM blocks b WHERE b.blocker_id = s.user_id AND b.blocked_id = $2)
             LIMIT 101",
            user_ids,
            viewer
        );
        let suggestible = timed("settings.suggestible", suggestible.fetch_all(&self.pool)).await?;
        Ok(suggestible.into_iter().collect())
    }
}
