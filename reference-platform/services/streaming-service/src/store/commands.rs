//! What owners do with their streams: make, give another key, end.

use std::time::Duration;

use social_database::{Result, answers, retry};
use social_proto::streaming::v1::{CreateStreamResponse, RotateStreamKeyResponse};
use social_runtime::Error;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, stream_ended, stream_not_found};
use crate::convert;
use crate::domain::{EndReason, Event, KeyHash, MAX_OPEN_STREAMS, Stream};

/// A stream that has not ended, whose row is locked until the transaction ends: nothing about it changes meanwhile.
pub(super) struct Open {
    pub stream_id: Uuid,
    pub owner_id: Uuid,
    pub key_hash: Vec<u8>,
    pub ingest_id: Option<Uuid>,
    pub last_segment: i64,
    pub longest_ms: i32,
    pub discontinuities: i32,
    /// The encoder is away, after the stream was live.
    pub is_lost: bool,
}

impl Open {
    /// `None` if the stream has ended or never was.
    pub async fn lock(connection: &mut PgConnection, stream_id: Uuid) -> Result<Option<Open>> {
        let open = sqlx::query_as!(
            Open,
            r#"SELECT stream_id, owner_id, key_hash, ingest_id, last_segment, longest_ms, discontinuities,
                      lost_time IS NOT NULL AS "is_lost!"
               FROM open_streams WHERE stream_id = $1 FOR UPDATE"#,
            stream_id
        )
        .fetch_optional(connection)
        .await?;
        Ok(open)
    }
}

impl Store {
    /// Makes a stream, once for each request. The answer is without the key; `true` if it is a new one.
    pub async fn create_stream(
        &self,
        stream_id: Uuid,
        owner_id: Uuid,
        title: &str,
        key_hash: KeyHash,
        once: &answers::Key,
    ) -> Result<(CreateStreamResponse, bool)> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(answer) = answers::find(&mut transaction, once).await? {
                return Ok((answer, false));
            }
            lock_owner(&mut transaction, owner_id).await?;
            let owner = sqlx::query!(
                r#"SELECT EXISTS (SELECT FROM deleted_accounts WHERE account_id = $1) AS "is_deleted!",
                          (SELECT count(*) FROM open_streams WHERE owner_id = $1) AS "open_streams!""#,
                owner_id
            )
            .fetch_one(&mut *transaction)
            .await?;
            if owner.is_deleted {
                return Err(Error::permission_denied("the account is deleted").into());
            }
            if owner.open_streams >= MAX_OPEN_STREAMS {
                let refusal = Error::failed_precondition("too many streams that have not ended: end one first");
                return Err(refusal.with_reason("TOO_MANY_STREAMS").into());
            }
            sqlx::query!(
                "INSERT INTO open_streams (stream_id, owner_id, key_hash) VALUES ($1, $2, $3)",
                stream_id,
                owner_id,
                key_hash.as_bytes()
            )
            .execute(&mut *transaction)
            .await?;
            let mut stream = Stream::nothing_yet(stream_id, owner_id);
            self.append(&mut transaction, &mut stream, [Event::Created { title: title.to_owned() }]).await?;
            let response =
                CreateStreamResponse { stream: Some(convert::stream(&stream, 0)), stream_key: String::new() };
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok((response, true))
        })
        .await
    }

    /// Puts another key in the place of the old one, once for each request, and cuts off who sends with the old one. `true` if the
    /// key is in force now.
    pub async fn rotate_key(
        &self,
        stream_id: Uuid,
        owner_id: Uuid,
        key_hash: KeyHash,
        once: &answers::Key,
    ) -> Result<bool> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if answers::find::<RotateStreamKeyResponse>(&mut transaction, once).await?.is_some() {
                return Ok(false);
            }
            let open = self.open_of(&mut transaction, stream_id, owner_id).await?.ok_or_else(stream_ended)?;
            let mut stream = self.load(&mut transaction, stream_id).await?.ok_or_else(stream_not_found)?;
            sqlx::query!(
                "UPDATE open_streams SET key_hash = $2, ingest_id = NULL,
                        lost_time = CASE WHEN last_segment > 0 THEN coalesce(lost_time, now()) END
                 WHERE stream_id = $1",
                stream_id,
                key_hash.as_bytes()
            )
            .execute(&mut *transaction)
            .await?;
            answers::store(&mut transaction, once, &RotateStreamKeyResponse::default()).await?;
            let events = stream.rotate_key(open.last_segment);
            self.append(&mut transaction, &mut stream, events).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Ends a stream of an owner. Gives it as it is then; one that has ended already stays as it is.
    pub async fn end_stream(&self, stream_id: Uuid, owner_id: Uuid) -> Result<Stream> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(open) = self.open_of(&mut transaction, stream_id, owner_id).await? else {
                return self.load(&mut transaction, stream_id).await?.ok_or_else(|| stream_not_found().into());
            };
            let stream = self.end(&mut transaction, &open, EndReason::ByOwner).await?;
            transaction.commit().await?;
            Ok(stream)
        })
        .await
    }

    /// Ends a stream: its key is void, its chat closed, and what is stored of it will be purged.
    pub(super) async fn end(&self, connection: &mut PgConnection, open: &Open, reason: EndReason) -> Result<Stream> {
        let stream_id = open.stream_id;
        let mut stream = self.load(connection, stream_id).await?.ok_or_else(stream_not_found)?;
        sqlx::query!("DELETE FROM open_streams WHERE stream_id = $1", stream_id).execute(&mut *connection).await?;
        let peak =
            sqlx::query_scalar!("DELETE FROM audiences WHERE stream_id = $1 RETURNING peak_viewer_count", stream_id)
                .fetch_optional(&mut *connection)
                .await?;
        sqlx::query!("UPDATE chats SET is_open = false WHERE stream_id = $1", stream_id)
            .execute(&mut *connection)
            .await?;
        // The account is gone: nothing is kept.
        let keep = if reason == EndReason::AccountDeleted { Duration::ZERO } else { self.retention };
        sqlx::query!(
            "INSERT INTO recordings (stream_id, purge_time) VALUES ($1, now() + make_interval(secs => $2))
             ON CONFLICT (stream_id) DO UPDATE SET purge_time = excluded.purge_time",
            stream_id,
            keep.as_secs_f64()
        )
        .execute(&mut *connection)
        .await?;
        let event = stream.end(reason, open.last_segment, peak.unwrap_or_default());
        self.append(connection, &mut stream, event).await?;
        Ok(stream)
    }

    /// The stream, locked, for its owner. `None` if it has ended.
    ///
    /// # Errors
    /// NOT_FOUND, also when the account is deleted; PERMISSION_DENIED for others.
    async fn open_of(&self, connection: &mut PgConnection, stream_id: Uuid, caller: Uuid) -> Result<Option<Open>> {
        let open = Open::lock(connection, stream_id).await?;
        let owner_id = match &open {
            Some(open) => open.owner_id,
            None => self.ended_owner(connection, stream_id).await?.ok_or_else(stream_not_found)?,
        };
        if owner_id != caller {
            return Err(Error::permission_denied("the stream is somebody else's").into());
        }
        Ok(open)
    }

    /// Whose stream it was, unless the account is deleted.
    pub(super) async fn ended_owner(&self, connection: &mut PgConnection, stream_id: Uuid) -> Result<Option<Uuid>> {
        let owner_id = sqlx::query_scalar!(
            "SELECT owner_id FROM stream_events e WHERE stream_id = $1 AND sequence = 1
                AND NOT EXISTS (SELECT FROM deleted_accounts d WHERE d.account_id = e.owner_id)",
            stream_id
        )
        .fetch_optional(connection)
        .await?;
        Ok(owner_id)
    }
}

/// Lets nobody else make streams for an account, or delete it, until the transaction ends.
pub(super) async fn lock_owner(connection: &mut PgConnection, owner_id: Uuid) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", owner_id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
