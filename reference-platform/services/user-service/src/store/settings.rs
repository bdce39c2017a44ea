//! Reading and changing settings.

use social_database::{Result, timed};
use sqlx::PgConnection;
use uuid::Uuid;

use super::events::tell_profile;
use super::{Store, lock_caller, no_own_profile};
use crate::domain::settings::{MessagePolicy, Settings, SettingsChange};

impl Store {
    /// The settings of a user, or none when there is no profile.
    pub async fn settings(&self, user_id: Uuid) -> Result<Option<Settings>> {
        let mut connection = self.pool.acquire().await?;
        Ok(timed("settings.read", read(&mut connection, user_id)).await?)
    }

    /// Changes the settings of a caller. Only what others see of them is told.
    pub async fn change_settings(&self, user_id: Uuid, change: &SettingsChange) -> Result<Settings> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock_caller(&mut tx, user_id).await?;
            let before = read(&mut tx, user_id).await?.ok_or_else(no_own_profile)?;
            sqlx::query!(
                "UPDATE settings
                 SET locale = coalesce($2, locale), time_zone = coalesce($3, time_zone),
                     discoverable = coalesce($4, discoverable), message_policy = coalesce($5, message_policy)
                 WHERE user_id = $1",
                user_id,
                change.locale.as_deref(),
                change.time_zone.as_deref(),
                change.discoverable,
                change.message_policy.map(|policy| policy as i16)
            )
            .execute(&mut *tx)
            .await?;
            let after = read(&mut tx, user_id).await?.ok_or_else(no_own_profile)?;
            if after.discoverable != before.discoverable {
                tell_profile(&mut tx, user_id).await?;
            }
            tx.commit().await?;
            Ok(after)
        })
        .await
    }
}

async fn read(connection: &mut PgConnection, user_id: Uuid) -> sqlx::Result<Option<Settings>> {
    let row = sqlx::query!(
        "SELECT locale, time_zone, discoverable, message_policy FROM settings WHERE user_id = $1",
        user_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Settings {
        locale: row.locale,
        time_zone: row.time_zone,
        discoverable: row.discoverable,
        message_policy: policy(row.message_policy),
    }))
}

/// The policy of a column, which holds known numbers only. Should a newer version have stored another one, nobody is
/// admitted.
pub(super) fn policy(number: i16) -> MessagePolicy {
    MessagePolicy::from_number(number.into()).unwrap_or(MessagePolicy::Nobody)
}
