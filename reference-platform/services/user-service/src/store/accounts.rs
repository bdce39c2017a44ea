//! The beginning and the end of a profile, by what happens to its account.

use social_database::Result;
use social_events::applied;
use social_proto::user::v1::user_event::Event;
use social_proto::user::v1::{ProfileCreated, ProfileDeleted};
use uuid::Uuid;

use super::events::tell_user;
use super::{Store, lock_member};

/// Under which name the events that were applied are noted.
const CONSUMER: &str = "user-service";

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The profile is there, or the account is already gone.
    Done,
    /// Another profile has the handle: its end was not heard of yet.
    HandleTaken,
}

impl Store {
    /// Makes the profile of a new account.
    pub async fn register(&self, event_id: Uuid, user_id: Uuid, handle: &str) -> Result<Registration> {
        let mut tx = self.pool.begin().await?;
        if !applied::first_time(&mut tx, CONSUMER, event_id).await? {
            return Ok(Registration::Done);
        }
        let new = sqlx::query!("INSERT INTO members (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING", user_id)
            .execute(&mut *tx)
            .await?;
        if new.rows_affected() == 1 {
            let profile = sqlx::query!(
                "INSERT INTO profiles (user_id, handle, display_name) VALUES ($1, $2, $2)
                 ON CONFLICT (handle) DO NOTHING",
                user_id,
                handle
            )
            .execute(&mut *tx)
            .await?;
            if profile.rows_affected() == 0 {
                return Ok(Registration::HandleTaken);
            }
            sqlx::query!("INSERT INTO settings (user_id) VALUES ($1)", user_id).execute(&mut *tx).await?;
            sqlx::query!("INSERT INTO counters (user_id) VALUES ($1)", user_id).execute(&mut *tx).await?;
            let created = ProfileCreated { handle: handle.to_owned(), display_name: handle.to_owned() };
            tell_user(&mut tx, user_id, Event::Created(created)).await?;
        }
        tx.commit().await?;
        Ok(Registration::Done)
    }

    /// Erases profile and settings of an account. Its edges are swept afterwards, and seen by nobody until then.
    pub async fn erase(&self, event_id: Uuid, user_id: Uuid) -> Result<()> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            if !applied::first_time(&mut tx, CONSUMER, event_id).await? {
                return Ok(());
            }
            if lock_member(&mut tx, user_id).await? {
                sqlx::query!("UPDATE members SET erase_time = now() WHERE user_id = $1", user_id)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query!("DELETE FROM profiles WHERE user_id = $1", user_id).execute(&mut *tx).await?;
                tell_user(&mut tx, user_id, Event::Deleted(ProfileDeleted {})).await?;
            } else {
                // The end came before the beginning, which then must not make a profile.
                sqlx::query!(
                    "INSERT INTO members (user_id, erase_time, swept) VALUES ($1, now(), true)
                     ON CONFLICT (user_id) DO NOTHING",
                    user_id
                )
                .execute(&mut *tx)
                .await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}
