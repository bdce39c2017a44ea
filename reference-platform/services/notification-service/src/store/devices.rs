//! Devices of users.

use sha2::{Digest, Sha256};
use social_database::{Result, timed};
use time::{Date, OffsetDateTime, Time};
use uuid::Uuid;

use super::preferences::set_settings;
use super::{Store, UserSettings};
use crate::domain::push::Provider;

/// Devices of a user; the one that was not set for the longest time makes room.
pub(super) const MOST: i64 = 20;

/// A device as its owner sees it.
pub struct Device {
    pub device_id: Uuid,
    pub provider: i16,
    pub update_time: OffsetDateTime,
}

/// A place in the list of devices.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    pub update_time: OffsetDateTime,
    pub device_id: Uuid,
}

impl Position {
    /// Before the first one.
    pub const START: Self =
        Self { update_time: OffsetDateTime::new_utc(Date::MAX, Time::MIDNIGHT), device_id: Uuid::max() };
}

impl Store {
    /// Sets a device of a user; whoever else has its token loses it, and pushes that wait for it.
    pub async fn put_device(
        &self,
        user_id: Uuid,
        device_id: Uuid,
        provider: Provider,
        token: &str,
        settings: Option<&UserSettings>,
    ) -> Result<Device> {
        let hash = Sha256::digest(token).to_vec();
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            set_settings(&mut tx, user_id, settings).await?;
            // Of two accounts that set the same token at the same time the second one gets it.
            sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0))", &hash)
                .execute(&mut *tx)
                .await?;
            sqlx::query!(
                "DELETE FROM devices WHERE provider = $1 AND token_hash = $2 AND (user_id, device_id) <> ($3, $4)",
                provider.number(),
                &hash,
                user_id,
                device_id
            )
            .execute(&mut *tx)
            .await?;
            let device = sqlx::query_as!(
                Device,
                "INSERT INTO devices (user_id, device_id, provider, token, token_hash) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (user_id, device_id) DO UPDATE
                     SET provider = EXCLUDED.provider, token = EXCLUDED.token, token_hash = EXCLUDED.token_hash,
                         update_time = EXCLUDED.update_time
                 RETURNING device_id, provider, update_time",
                user_id,
                device_id,
                provider.number(),
                token,
                &hash
            )
            .fetch_one(&mut *tx)
            .await?;
            // What waits for the provider that the device had before would go there with a token of another one.
            sqlx::query!(
                "DELETE FROM deliveries WHERE recipient_id = $1 AND device_id = $2 AND provider <> $3",
                user_id,
                device_id,
                provider.number()
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!(
                "DELETE FROM devices WHERE user_id = $1 AND device_id IN (
                     SELECT device_id FROM devices WHERE user_id = $1
                     ORDER BY update_time DESC, device_id DESC OFFSET $2
                 )",
                user_id,
                MOST
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(device)
        })
        .await
    }

    /// Devices of a user after a place, most recently set first.
    pub async fn devices(&self, user_id: Uuid, after: Position, limit: i64) -> Result<Vec<Device>> {
        let query = sqlx::query_as!(
            Device,
            "SELECT device_id, provider, update_time FROM devices
             WHERE user_id = $1 AND (update_time, device_id) < ($2, $3)
             ORDER BY update_time DESC, device_id DESC LIMIT $4",
            user_id,
            after.update_time,
            after.device_id,
            limit
        );
        Ok(timed("devices.list", query.fetch_all(&self.pool)).await?)
    }

    /// Forgets a device and the pushes that wait for it.
    pub async fn delete_device(&self, user_id: Uuid, device_id: Uuid) -> Result<()> {
        sqlx::query!("DELETE FROM devices WHERE user_id = $1 AND device_id = $2", user_id, device_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets a device whose token is not valid any more, unless it has got another one meanwhile.
    pub async fn delete_gone_device(&self, user_id: Uuid, device_id: Uuid, token: &str) -> Result<()> {
        sqlx::query!(
            "DELETE FROM devices WHERE user_id = $1 AND device_id = $2 AND token_hash = $3",
            user_id,
            device_id,
            Sha256::digest(token).to_vec()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
