//! What a user wants to be told, and in which language and time zone they live.

use social_database::Result;
use social_runtime::Error;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;
use crate::domain::Kind;
use crate::domain::quiet::QuietHours;

/// On which ways a user wants to be told of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    pub kind: Kind,
    pub in_app: bool,
    pub push: bool,
}

/// What a user wants to be told: a preference for each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    pub of: Vec<Preference>,
    pub quiet_hours: Option<QuietHours>,
}

/// Of the user's settings, what matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSettings {
    /// Canonical.
    pub locale: String,
    /// Of the IANA database.
    pub time_zone: String,
}

impl Store {
    /// What a user wants to be told.
    pub async fn preferences(&self, user_id: Uuid) -> Result<Preferences> {
        let mut connection = self.pool.acquire().await?;
        // One row for each kind at most.
        let rows = sqlx::query!("SELECT kind, in_app, push FROM preferences WHERE user_id = $1 LIMIT 6", user_id)
            .fetch_all(&mut *connection)
            .await?;
        let quiet = sqlx::query!("SELECT quiet_begin, quiet_end FROM recipients WHERE user_id = $1", user_id)
            .fetch_optional(&mut *connection)
            .await?;
        let of = Kind::ALL.map(|kind| {
            let row = rows.iter().find(|row| row.kind == kind.number());
            row.map_or(Preference { kind, in_app: true, push: true }, |row| Preference {
                kind,
                in_app: row.in_app,
                push: row.push,
            })
        });
        let quiet_hours = quiet.and_then(|quiet| quiet_hours(quiet.quiet_begin, quiet.quiet_end));
        Ok(Preferences { of: of.to_vec(), quiet_hours })
    }

    /// Sets all preferences of a user, and the settings if they are known.
    pub async fn set_preferences(
        &self,
        user_id: Uuid,
        preferences: &Preferences,
        settings: Option<&UserSettings>,
    ) -> Result<()> {
        let kinds: Vec<i16> = preferences.of.iter().map(|one| one.kind.number()).collect();
        let in_app: Vec<bool> = preferences.of.iter().map(|one| one.in_app).collect();
        let push: Vec<bool> = preferences.of.iter().map(|one| one.push).collect();
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            set_settings(&mut tx, user_id, settings).await?;
            sqlx::query!(
                "UPDATE recipients SET quiet_begin = $2, quiet_end = $3 WHERE user_id = $1",
                user_id,
                preferences.quiet_hours.map(|hours| hours.begin),
                preferences.quiet_hours.map(|hours| hours.end)
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!("DELETE FROM preferences WHERE user_id = $1", user_id).execute(&mut *tx).await?;
            sqlx::query!(
                "INSERT INTO preferences (user_id, kind, in_app, push)
                 SELECT $1, p.kind, p.in_app, p.push
                 FROM unnest($2::smallint[], $3::boolean[], $4::boolean[]) AS p (kind, in_app, push)",
                user_id,
                &kinds,
                &in_app,
                &push
            )
            .execute(&mut *tx)
            .await?;
            // What waits for the end of quiet hours is looked at again.
            sqlx::query!(
                "UPDATE deliveries SET next_attempt_time = now()
                 WHERE recipient_id = $1 AND attempt_count = 0 AND lease_id IS NULL AND next_attempt_time > now()",
                user_id
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

/// Makes sure that there is a row for the user, locks it until the transaction ends, and sets what is known.
///
/// # Errors
/// NOT_FOUND for an account that is gone.
pub(super) async fn set_settings(tx: &mut PgConnection, user_id: Uuid, settings: Option<&UserSettings>) -> Result<()> {
    let locked = sqlx::query!(
        "INSERT INTO recipients (user_id, locale, time_zone)
         SELECT $1, coalesce($2, 'en'), coalesce($3, 'UTC') WHERE NOT EXISTS (SELECT FROM erased WHERE user_id = $1)
         ON CONFLICT (user_id) DO UPDATE
             SET locale = coalesce($2, recipients.locale), time_zone = coalesce($3, recipients.time_zone)",
        user_id,
        settings.map(|settings| settings.locale.as_str()),
        settings.map(|settings| settings.time_zone.as_str())
    )
    .execute(tx)
    .await?;
    if locked.rows_affected() == 0 {
        return Err(Error::not_found("your account is gone").into());
    }
    Ok(())
}

pub(super) fn quiet_hours(begin: Option<i16>, end: Option<i16>) -> Option<QuietHours> {
    Some(QuietHours { begin: begin?, end: end? })
}
