//! Signing keys. One transaction at a time changes them, in all replicas.

use std::time::Duration;

use social_database::{Error, Result, answers};
use social_proto::auth::v1::RotateSigningKeyResponse;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::Store;
use crate::domain::MAX_PUBLISHED_KEYS;

/// The advisory lock of whoever changes keys.
const KEYS_LOCK: i64 = 0x6175_7468_6b65_7973;

/// When to ask again after too many rotations.
const RETRY_ROTATION: Duration = Duration::from_secs(60);

/// A key to be stored.
pub struct NewKey {
    pub kid: String,
    pub x: String,
    pub y: String,
    /// The private half, encrypted.
    pub sealed_key: Vec<u8>,
}

/// A key as it is stored.
pub struct StoredKey {
    pub kid: String,
    pub state: KeyState,
    pub x: String,
    pub y: String,
    /// Absent for a retired key.
    pub sealed_key: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, signs after the next rotation.
    Next,
    /// Signs.
    Current,
    /// Published while its tokens live.
    Retired,
}

impl Store {
    /// The keys to publish: the current one, the next one, and those that were retired after `retired_after`.
    pub async fn keys(&self, retired_after: OffsetDateTime) -> Result<Vec<StoredKey>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT kid, state, x, y, sealed_key FROM signing_keys
             WHERE state <> 'retired' OR state_time > $1 ORDER BY state, state_time DESC LIMIT $2",
            retired_after,
            MAX_PUBLISHED_KEYS as i64
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(stored).collect()
    }

    /// Stores the very first keys; does nothing when there are some.
    pub async fn add_first_keys(&self, current: &NewKey, next: &NewKey) -> Result<()> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock(&mut tx).await?;
            if current_key(&mut tx).await?.is_none() {
                insert(&mut tx, current, "current").await?;
                insert(&mut tx, next, "next").await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Makes the next key the current one, and `new_next` the next one, once for each request.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED while too many keys that were retired after `retired_after` are published.
    pub async fn rotate(
        &self,
        once: &answers::Key,
        new_next: &NewKey,
        retired_after: OffsetDateTime,
    ) -> Result<RotateSigningKeyResponse> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            if let Some(answer) = answers::find::<RotateSigningKeyResponse>(&mut tx, once).await? {
                return Ok(answer);
            }
            lock(&mut tx).await?;
            let current_kid = advance(&mut tx, new_next, retired_after).await?;
            let answer = RotateSigningKeyResponse { current_kid, next_kid: new_next.kid.clone() };
            answers::store(&mut tx, once, &answer).await?;
            tx.commit().await?;
            Ok(answer)
        })
        .await
    }

    /// Rotates if the current key signs since before `signs_since`; tells whether it did. Of several replicas that ask, one does it.
    pub async fn rotate_if_older(
        &self,
        signs_since: OffsetDateTime,
        new_next: &NewKey,
        retired_after: OffsetDateTime,
    ) -> Result<bool> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            lock(&mut tx).await?;
            let due = current_key(&mut tx).await?.is_some_and(|current| current.state_time < signs_since);
            if due {
                advance(&mut tx, new_next, retired_after).await?;
            }
            tx.commit().await?;
            Ok(due)
        })
        .await
    }

    /// Whether [`Store::rotate_if_older`] would rotate, without waiting for anybody.
    pub async fn is_rotation_due(&self, signs_since: OffsetDateTime) -> Result<bool> {
        let mut connection = self.pool.acquire().await?;
        Ok(current_key(&mut connection).await?.is_some_and(|current| current.state_time < signs_since))
    }
}

struct Row {
    kid: String,
    state: String,
    x: String,
    y: String,
    sealed_key: Option<Vec<u8>>,
}

fn stored(row: Row) -> Result<StoredKey> {
    let Row { kid, state, x, y, sealed_key } = row;
    Ok(StoredKey { kid, state: parse_state(&state)?, x, y, sealed_key })
}

struct CurrentKey {
    state_time: OffsetDateTime,
}

async fn lock(tx: &mut PgConnection) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", KEYS_LOCK).execute(tx).await?;
    Ok(())
}

async fn current_key(connection: &mut PgConnection) -> Result<Option<CurrentKey>> {
    let current = sqlx::query_as!(CurrentKey, "SELECT state_time FROM signing_keys WHERE state = 'current'")
        .fetch_optional(connection)
        .await?;
    Ok(current)
}

async fn insert(tx: &mut PgConnection, key: &NewKey, state: &str) -> Result<()> {
    sqlx::query!(
        "INSERT INTO signing_keys (kid, state, x, y, sealed_key) VALUES ($1, $2, $3, $4, $5)",
        key.kid,
        state,
        key.x,
        key.y,
        key.sealed_key
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Moves each key on by one state. Gives the kid that signs from now on.
async fn advance(tx: &mut PgConnection, new_next: &NewKey, retired_after: OffsetDateTime) -> Result<String> {
    let retired = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM signing_keys WHERE state = 'retired' AND state_time > $1"#,
        retired_after
    )
    .fetch_one(&mut *tx)
    .await?;
    // With the one that is retired now, the current and the next one.
    if retired + 3 > MAX_PUBLISHED_KEYS as i64 {
        let message = "too many keys whose tokens still live; rotate again when they are gone";
        let refusal = social_runtime::Error::resource_exhausted(message).retry_after(RETRY_ROTATION);
        return Err(Error::Refused(refusal));
    }
    sqlx::query!(
        "UPDATE signing_keys SET state = 'retired', state_time = now(), sealed_key = NULL WHERE state = 'current'"
    )
    .execute(&mut *tx)
    .await?;
    let current_kid = sqlx::query_scalar!(
        "UPDATE signing_keys SET state = 'current', state_time = now() WHERE state = 'next' RETURNING kid"
    )
    .fetch_one(&mut *tx)
    .await?;
    insert(tx, new_next, "next").await?;
    Ok(current_kid)
}

fn parse_state(state: &str) -> sqlx::Result<KeyState> {
    match state {
        "next" => Ok(KeyState::Next),
        "current" => Ok(KeyState::Current),
        "retired" => Ok(KeyState::Retired),
        other => Err(sqlx::Error::Decode(format!("unknown state of a key: {other}").into())),
    }
}
